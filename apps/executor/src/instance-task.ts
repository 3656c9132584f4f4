import { isDeepStrictEqual } from "node:util";
import {
  adoptTask,
  type LeftTask,
  RunnerError,
  type RunningTask,
  startTask,
  type TaskListener,
} from "@borealis/runner";
import { formatInstanceKey } from "@borealis/schema";
import type { EventLog } from "./event-log.ts";
import type { InstanceContext } from "./instance.ts";
import type { InstanceSpec } from "./instance-spec.ts";

/**
 * The task that an earlier executor left is the instance's, with the ports that it was given then; what the
 * configuration says now is for the next one.
 * @throws RunnerError CHECKPOINT when nobody can say what it was.
 */
export function goOnWith(
  spec: InstanceSpec,
  { taskId, header, problem }: LeftTask,
  log: EventLog,
): InstanceSpec {
  if (header === undefined) throw new RunnerError("CHECKPOINT", problem ?? `task ${taskId} can not be read`);
  const left = spec.again({ taskId, given: header.ports });
  // As it is written down: without what is undefined.
  const task: unknown = JSON.parse(JSON.stringify(left.run?.task ?? null));
  if (!isDeepStrictEqual(task, header.task) || !isDeepStrictEqual(spec.given, header.ports)) {
    const text = `task ${taskId} goes on as it was started: its configuration or its ports are others now, and they are for the task after it`;
    log.warn("task", text, formatInstanceKey(spec.key));
  }
  return left;
}

/**
 * Starts the instance's task, or goes on with the one that was left; nothing, for a sidecar.
 * @throws RunnerError
 */
export async function beginTask(
  spec: InstanceSpec,
  left: LeftTask | undefined,
  { settings, runAs, runner, log }: InstanceContext,
  listener: TaskListener,
): Promise<RunningTask | undefined> {
  if (spec.run === undefined) return undefined;
  const name = formatInstanceKey(spec.key);
  if (left !== undefined) {
    const task = await adoptTask(left.taskId, runAs, runner, listener);
    log.tell("task", `goes on with task ${left.taskId}, which an earlier executor left`, name);
    return task;
  }
  const { taskId, given, run } = spec;
  const user = runAs?.user ?? settings.currentUser;
  const privileges = runAs === undefined ? {} : { runAs };
  const { environment } = settings;
  return await startTask(
    { taskId, instance: name, task: run.task, ports: given, user, environment, ...privileges },
    runner,
    listener,
  );
}

/** Takes down, in order, what is left of an instance that is not ours any more. Never throws. */
export async function endLeft({ taskId }: LeftTask, { runner, runAs, log }: InstanceContext): Promise<void> {
  const onProblem = (problem: string) => log.warn("task", `${taskId}: ${problem}`);
  try {
    const task = await adoptTask(taskId, runAs, runner, { onChange: () => {}, onProblem });
    task.kill();
    const { taskState } = await task.ended;
    log.warn(
      "task",
      `task ${taskId}, which an earlier executor left, is ${taskState}: its instance runs elsewhere`,
    );
  } catch (error) {
    onProblem(`what is left of it can not be ended: ${(error as Error).message}`);
  }
}
