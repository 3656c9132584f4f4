import type { TaskState } from "@borealis/schema";

const INTERRUPTED = 130;
const TASK_FAILED = 4;

/** The tasks' result; Ctrl-C is one of its own. */
export function taskExitCode(ends: readonly TaskState[], signal: NodeJS.Signals | undefined): number {
  if (signal === "SIGINT") return INTERRUPTED;
  return ends.some((state) => state === "FAILED" || state === "LOST") ? TASK_FAILED : 0;
}
