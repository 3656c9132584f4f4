import type { Clock } from "@borealis/clock";
import type { StopAnswer, StopEffect, StopEvent, TimelineEntry } from "./stop-event.ts";
import { newStop, type StopMachine, stepStop } from "./stop-machine.ts";
import type { StopPlan, StopRequest } from "./stop-plan.ts";

export interface StopOptions {
  readonly plan: StopPlan;
  readonly clock: Clock;
  /** Resolves when ZooKeeper has confirmed that the member is gone. */
  readonly leave: (signal: AbortSignal) => Promise<void>;
  /** The signal ends the exchange; see stop-request.ts. */
  readonly post: (request: StopRequest, signal: AbortSignal) => Promise<StopAnswer>;
  /** SIGTERM, finalizers, SIGKILL at their deadline: `kill()` of the task, or `fail()` when its health ended it. */
  readonly killTask: () => void;
  /** SIGKILL at once. */
  readonly hurryTask: () => void;
  /** Settles when nothing of the task runs any more; undefined for a sidecar. */
  readonly taskEnded: Promise<unknown> | undefined;
  /** A step has begun, was answered or is over. Never from within startStop. */
  readonly onStep: (entry: TimelineEntry, timeline: readonly TimelineEntry[]) => void;
}

export interface StopSequence {
  /** For the second who asks to stop, and the third. */
  hurry(): void;
  /** Resolves when the task has ended and the member is gone, or known not to be; never rejects. */
  readonly done: Promise<readonly TimelineEntry[]>;
}

/**
 * Takes an instance down as its plan says: the machine of stop-machine.ts decides, this does. What a step has begun is
 * cut off when the next one begins.
 */
export function startStop(options: StopOptions): StopSequence {
  const sequence = new Sequence(options);
  // First: a task that has ended already must not be asked, as its port may be somebody else's by now.
  const ended = () => sequence.take({ type: "taskEnded" });
  void options.taskEnded?.then(ended, ended);
  queueMicrotask(() => sequence.take({ type: "begin" }));
  return { hurry: () => sequence.take({ type: "hurry" }), done: sequence.done };
}

class Sequence {
  readonly done: Promise<readonly TimelineEntry[]>;
  readonly #options: StopOptions;
  readonly #done = Promise.withResolvers<readonly TimelineEntry[]>();
  readonly #queue: StopEvent[] = [];
  #machine: StopMachine;
  #taking = false;
  /** Of what the present step has begun. */
  #present = new AbortController();
  #cancelWake = () => {};

  constructor(options: StopOptions) {
    this.#options = options;
    this.done = this.#done.promise;
    this.#machine = newStop(options.plan);
  }

  /** One event at a time, each with all its effects: what is called may come back with another at once. */
  take(event: StopEvent): void {
    this.#queue.push(event);
    if (this.#taking) return;
    this.#taking = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#step(next);
    this.#taking = false;
    this.#arm();
  }

  #step(event: StopEvent): void {
    const { state, effects } = stepStop(this.#machine, event, this.#options.clock.now());
    if (state.at !== this.#machine.at) {
      this.#present.abort(new Error("the next step of stopping begins"));
      this.#present = new AbortController();
    }
    this.#machine = state;
    for (const effect of effects) this.#perform(effect);
  }

  #arm(): void {
    this.#cancelWake();
    this.#cancelWake = () => {};
    const { wakeAt } = this.#machine;
    if (wakeAt === undefined) return;
    const { clock } = this.#options;
    this.#cancelWake = clock.after(wakeAt - clock.now(), () => this.take({ type: "tick" }));
  }

  #perform(effect: StopEffect): void {
    const { killTask, hurryTask, onStep } = this.#options;
    switch (effect.type) {
      case "leave":
        return void this.#leave();
      case "post":
        return void this.#post(effect);
      case "kill":
        return killTask();
      case "killNow":
        return hurryTask();
      case "entry":
        return onStep(effect.entry, this.#machine.timeline);
      case "done":
        return this.#done.resolve(this.#machine.timeline);
    }
  }

  async #leave(): Promise<void> {
    const { leave } = this.#options;
    await leave(this.#present.signal).then(
      () => this.take({ type: "left" }),
      (error) => this.take({ type: "notLeft", reason: messageOf(error) }),
    );
  }

  async #post({ step, request }: { readonly step: "QUIT" | "ABORT"; readonly request: StopRequest }) {
    const { post } = this.#options;
    // What goes wrong with asking must not keep the task from being ended.
    const answer = await post(request, this.#present.signal).catch((error) => ({
      handled: false,
      text: `not asked: ${messageOf(error)}`,
    }));
    this.take({ type: "answered", step, answer });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
