import { isDeepStrictEqual } from "node:util";
import {
  adoptTask,
  type LeftTask,
  leftTasks,
  RunnerError,
  type RunningTask,
  startTask,
  type TaskListener,
} from "@borealis/runner";
import { formatInstanceKey } from "@borealis/schema";
import type { EventLog } from "./event-log.ts";
import type { InstanceContext } from "./instance.ts";
import { type InstanceSpec, newTaskId } from "./instance-spec.ts";
import { runAsOf } from "./run-as.ts";

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
    const task = await adoptTask(left.taskId, await runAsOf(left), runner, listener);
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

/** What an earlier executor left of this instance; of several the latest, and the others are taken down. */
export async function findLeft(spec: InstanceSpec, context: InstanceContext): Promise<LeftTask | undefined> {
  if (spec.run === undefined) return undefined;
  const name = formatInstanceKey(spec.key);
  const found = await leftTasks(context.settings.stateDirectory, newTaskId(spec.key, ""));
  // One that can not be read has the name of one of ours: nobody can say that it is not.
  const ours = found.filter(({ header }) => header === undefined || header.instance === name);
  const [latest, ...others] = ours.toSorted(
    (a, b) => (b.header?.startedAt ?? Infinity) - (a.header?.startedAt ?? Infinity),
  );
  for (const other of others) await takeDown(other, context, "another task of its instance came after it");
  return latest;
}

/** Takes down, in order, what is left here of an instance that is elsewhere now. Never throws. */
export async function endLeft(spec: InstanceSpec, context: InstanceContext): Promise<void> {
  try {
    const left = await findLeft(spec, context);
    // Whoever holds it is told by ZooKeeper that it is not its own any more.
    if (left !== undefined && !left.held) await takeDown(left, context, "its instance runs elsewhere");
  } catch (error) {
    context.log.warn(
      "task",
      `what is left here is not known: ${(error as Error).message}`,
      formatInstanceKey(spec.key),
    );
  }
}

async function takeDown(left: LeftTask, { runner, log }: InstanceContext, why: string): Promise<void> {
  const { taskId } = left;
  const onProblem = (problem: string) => log.warn("task", `${taskId}: ${problem}`);
  try {
    const task = await adoptTask(taskId, await runAsOf(left), runner, { onChange: () => {}, onProblem });
    task.kill();
    const { taskState } = await task.ended;
    log.warn("task", `task ${taskId}, which an earlier executor left, is ${taskState}: ${why}`);
  } catch (error) {
    onProblem(`what is left of it can not be ended: ${(error as Error).message}`);
  }
}
