import type { ProcessRun } from "./process-run.ts";
import type { TaskPlan } from "./task-plan.ts";

/** 'process "web" exited with 3 and had 1 of 1 failures' */
export function failureReason(
  plan: TaskPlan,
  runs: readonly ProcessRun[],
  failed: readonly string[],
): string {
  const last = lastToFail(runs, failed);
  const blamed = last === undefined ? "" : blame(plan, last);
  return failed.length > 1 ? `${blamed}; ${failed.length} of ${plan.maxFailures} processes failed` : blamed;
}

/** 'process "a" exited with 3 and had 1 of 1 failures, so "b" can not run' */
export function deadlockReason(
  plan: TaskPlan,
  runs: readonly ProcessRun[],
  failed: readonly string[],
): string {
  const stuck = plan.regular
    .filter(
      ({ name, ephemeral }) => !ephemeral && runs.find((run) => run.name === name)?.outcome === undefined,
    )
    .map(({ name }) => `"${name}"`)
    .join(", ");
  const last = lastToFail(runs, failed);
  return last === undefined ? `${stuck} can not run` : `${blame(plan, last)}, so ${stuck} can not run`;
}

function lastToFail(runs: readonly ProcessRun[], failed: readonly string[]): ProcessRun | undefined {
  const ended = runs.filter(({ name }) => failed.includes(name));
  return ended.reduce<ProcessRun | undefined>(
    (latest, run) => ((run.endedAt ?? 0) >= (latest?.endedAt ?? 0) ? run : latest),
    undefined,
  );
}

function blame(plan: TaskPlan, { name, exitCode, problem, failures }: ProcessRun): string {
  const allowed = plan.regular.find((process) => process.name === name)?.maxFailures;
  const how = exitCode === undefined ? `could not be started (${problem})` : `exited with ${exitCode}`;
  return `process "${name}" ${how} and had ${failures} of ${allowed} failures`;
}
