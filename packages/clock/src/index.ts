import { type Clock, clockFrom } from "./clock.ts";

export type { Clock, Deadline } from "./clock.ts";

// setTimeout fires at once, with a warning, for anything above this.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The globals are looked up at call time, so that a test which replaces them is obeyed. */
export const systemClock: Clock = clockFrom({
  now: () => globalThis.performance.now(),
  wallTime: () => globalThis.Date.now(),

  after(delayMs, task) {
    const timer = globalThis.setTimeout(task, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS));
    return () => globalThis.clearTimeout(timer);
  },
});

/** `2026-01-31T12:00:00.000Z`, from milliseconds since the Unix epoch. */
export function formatWallTime(epochMs: number): string {
  return new globalThis.Date(epochMs).toISOString();
}
