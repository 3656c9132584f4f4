import type { Clock } from "@borealis/clock";
import { isTerminal } from "@borealis/schema";
import type { TaskRecord } from "../checkpoint/checkpoint.ts";
import { nextWake, step, type TaskMachine } from "../core/task.ts";
import type { TaskEffect, TaskEvent } from "../core/task-event.ts";

export interface TaskLoopOptions {
  readonly machine: TaskMachine;
  /** Of the latest record. */
  readonly lastAt: number;
  readonly clock: Clock;
  /** The task's time. */
  readonly now: () => number;
  /** Written down before anything is done about it. */
  readonly append: (record: TaskRecord) => void;
  readonly perform: (effect: TaskEffect) => void;
  /** After every step that changed something. */
  readonly onStep: () => void;
}

/**
 * Events queue up and are taken one at a time, each with all its effects, so that what a kill meets is never half of
 * a step. One timer is armed, for the machine's next wake-up.
 */
export class TaskLoop {
  readonly #options: TaskLoopOptions;
  readonly #queue: { readonly event: TaskEvent; readonly at?: number }[] = [];
  #machine: TaskMachine;
  #at: number;
  #taking = false;
  #stopped = false;
  #cancelWake = () => {};

  constructor(options: TaskLoopOptions) {
    this.#options = options;
    this.#machine = options.machine;
    this.#at = options.lastAt;
  }

  get machine(): TaskMachine {
    return this.#machine;
  }

  /** @param at when it happened, where that was earlier: what ended while nobody was there is not young. */
  take(event: TaskEvent, at?: number): void {
    if (this.#stopped) return;
    this.#queue.push(at === undefined ? { event } : { event, at });
    if (this.#taking) return;
    this.#taking = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined && !this.#stopped; next = this.#queue.shift()) {
        const now = this.#options.now();
        // Time does not go back, whatever a wall clock said when it was written down.
        this.#at = Math.max(this.#at, Math.min(next.at ?? now, now));
        this.#step(next.event, this.#at);
      }
    } finally {
      this.#taking = false;
    }
    this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelWake();
  }

  #step(event: TaskEvent, at: number): void {
    const { state, effects } = step(this.#machine, event, at);
    if (state === this.#machine && effects.length === 0) return;
    this.#options.append({ at, event });
    this.#machine = state;
    for (const effect of effects) this.#options.perform(effect);
    this.#options.onStep();
  }

  #arm(): void {
    this.#cancelWake();
    this.#cancelWake = () => {};
    if (this.#stopped || isTerminal(this.#machine.stage)) return;
    const wakeAt = nextWake(this.#machine);
    if (wakeAt === undefined) return;
    const { clock, now } = this.#options;
    this.#cancelWake = clock.after(wakeAt - now(), () => this.take({ type: "tick" }));
  }
}
