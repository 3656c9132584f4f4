export type { TaskHeader, TaskRecord } from "./checkpoint/checkpoint.ts";
export { Checkpoint } from "./checkpoint/checkpoint-file.ts";
export { processReports } from "./core/process-report.ts";
export {
  newRestarts,
  nextRestartWake,
  type RestartMachine,
  type RestartPolicy,
  stepRestarts,
} from "./core/restart.ts";
export { RUNNER_ERRORS, RunnerError, type RunnerErrorCode } from "./errors.ts";
export { openRunner, type Runner, type RunnerOptions } from "./runner.ts";
export { GarbageCollector, type GarbagePolicy, type GarbageReport } from "./state/gc.ts";
export { activeTask, createTask, finishTask, listTasks, sandboxPath } from "./state/state-directory.ts";
export { summarise, type TaskSummary } from "./state/summary.ts";
export {
  isMarkedThrottled,
  listThrottled,
  markThrottled,
  type Throttled,
  unmarkThrottled,
} from "./state/throttled.ts";
export { type LeftTask, leftTasks } from "./task/left-tasks.ts";
export { adoptTask, startTask } from "./task/start-task.ts";
export type {
  RunnerContext,
  RunningTask,
  TaskEnd,
  TaskListener,
  TaskSnapshot,
  TaskSpec,
} from "./task/task-spec.ts";
