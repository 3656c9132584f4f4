import { ServerSetError } from "../errors.ts";

/**
 * ZooKeeper's rule for paths, applied here because the operations that the library lacks would send anything.
 * @returns why the text is no path of a znode; undefined when it is one.
 */
export function pathProblem(path: string): ServerSetError | undefined {
  const reason = reasonAgainst(path);
  if (reason === undefined) return undefined;
  return new ServerSetError("INVALID_PATH", `"${path}" can not be a znode's path: ${reason}`, { path });
}

function reasonAgainst(path: string): string | undefined {
  if (!path.startsWith("/")) return "it does not begin with /";
  if (path === "/") return undefined;
  if (path.endsWith("/")) return "it ends with /";
  const parts = path.slice(1).split("/");
  if (parts.includes("")) return "a part of it is empty";
  if (parts.some((part) => part === "." || part === "..")) return "'.' and '..' are not resolved";
  return /[\p{Cc}\p{Cs}\p{Co}\ufff0-\uffff]/u.test(path)
    ? "it holds a character that ZooKeeper does not take"
    : undefined;
}
