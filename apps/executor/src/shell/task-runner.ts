import { isDeepStrictEqual } from "node:util";
import type { Clock } from "@borealis/clock";
import { endEscaped, type RunAs } from "@borealis/processes";
import { isTerminal, type Process, type ProcessReport, type Task, type TaskState } from "@borealis/schema";
import { processReports } from "../core/process-report.ts";
import { newTask, nextWake, step } from "../core/task.ts";
import type { TaskEffect, TaskEvent } from "../core/task-event.ts";
import { type ProcessGroup, startProcessGroup } from "./process-group.ts";

export interface TaskSnapshot {
  readonly taskState: TaskState;
  /** Why the task ended as it did. */
  readonly reason?: string;
  readonly processes: readonly ProcessReport[];
}

interface TaskEnd {
  readonly taskState: TaskState;
  readonly reason: string;
}

export interface TaskOptions {
  readonly task: Task;
  /** The command line with every reference bound. */
  readonly cmdlineOf: (process: Process) => string;
  /** An existing directory: HOME and working directory of every process. */
  readonly sandbox: string;
  readonly user: string;
  readonly runAs?: RunAs;
  readonly clock: Clock;
  /** Called after each change, never from within startTask. */
  readonly onChange: (snapshot: TaskSnapshot) => void;
}

export interface RunningTask {
  readonly snapshot: TaskSnapshot;
  /** Asks: SIGTERM, finalizers, at most finalization_wait. Asking again changes nothing. */
  kill(): void;
  /** As kill, and the task has FAILED, if it has not come to another end by then. */
  fail(reason: string): void;
  /** Ends everything at once with SIGKILL, whether or not it was asked before. */
  hurry(): void;
  /** Resolves when the task has ended and nothing of it runs any more. */
  readonly ended: Promise<TaskEnd>;
}

/**
 * Runs one task: the machine of core/task.ts decides, this does. Events queue up and are taken one at a time, each
 * with all its effects, so that what a kill meets is never half of a step. One timer is armed, for the machine's
 * next wake-up.
 *
 * A terminal state is published only when the last process group has gone: who reads SUCCESS may reuse the sandbox.
 */
export function startTask({
  task,
  cmdlineOf,
  sandbox,
  user,
  runAs,
  clock,
  onChange,
}: TaskOptions): RunningTask {
  const groups = new Map<string, ProcessGroup>();
  const endings = new Set<Promise<void>>();
  const queue: TaskEvent[] = [];
  const { promise: ended, resolve: resolveEnded } = Promise.withResolvers<TaskEnd>();
  let machine = newTask(task);
  let snapshot: TaskSnapshot = { taskState: machine.stage, processes: processReports(machine) };
  let taking = false;
  let cancelWake = () => {};

  function take(event: TaskEvent): void {
    queue.push(event);
    if (taking) return;
    taking = true;
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const { state, effects } = step(machine, next, clock.now());
        machine = state;
        for (const effect of effects) perform(effect);
        if (!isTerminal(machine.stage))
          publish({ taskState: machine.stage, processes: processReports(machine) });
      }
    } finally {
      taking = false;
    }
    arm();
  }

  function perform(effect: TaskEffect): void {
    switch (effect.type) {
      case "start":
        start(effect.process, effect.run);
        break;
      case "signal":
        groups.get(keyOf(effect.process, effect.run))?.signal(effect.signal);
        break;
      case "stage":
        publish({ taskState: effect.stage, processes: processReports(machine) });
        break;
      case "ended":
        void finish(effect);
    }
  }

  function start(name: string, run: number): void {
    const process = task.processes.find((candidate) => candidate.name === name);
    if (process === undefined) throw new Error(`the task has no process "${name}"`);
    const privileges = runAs === undefined ? {} : { runAs };
    const group = startProcessGroup({
      name,
      run,
      cmdline: cmdlineOf(process),
      sandbox,
      user,
      clock,
      ...privileges,
    });
    const key = keyOf(name, run);
    groups.set(key, group);
    // Queued behind this step; a group can not have ended before, so its end never overtakes its start.
    if (group.pid !== undefined) take({ type: "started", process: name, run, pid: group.pid });
    const ending = group.ended.then((end) => {
      groups.delete(key);
      endings.delete(ending);
      if ("problem" in end) take({ type: "startFailed", process: name, run, reason: end.problem });
      else take({ type: "exited", process: name, run, exit: end });
    });
    endings.add(ending);
  }

  async function finish({ taskState, reason }: TaskEnd): Promise<void> {
    await Promise.all(endings);
    await endEscaped(`HOME=${sandbox}`, clock);
    publish({ taskState, reason, processes: processReports(machine) });
    resolveEnded({ taskState, reason });
  }

  function publish(next: TaskSnapshot): void {
    if (isDeepStrictEqual(next, snapshot)) return;
    snapshot = next;
    onChange(next);
  }

  function arm(): void {
    cancelWake();
    const wakeAt = nextWake(machine);
    cancelWake =
      wakeAt === undefined ? () => {} : clock.after(wakeAt - clock.now(), () => take({ type: "tick" }));
  }

  queueMicrotask(() => take({ type: "tick" }));

  return {
    get snapshot() {
      return snapshot;
    },
    kill: () => take({ type: "kill" }),
    fail: (reason) => take({ type: "fail", reason }),
    hurry: () => take({ type: "hurry" }),
    ended,
  };
}

function keyOf(process: string, run: number): string {
  return `${run} ${process}`;
}
