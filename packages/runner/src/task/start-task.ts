import { rm } from "node:fs/promises";
import type { RunAs } from "@borealis/processes";
import type { Task } from "@borealis/schema";
import { bootId } from "../boot.ts";
import type { TaskHeader } from "../checkpoint/checkpoint.ts";
import { Checkpoint } from "../checkpoint/checkpoint-file.ts";
import { replay } from "../core/replay.ts";
import { newTask, type TaskMachine } from "../core/task.ts";
import { keepTask } from "../keeper/keep-task.ts";
import type { Keeper } from "../keeper/keeper.ts";
import { createSandbox } from "../state/sandbox.ts";
import { activeTask, createTask, sandboxPath } from "../state/state-directory.ts";
import { NewsBox } from "./news-box.ts";
import { TaskRunner } from "./running-task.ts";
import { TaskUse } from "./task-resources.ts";
import type { RunnerContext, RunningTask, TaskListener, TaskSpec } from "./task-spec.ts";
import { newBootEpoch, taskTime } from "./task-time.ts";

/**
 * Starts a task from its first process.
 * @throws RunnerError SANDBOX, STATE_DIRECTORY, CHECKPOINT, TASK_BUSY or LAUNCHER; nothing runs then.
 */
export async function startTask(
  spec: TaskSpec,
  context: RunnerContext,
  listener: TaskListener,
): Promise<RunningTask> {
  const { stateDirectory, clock } = context;
  const { taskId, task, ports, user, runAs, instance, environment = {} } = spec;
  const directory = await createTask(stateDirectory, taskId);
  const undo: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  try {
    const sandbox = await createSandbox(stateDirectory, taskId, runAs);
    undo.push(() => rm(sandbox, { recursive: true, force: true }));
    const use = await useOf({ spec, sandbox, cgroups: [] }, context);
    undo.push(() => use.end());
    const header: TaskHeader = {
      taskId,
      ...(instance === undefined ? {} : { instance }),
      startedAt: clock.wallTime(),
      bootId: bootId(),
      bootEpoch: newBootEpoch(clock),
      user,
      sandbox,
      ports,
      environment,
      cgroups: use.directories,
      task,
    };
    const kept = await openKept({ directory, sandbox }, context, listener);
    undo.push(async () => kept.keeper.close());
    const checkpoint = Checkpoint.create(directory, header);
    return begin(
      { spec, directory, header, checkpoint, machine: newTask(task), kept, use, adopted: false },
      context,
      listener,
    );
  } catch (error) {
    // Nobody would ever finish it.
    for (const step of undo.toReversed()) await step().catch(() => {});
    throw error;
  }
}

/**
 * Goes on with a task that an earlier executor left, as it was started then.
 * @throws RunnerError CHECKPOINT when what it left can not be read; that is kept as it is. TASK_BUSY when another
 * executor has the task.
 */
export async function adoptTask(
  taskId: string,
  runAs: RunAs | undefined,
  context: RunnerContext,
  listener: TaskListener,
): Promise<RunningTask> {
  const directory = activeTask(context.stateDirectory, taskId);
  const sandbox = sandboxPath(context.stateDirectory, taskId);
  // Ours before it is read: whoever had it may have been writing until now.
  const kept = await openKept({ directory, sandbox }, context, listener);
  let opened: Checkpoint | undefined;
  try {
    const { checkpoint, header, records, torn } = Checkpoint.open(directory, taskId);
    opened = checkpoint;
    if (torn > 0) listener.onProblem(`the last ${torn} bytes of its checkpoint were torn, and are left out`);
    // Checked by whoever started it, before it was written down.
    const task = header.task as unknown as Task;
    const spec: TaskSpec = { ...header, task, ...(runAs === undefined ? {} : { runAs }) };
    const machine = replay(newTask(task), records);
    const use = await useOf({ spec, sandbox, cgroups: header.cgroups }, context);
    return begin(
      { spec, directory, header, checkpoint, machine, kept, use, adopted: true },
      context,
      listener,
    );
  } catch (error) {
    opened?.close();
    kept.keeper.close();
    throw error;
  }
}

interface Kept {
  readonly keeper: Keeper;
  readonly news: NewsBox;
}

interface Opened {
  readonly spec: TaskSpec;
  readonly directory: string;
  readonly header: TaskHeader;
  readonly checkpoint: Checkpoint;
  readonly machine: TaskMachine;
  readonly kept: Kept;
  readonly use: TaskUse;
  readonly adopted: boolean;
}

async function openKept(
  { directory, sandbox }: { readonly directory: string; readonly sandbox: string },
  { launcher, clock }: RunnerContext,
  { onProblem }: TaskListener,
): Promise<Kept> {
  const news = new NewsBox();
  const keeper = await keepTask({
    directory,
    sandbox,
    launcher,
    clock,
    onProblem,
    onNews: (one) => news.put(one),
    onTaken: () => news.put("taken"),
    onKillRequest: () => news.put("kill"),
  });
  return { keeper, news };
}

function useOf(
  {
    spec: { taskId, task },
    sandbox,
    cgroups,
  }: { spec: TaskSpec; sandbox: string; cgroups: readonly string[] },
  { clock, resources: host, sampleMs }: RunnerContext,
): Promise<TaskUse> {
  return TaskUse.of({ taskId, sandbox, task, host, clock, sampleMs, cgroups });
}

function begin(
  { kept, header, ...opened }: Opened,
  context: RunnerContext,
  listener: TaskListener,
): RunningTask {
  const now = taskTime(header, opened.checkpoint.lastAt, context.clock);
  const { sandbox, startedAt } = header;
  const runner = new TaskRunner({ ...opened, ...kept, sandbox, startedAt, now }, context, listener);
  runner.begin();
  return runner;
}
