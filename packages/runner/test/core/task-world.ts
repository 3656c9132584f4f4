import type { Process, Task, TaskState } from "@borealis/schema";
import type { Exit } from "../../src/core/process-run.ts";
import { newTask, nextWake, step, type TaskMachine } from "../../src/core/task.ts";
import type { TaskEffect, TaskEvent } from "../../src/core/task-event.ts";

type TaskOptions = Partial<Pick<Task, "max_failures" | "max_concurrency" | "finalization_wait">> & {
  readonly order?: readonly (readonly string[])[];
};

export function taskOf(
  processes: readonly (Partial<Process> & { name: string })[],
  options: TaskOptions = {},
) {
  const { order = [], ...rest } = options;
  return {
    processes: processes.map((process) => ({
      cmdline: "true",
      max_failures: 1,
      daemon: false,
      ephemeral: false,
      min_duration: 15,
      final: false,
      ...process,
    })),
    constraints: order.map((names) => ({ order: [...names] })),
    max_failures: 1,
    max_concurrency: 0,
    finalization_wait: 30,
    ...rest,
  };
}

/** Drives a task machine by hand, in seconds, and keeps what it asked for. */
export class TaskWorld {
  state: TaskMachine;
  now = 0;
  readonly log: string[] = [];
  readonly effects: TaskEffect[] = [];
  readonly stages: TaskState[] = ["ACTIVE"];

  constructor(...task: Parameters<typeof newTask>) {
    this.state = newTask(...task);
    this.send({ type: "tick" });
  }

  /** Started runs are RUNNING at once unless a test wants them otherwise. */
  send(event: TaskEvent, { start = true } = {}): void {
    const { state, effects } = step(this.state, event, this.now);
    this.state = state;
    for (const effect of effects) {
      this.effects.push(effect);
      if (effect.type === "stage") this.stages.push(effect.stage);
      else this.log.push(`${this.now / 1000} ${describe(effect)}`);
      if (effect.type === "ended") this.stages.push(effect.taskState);
      if (effect.type === "start" && start) this.started(effect.process, effect.run);
    }
  }

  started(process: string, run = 0): void {
    this.send({ type: "started", process, run, pid: 1000 + run });
  }

  exit(process: string, exit: number | string, run = this.runOf(process).run): void {
    const how: Exit = typeof exit === "number" ? { exitCode: exit } : { signal: exit };
    this.send({ type: "exited", process, run, exit: how });
  }

  kill(how: { waitMs?: number; reason?: string } = {}): void {
    this.send({ type: "kill", ...how });
  }

  lose(reason?: string): void {
    this.send({ type: "lose", ...(reason === undefined ? {} : { reason }) });
  }

  fail(reason: string): void {
    this.send({ type: "fail", reason });
  }

  hurry(): void {
    this.send({ type: "hurry" });
  }

  /** Lets time pass as a runner would: a tick at each wake-up and one at the end. */
  pass(seconds: number): void {
    const until = this.now + seconds * 1000;
    for (let wake = nextWake(this.state); wake !== undefined && wake <= until; wake = nextWake(this.state)) {
      this.now = Math.max(this.now, wake);
      this.send({ type: "tick" });
    }
    this.now = until;
  }

  runOf(process: string) {
    const run = this.state.processes.find(({ name }) => name === process);
    if (run === undefined) throw new Error(`no process ${process}`);
    return run;
  }

  get starts(): string[] {
    return this.effects.flatMap((effect) =>
      effect.type === "start" ? [`${effect.process} ${effect.run}`] : [],
    );
  }

  get ended() {
    return this.effects.find((effect) => effect.type === "ended");
  }
}

function describe(effect: Exclude<TaskEffect, { type: "stage" }>): string {
  if (effect.type === "ended") return effect.taskState;
  return `${effect.type === "start" ? "start" : effect.signal} ${effect.process} ${effect.run}`;
}
