import { runTool } from "./tool.ts";

/**
 * A directory and all below it, whatever its processes made of it. `rm` and not `fs.rm`: that one gives up below 4,096
 * bytes of path, and follows a link which somebody puts in the place of a directory while it is at it.
 * File systems that are mounted below are left alone.
 *
 * @returns why something is left, if it is
 * @throws the signal's reason
 */
export function removeTree(directory: string, signal?: AbortSignal): Promise<string | undefined> {
  return insistently(directory, ["rm", "-rf", "--one-file-system", "--", directory], signal);
}

/** All in it but what is called `name`. */
export function removeAllBut(
  name: string,
  directory: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const inIt = [directory, "-xdev", "-mindepth", "1", "-maxdepth", "1", "!", "-name", name];
  const command = ["find", ...inIt, "-exec", "rm", "-rf", "--one-file-system", "--", "{}", "+"];
  return insistently(directory, command, signal);
}

async function insistently(
  directory: string,
  [command = "", ...args]: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const first = await runTool(command, args, signal);
  if (first.status === 0) return undefined;
  if (process.geteuid?.() === 0) return complaint(first.stderr);
  // Directories that their owner closed to himself: root is let in anyway, everybody else has to open them.
  const closed = ["-xdev", "-type", "d", "!", "-perm", "-u=rwx", "-exec", "chmod", "u+rwx", "{}", ";"];
  await runTool("find", [directory, ...closed], signal);
  const second = await runTool(command, args, signal);
  return second.status === 0 ? undefined : complaint(second.stderr);
}

function complaint(stderr: string): string {
  return stderr.split("\n", 1)[0] || "it did not say why";
}
