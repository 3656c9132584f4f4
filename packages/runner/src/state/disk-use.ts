import { runTool } from "./tool.ts";

/**
 * Bytes that the disk gives to directories and all below them: blocks, not lengths; a file of several names once; no
 * link followed, no other file system entered. What vanishes meanwhile does not count, nor does what may not be looked
 * at. None where there is no such directory.
 *
 * @throws the signal's reason
 */
export async function diskUse(
  directories: string | readonly string[],
  signal?: AbortSignal,
): Promise<number> {
  // Without any `du` would look at where we are.
  if (directories.length === 0) return 0;
  // Names may hold newlines: with --null each line ends where no name can.
  const args = ["-s", "-x", "--null", "--block-size=1", "--", ...[directories].flat()];
  const { stdout } = await runTool("du", args, signal);
  return stdout.split("\0").reduce((sum, line) => sum + (Number.parseInt(line, 10) || 0), 0);
}
