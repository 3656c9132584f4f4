import { type Process, predecessors, type Task } from "@borealis/schema";

/** What the task machine needs to know of a task. Plain data: it is part of the machine's state, times in ms. */
export interface TaskPlan {
  readonly regular: readonly PlannedProcess[];
  readonly final: readonly PlannedProcess[];
  /** Processes that may fail before the task does; 0 means no limit. */
  readonly maxFailures: number;
  /** Processes that may run at once; 0 means no limit. */
  readonly maxConcurrency: number;
  readonly finalizationWaitMs: number;
  /** Runs of one process, however they end, after which it has failed; absent: no limit. */
  readonly runLimit?: number;
}

/** What limits a task beside what it says itself. */
export interface PlanLimits {
  /** Aurora's executor: 100; `thermos run`: none. */
  readonly runLimit?: number;
}

export interface PlannedProcess {
  readonly name: string;
  /** Names of those that must have finished before this one starts. */
  readonly after: readonly string[];
  readonly maxFailures: number;
  readonly minDurationMs: number;
  readonly daemon: boolean;
  readonly ephemeral: boolean;
}

export type PlannedTask = Pick<
  Task,
  "processes" | "constraints" | "max_failures" | "max_concurrency" | "finalization_wait"
>;

export function planTask(task: PlannedTask, { runLimit }: PlanLimits = {}): TaskPlan {
  const before = predecessors(task.constraints);
  const planned = (process: Process): PlannedProcess => ({
    name: process.name,
    after: [...(before.get(process.name) ?? [])],
    maxFailures: process.max_failures,
    minDurationMs: process.min_duration * 1000,
    daemon: process.daemon,
    ephemeral: process.ephemeral,
  });
  return {
    regular: task.processes.filter(({ final }) => !final).map(planned),
    final: task.processes.filter(({ final }) => final).map(planned),
    maxFailures: task.max_failures,
    maxConcurrency: task.max_concurrency,
    finalizationWaitMs: task.finalization_wait * 1000,
    ...(runLimit === undefined ? {} : { runLimit }),
  };
}
