import type { ProcessReport } from "@borealis/schema";
import { type ProcessRun, runsAgain } from "./process-run.ts";
import type { TaskMachine } from "./task.ts";

/**
 * What the outside is told of each process. One that is to run again is WAITING in its next run, as in Thermos, and
 * still carries when and how the last run ended; Thermos showed no exit status nor end of a failed process at all.
 */
export function processReports({ stage, plan, processes }: TaskMachine): ProcessReport[] {
  const open = stage === "ACTIVE" ? plan.regular : stage === "FINALIZING" ? plan.final : [];
  const mayRun = new Set(open.map(({ name }) => name));
  return processes.map((process) => reportOf(process, mayRun.has(process.name) && runsAgain(process)));
}

function reportOf(process: ProcessRun, again: boolean): ProcessReport {
  const { name, state, run, pid, exitCode, signal, problem, startedAt, endedAt, failures } = process;
  return {
    name,
    state: again ? "WAITING" : state,
    run: again ? run + 1 : run,
    ...(pid === undefined || again ? {} : { pid }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === undefined ? {} : { signal }),
    ...(problem === undefined ? {} : { reason: problem }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(failures === 0 ? {} : { failures }),
  };
}
