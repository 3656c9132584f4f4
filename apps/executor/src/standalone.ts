import { hostname } from "node:os";
import { type Clock, formatWallTime } from "@borealis/clock";
import {
  adoptTask,
  leftTasks,
  openRunner,
  type RunnerContext,
  type RunningTask,
  startTask,
  type TaskListener,
  type TaskSnapshot,
} from "@borealis/runner";
import type { Task } from "@borealis/schema";
import { EventLog } from "./event-log.ts";
import { taskExitCode } from "./exit-code.ts";
import { bindTask } from "./instance-spec.ts";
import { createLogger, type LogFormat } from "./logger.ts";
import { tellProcesses } from "./process-news.ts";
import { resolveRunAs, runAsOf } from "./run-as.ts";
import { StopSignals } from "./stop-signals.ts";
import type { TaskView } from "./task-view.ts";

/** A task that is no job's: nothing of it is claimed, checked, announced or started again. */
export interface StandaloneTask {
  readonly task: Task;
  readonly name: string;
  /** One that was left by whoever ran it is gone on with. Default: from the name and the time. */
  readonly taskId: string | undefined;
  /** Whose rights its processes get; those of whoever runs this when undefined. */
  readonly user: string | undefined;
  readonly ports: Readonly<Record<string, number>>;
  readonly environment: Readonly<Record<string, string>>;
}

export interface StandaloneSettings {
  readonly stateDirectory: string;
  readonly asCurrentUser: boolean;
  readonly currentUser: string;
  readonly enforceResources: boolean;
  readonly format: LogFormat;
  readonly clock: Clock;
}

/**
 * Runs one task in the foreground, without ZooKeeper.
 * @returns the exit code: the task's result.
 * @throws ExecutorError BAD_CONFIG, UNBOUND_PORT, UNBOUND_REFERENCE or UNKNOWN_USER, RunnerError; nothing runs then.
 */
export async function runStandalone(
  wanted: StandaloneTask,
  settings: StandaloneSettings,
  { view, signals: given }: { readonly view?: TaskView | undefined; readonly signals?: StopSignals } = {},
): Promise<number> {
  const { clock, stateDirectory, enforceResources, format } = settings;
  const taskId = wanted.taskId ?? standaloneTaskId(wanted.name, clock.wallTime());
  const log = new EventLog(clock, createLogger(format, view));
  const onProblem = (problem: string) => log.warn("task", problem);
  using signals = given ?? new StopSignals();
  const runner = await openRunner({ stateDirectory, clock, enforceResources, onProblem });
  try {
    if (signals.received !== undefined) return taskExitCode([], signals.received);
    for (const notice of runner.notices) onProblem(notice);
    let told: TaskSnapshot | undefined;
    const onChange = (snapshot: TaskSnapshot) => {
      tellProcesses(log, told?.processes ?? [], snapshot.processes, running.sandbox);
      if (told?.taskState !== snapshot.taskState) log.tell("task", stateSentence(snapshot));
      told = snapshot;
      view?.show({ title: taskId, ...snapshot });
    };
    const running = await begin({ ...wanted, taskId }, settings, runner.context, { onProblem, onChange });
    const left = `goes on with task ${taskId}, which an earlier executor left, whatever was to be run now`;
    log.tell("task", `${running.adopted ? left : `task ${taskId}`}, sandbox ${running.sandbox}`);
    onChange(running.snapshot);
    signals.onSignal((name) => {
      log.tell("stop", `${name} received`);
      stopOrHurry(running);
    });
    if (signals.received !== undefined) running.kill();
    const { taskState } = await running.ended;
    return taskExitCode([taskState], signals.received);
  } finally {
    view?.end();
    await runner.close();
  }
}

/** Goes on with a task that no executor has, in order to end it; resolves when it has ended. @throws RunnerError */
export async function killAbandoned(
  stateDirectory: string,
  taskId: string,
  { clock, onProblem }: { readonly clock: Clock; readonly onProblem: (problem: string) => void },
): Promise<void> {
  const runner = await openRunner({ stateDirectory, clock, onProblem });
  try {
    // Finalizers that are still to start would have its user's rights; whoever may not give those has to be told.
    const left = (await leftTasks(stateDirectory)).find((task) => task.taskId === taskId);
    const runAs = left === undefined ? undefined : await runAsOf(left);
    const task = await adoptTask(taskId, runAs, runner.context, { onChange: () => {}, onProblem });
    task.kill();
    await task.ended;
  } finally {
    await runner.close();
  }
}

async function begin(
  { task: unbound, name, taskId, user, ports, environment }: StandaloneTask & { readonly taskId: string },
  { asCurrentUser, currentUser, stateDirectory }: StandaloneSettings,
  context: RunnerContext,
  listener: TaskListener,
): Promise<RunningTask> {
  const left = (await leftTasks(stateDirectory, taskId)).find((one) => one.taskId === taskId);
  if (left !== undefined) {
    return await adoptTask(taskId, await runAsOf(left), context, listener);
  }
  const role = user ?? currentUser;
  const names = { instance: 0, hostname: hostname(), taskId, user: role, role, cluster: "local" };
  const task = bindTask(unbound, `task ${name}`, { ...names, ports });
  const runAs = await resolveRunAs(role, asCurrentUser || user === undefined);
  const privileges = runAs === undefined ? {} : { runAs };
  const spec = { taskId, task, ports, user: runAs?.user ?? currentUser, environment, ...privileges };
  return await startTask(spec, context, listener);
}

function stopOrHurry(task: RunningTask): void {
  if (task.snapshot.taskState === "ACTIVE") task.kill();
  else task.hurry();
}

function stateSentence({ taskState, reason }: TaskSnapshot): string {
  return reason === undefined ? taskState : `${taskState}: ${reason}`;
}

/** `<name>-20260131-120000.123`, as Thermos names tasks, but for its microseconds. */
export function standaloneTaskId(name: string, at: number): string {
  const [date = "", time = ""] = formatWallTime(at).slice(0, -1).split("T");
  return `${name}-${date.replaceAll("-", "")}-${time.replaceAll(":", "")}`.replace(/[^\w.-]/g, "-");
}
