import { spawn } from "node:child_process";
import { inheritedPath } from "@borealis/processes";

const KEPT_CHARACTERS = 4096;

export interface ToolResult {
  readonly status: number;
  /** The beginning of what it wrote. */
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `du`, `rm` or `find`, nicely: they go where a path of ours can not (deeper than 4,096 bytes, below a directory
 * that somebody exchanges for a link that very moment), and not in this process, whose pings must not be late.
 *
 * @throws the signal's reason; an error of the system when it can not be started
 */
export function runTool(command: string, args: readonly string[], signal?: AbortSignal): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    // Their messages are read by us: not in the language of whoever started us.
    const env = { PATH: inheritedPath(), LC_ALL: "C" };
    const child = spawn("nice", ["-n", "10", command, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
    // Without files for its pipes it has none, and says why afterwards.
    child.once("error", (error) => {
      signal?.removeEventListener("abort", cancel);
      reject(error);
    });
    const cancel = () => child.kill("SIGKILL");
    signal?.addEventListener("abort", cancel, { once: true });
    const kept = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      // Read on to the end: a pipe that is full would keep it waiting.
      child[stream]?.setEncoding("utf8").on("data", (text: string) => {
        kept[stream] += text.slice(0, Math.max(0, KEPT_CHARACTERS - kept[stream].length));
      });
    }
    child.once("close", (status) => {
      signal?.removeEventListener("abort", cancel);
      if (signal?.aborted) reject(signal.reason);
      else resolve({ ...kept, status: status ?? -1 });
    });
  });
}
