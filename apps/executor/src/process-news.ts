import { join } from "node:path";
import type { ProcessReport } from "@borealis/schema";
import type { EventLog } from "./event-log.ts";

/** Tells the log what became of runs between two reports of a task's processes. */
export function tellProcesses(
  log: EventLog,
  before: readonly ProcessReport[],
  after: readonly ProcessReport[],
  sandbox: string,
  instance?: string,
): void {
  const known = new Map(before.map((process) => [process.name, process]));
  for (const process of after) {
    const { name, state, run } = process;
    const earlier = known.get(name);
    if (earlier?.state === state && earlier.run === run) continue;
    if (state === "WAITING" || state === "FORKED") continue;
    const text = sentence(process);
    if (state === "FAILED" || state === "LOST") {
      const logs = join(sandbox, ".logs", name, String(run));
      log.warn("process", `${text}; what it wrote: ${logs}`, instance);
    } else log.tell("process", text, instance);
  }
}

function sentence({ name, state, run, pid, exitCode, signal }: ProcessReport): string {
  const end = signal ?? (exitCode === undefined ? "" : `exit ${exitCode}`);
  const detail = state === "RUNNING" ? `pid ${pid}` : end;
  return `${name} run ${run} ${state}${detail === "" ? "" : ` (${detail})`}`;
}
