import type { ProcessRun } from "./process-run.ts";
import type { TaskPlan } from "./task-plan.ts";
import { plannedOf, type TaskProcesses } from "./task-processes.ts";

/** 'process "web" exited with 3 and had 1 of 1 failures' */
export function failureReason(plan: TaskPlan, runs: TaskProcesses, failed: readonly string[]): string {
  const last = lastToFail(runs, failed);
  const blamed = last === undefined ? "" : blame(plan, last);
  return failed.length > 1 ? `${blamed}; ${failed.length} of ${plan.maxFailures} processes failed` : blamed;
}

/** 'process "a" exited with 3 and had 1 of 1 failures, so "b" can not run' */
export function deadlockReason(plan: TaskPlan, runs: TaskProcesses, failed: readonly string[]): string {
  const stuck = plan.regular
    .filter(({ ephemeral }, index) => !ephemeral && runs[index]?.outcome === undefined)
    .map(({ name }) => `"${name}"`)
    .join(", ");
  const last = lastToFail(runs, failed);
  return last === undefined ? `${stuck} can not run` : `${blame(plan, last)}, so ${stuck} can not run`;
}

function lastToFail(runs: TaskProcesses, failed: readonly string[]): ProcessRun | undefined {
  const names = new Set(failed);
  const ended = runs.filter(({ name }) => names.has(name));
  return ended.reduce<ProcessRun | undefined>(
    (latest, run) => ((run.endedAt ?? 0) >= (latest?.endedAt ?? 0) ? run : latest),
    undefined,
  );
}

function blame(plan: TaskPlan, process: ProcessRun): string {
  const { name, run, failures } = process;
  const allowed = plannedOf(plan, name).maxFailures;
  const gaveUp = allowed > 0 && failures >= allowed;
  return gaveUp
    ? `process "${name}" ${howEnded(process)} and had ${failures} of ${allowed} failures`
    : `process "${name}" ${howEnded(process)} in the last of the ${run + 1} runs it may have`;
}

function howEnded({ state, exitCode, signal, problem }: ProcessRun): string {
  if (exitCode !== undefined) return `exited with ${exitCode}`;
  if (signal !== undefined) return `was ended by ${signal}${problem === undefined ? "" : ` (${problem})`}`;
  return state === "LOST" ? `was lost (${problem})` : `could not be started (${problem})`;
}
