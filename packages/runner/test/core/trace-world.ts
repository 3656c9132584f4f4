import type { Task } from "@borealis/schema";
import { end, type RunEnd } from "../../src/core/process-run.ts";
import { newTask, nextWake, step, type TaskMachine } from "../../src/core/task.ts";
import type { TaskEffect, TaskEvent } from "../../src/core/task-event.ts";
import type { PlanLimits } from "../../src/core/task-plan.ts";
import { type OfRun, plannedOf } from "../../src/core/task-processes.ts";

/** What one run of a simulated process does; times in seconds. */
export interface Behaviour {
  /** Left out: it would run for ever. */
  readonly after?: number;
  readonly exit: number;
  /** Ended by a signal that it sends itself. */
  readonly signal?: string;
  /** What it makes of SIGTERM; left out: SIGTERM ends it. */
  readonly onTerm?: "ignores" | { readonly after: number; readonly exit: number };
}

/** Behaviours of a process's runs; the last holds for all that follow. */
export type Script = Readonly<Record<string, readonly Behaviour[]>>;

interface Planned {
  readonly at: number;
  readonly event: TaskEvent;
}

/**
 * Runs a task machine in a world of simulated processes and clocks, and keeps what Thermos would have written down:
 * the task's states, and the states of each process over all its runs. News of a start come late, of each process a
 * little later than of the one before it, so that stages change while runs are just forked.
 */
export class TraceWorld {
  readonly stages: string[] = ["ACTIVE"];
  readonly histories = new Map<string, string[]>();
  readonly sigterms: string[] = [];
  mostAtOnce = 0;
  #state: TaskMachine;
  #now = 0;
  #planned: readonly Planned[] = [];
  readonly #script: Script;

  constructor(task: Task, script: Script, limits?: PlanLimits) {
    this.#state = newTask(task, limits);
    this.#script = script;
    this.#plan(0, { type: "tick" });
  }

  at(seconds: number, event: (world: TaskMachine) => TaskEvent): void {
    this.#runUntil(seconds * 1000);
    this.#send(event(this.#state));
  }

  finish(): TaskMachine {
    this.#runUntil(Number.POSITIVE_INFINITY);
    return this.#state;
  }

  #runUntil(until: number): void {
    for (let next = this.#next(); next !== undefined && next.at <= until; next = this.#next()) {
      this.#planned = this.#planned.filter((planned) => planned !== next);
      this.#now = Math.max(this.#now, next.at);
      this.#send(next.event);
    }
    if (Number.isFinite(until)) this.#now = until;
  }

  #next(): Planned | undefined {
    const wakeAt = nextWake(this.#state);
    const wake: readonly Planned[] = wakeAt === undefined ? [] : [{ at: wakeAt, event: { type: "tick" } }];
    return [...this.#planned, ...wake].reduce<Planned | undefined>(
      (first, planned) => (first === undefined || planned.at < first.at ? planned : first),
      undefined,
    );
  }

  #plan(at: number, event: TaskEvent): void {
    this.#planned = [...this.#planned, { at, event }];
  }

  #send(event: TaskEvent): void {
    this.#note(event);
    const { state, effects } = step(this.#state, event, this.#now);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    const live = state.processes.filter((process) => ["FORKED", "RUNNING"].includes(process.state));
    this.mostAtOnce = Math.max(this.mostAtOnce, live.length);
  }

  #note(event: TaskEvent): void {
    if (event.type === "started") this.#remember(event.process, "RUNNING");
    if (event.type === "exited") this.#noteEnd(event, event.exit);
    if (event.type === "lost") this.#noteEnd(event, { problem: event.reason, lost: true });
  }

  /** As the machine takes it: the process may be in its next run as soon as the step is over. */
  #noteEnd({ process: name }: OfRun, how: RunEnd): void {
    const process = this.#state.processes.find((process) => process.name === name);
    if (process === undefined) throw new Error(`no process ${name}`);
    const { state } = end(process, how, plannedOf(this.#state.plan, name), this.#now);
    this.#remember(
      name,
      "problem" in how ? state : `${state} ${"signal" in how ? how.signal : how.exitCode}`,
    );
  }

  #perform(effect: TaskEffect): void {
    switch (effect.type) {
      case "start":
        return this.#start(effect);
      case "signal":
        return this.#signal(effect, effect.signal);
      case "stage":
        this.stages.push(effect.stage);
        return;
      case "ended":
        this.stages.push(effect.taskState);
        this.#planned = [];
    }
  }

  #start(of: OfRun): void {
    const { process, run } = of;
    this.#remember(process, "WAITING", "FORKED");
    const order = this.#state.processes.findIndex(({ name }) => name === process);
    const startedAt = this.#now + 10 * (order + 1);
    this.#plan(startedAt, { type: "started", process, run, pid: 1 });
    const { after, exit, signal } = this.#behaviour(of);
    if (after === undefined) return;
    const how = signal === undefined ? { exitCode: exit } : { signal };
    this.#plan(startedAt + after * 1000, { type: "exited", process, run, exit: how });
  }

  #signal(of: OfRun, signal: "SIGTERM" | "SIGKILL"): void {
    const { process, run } = of;
    if (signal === "SIGKILL") return this.#remember(process, "KILLED SIGKILL");
    this.sigterms.push(`${process} ${run}`);
    const { onTerm } = this.#behaviour(of);
    if (onTerm === "ignores") return;
    this.#planned = this.#planned.filter(({ event }) => event.type !== "exited" || event.process !== process);
    const exit = onTerm === undefined ? { signal } : { exitCode: onTerm.exit };
    this.#plan(this.#now + (onTerm?.after ?? 0) * 1000, { type: "exited", process, run, exit });
  }

  #behaviour({ process, run }: OfRun): Behaviour {
    const runs = this.#script[process] ?? [];
    return runs[run] ?? runs.at(-1) ?? { after: 0, exit: 0 };
  }

  #remember(process: string, ...states: readonly string[]): void {
    this.histories.set(process, [...(this.histories.get(process) ?? []), ...states]);
  }
}
