import type { ProcessReport } from "@borealis/schema";
import type { ProcessRun } from "./process-run.ts";
import type { TaskMachine } from "./task.ts";

/**
 * What the outside is told of each process. One that is to run again is WAITING in its next run, as in Thermos, and
 * still carries how the last run ended; Thermos showed no exit status of a failed process at all.
 */
export function processReports({ stage, plan, processes }: TaskMachine): ProcessReport[] {
  const open = stage === "ACTIVE" ? plan.regular : stage === "FINALIZING" ? plan.final : [];
  const mayRun = new Set(open.map(({ name }) => name));
  return processes.map((process) => {
    const { name, state, run, pid, exitCode, signal } = process;
    const again = mayRun.has(name) && runsAgain(process);
    return {
      name,
      state: again ? "WAITING" : state,
      run: again ? run + 1 : run,
      ...(pid === undefined || again ? {} : { pid }),
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(signal === undefined ? {} : { signal }),
    };
  });
}

function runsAgain({ endedAt, outcome }: ProcessRun): boolean {
  return endedAt !== undefined && outcome === undefined;
}
