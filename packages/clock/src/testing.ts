import { type Clock, clockFrom } from "./clock.ts";

/** A clock that stands still until a test moves it. */
export interface TestClock extends Clock {
  /** Moves time on, running what falls due in order; each timer's consequences settle before the next one runs. */
  advance(byMs: number): Promise<void>;
  /** Moves only the wall clock, as an operator or NTP would. */
  jumpWallTime(byMs: number): void;
  /** Timers that are armed. */
  readonly armed: number;
}

export function createTestClock({ now = 0, wallTime = 1_700_000_000_000 } = {}): TestClock {
  const timers = new Set<{ readonly dueAt: number; readonly task: () => void }>();
  let time = now;
  let wallOffset = wallTime - now;

  function nextDue(until: number) {
    let next: { readonly dueAt: number; readonly task: () => void } | undefined;
    for (const timer of timers) {
      if (timer.dueAt <= until && (next === undefined || timer.dueAt < next.dueAt)) next = timer;
    }
    return next;
  }

  const clock = clockFrom({
    now: () => time,
    wallTime: () => time + wallOffset,

    after(delayMs, task) {
      const timer = { dueAt: time + Math.max(0, delayMs), task };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  });

  return {
    ...clock,

    async advance(byMs) {
      const until = time + byMs;
      await settled();
      for (let timer = nextDue(until); timer !== undefined; timer = nextDue(until)) {
        timers.delete(timer);
        time = timer.dueAt;
        timer.task();
        await settled();
      }
      time = until;
    },

    jumpWallTime(byMs) {
      wallOffset += byMs;
    },

    get armed() {
      return timers.size;
    },
  };
}

/** An immediate runs after every promise that can settle without I/O has settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => globalThis.setImmediate(resolve));
}
