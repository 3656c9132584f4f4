import { spawn } from "node:child_process";
import { join } from "node:path";

const CLI = join(import.meta.dirname, "../../../apps/cli/bin/borealis.mjs");
const DEADLINE_MS = 60_000;

/** Runs a command to its end. @returns milliseconds from its start to its exit. @throws when it does not exit with 0. */
export async function timeNode(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...environment },
    timeout: DEADLINE_MS,
  });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const took = performance.now() - startedAt;
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${complaint}`);
  return took;
}

/** The same for a command of ours, as a shell would start it. */
export function timeBorealis(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<number> {
  return timeNode([CLI, ...args], environment);
}
