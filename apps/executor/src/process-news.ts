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
    if (state === "WAITING" && run > 0) {
      const logs = join(sandbox, ".logs", name, String(run - 1));
      log.warn("process", `${againSentence(process)}; what it wrote: ${logs}`, instance);
    }
    if (state === "WAITING" || state === "FORKED") continue;
    const text = sentence(process);
    if (state === "FAILED" || state === "LOST") {
      const logs = join(sandbox, ".logs", name, String(run));
      log.warn("process", `${text}; what it wrote: ${logs}`, instance);
    } else log.tell("process", text, instance);
  }
}

/** One that is to run again still carries how its last run ended. */
function againSentence({ name, run, exitCode, signal, reason, failures = 0 }: ProcessReport): string {
  const end = exitCode === undefined ? (signal ?? "lost") : `exit ${exitCode}`;
  const why = reason === undefined ? "" : `, ${reason}`;
  return `${name} run ${run - 1} ended (${end}${why}) and will run again, after ${failures} failures`;
}

function sentence({ name, state, run, pid, exitCode, signal }: ProcessReport): string {
  const end = signal ?? (exitCode === undefined ? "" : `exit ${exitCode}`);
  const detail = state === "RUNNING" ? `pid ${pid}` : end;
  return `${name} run ${run} ${state}${detail === "" ? "" : ` (${detail})`}`;
}
