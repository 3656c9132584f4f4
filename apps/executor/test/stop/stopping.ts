import type { StopEffect, StopEvent } from "../../src/stop/stop-event.ts";
import { newStop, type StopMachine, stepStop } from "../../src/stop/stop-machine.ts";
import type { StopPlan } from "../../src/stop/stop-plan.ts";

/** Announced, drained, asked twice, and patient. */
export const FULL: StopPlan = {
  announced: true,
  drainMs: 2_000,
  quit: { port: 31337, portName: "health", path: "/quitquitquit", waitMs: 5_000 },
  abort: { port: 31337, portName: "health", path: "/abortabortabort", waitMs: 3_000 },
  finalizationWaitMs: 30_000,
};

/** What a stop did, without what it said. */
export const deeds = (effects: readonly StopEffect[]): string[] =>
  effects.flatMap((effect) => {
    if (effect.type === "entry") return [];
    return [effect.type === "post" ? `post ${effect.step}` : effect.type];
  });

/** A machine, its time, and all it has asked for. */
export class Stopping {
  machine: StopMachine;
  now = 1_000;
  readonly effects: StopEffect[] = [];

  constructor(plan: StopPlan) {
    this.machine = newStop(plan);
  }

  /** @returns what it does about that. */
  take(event: StopEvent): string[] {
    const { state, effects } = stepStop(this.machine, event, this.now);
    this.machine = state;
    this.effects.push(...effects);
    return deeds(effects);
  }

  /** Time passes, with a tick at each moment that the machine asked for. */
  pass(ms: number): string[] {
    const until = this.now + ms;
    const done: string[] = [];
    for (let { wakeAt } = this.machine; wakeAt !== undefined && wakeAt <= until; { wakeAt } = this.machine) {
      this.now = Math.max(this.now, wakeAt);
      done.push(...this.take({ type: "tick" }));
    }
    this.now = until;
    return done;
  }

  get steps(): string[] {
    return this.machine.timeline.map(({ step, outcome }) => `${step} ${outcome?.kind ?? "…"}`);
  }
}
