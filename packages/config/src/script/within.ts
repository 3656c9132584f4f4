import { sep } from "node:path";

/**
 * Whether a path is below a directory. Neither may have links or `..` in it. Character by character, since a
 * configuration may have put functions of its own in place of those of String.
 */
export function isWithin(path: string, directory: string): boolean {
  const start = directory === sep ? directory : directory + sep;
  return path.length > start.length && beginsWith(path, start);
}

export function beginsWith(text: string, start: string): boolean {
  for (let at = 0; at < start.length; at++) if (text[at] !== start[at]) return false;
  return true;
}
