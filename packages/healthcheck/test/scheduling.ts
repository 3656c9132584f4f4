import { createTestClock } from "@borealis/clock/testing";
import {
  createScheduler,
  type Lane,
  type Schedule,
  type SchedulerOptions,
} from "../src/schedule/scheduler.ts";

export const every = (intervalMs: number, initialDelayMs = 0): Schedule => ({ initialDelayMs, intervalMs });
export const forever = () => new Promise<void>(() => {});

export type Run = (signal: AbortSignal) => Promise<void>;

export function setUp(options: Partial<SchedulerOptions> = {}) {
  const clock = createTestClock();
  const told = { delays: [] as number[], late: 0, skipped: 0 };
  const scheduler = createScheduler({
    clock,
    jitter: 0,
    seed: 1,
    metrics: {
      delayed: (delayMs) => told.delays.push(delayMs),
      late: () => told.late++,
      skipped(count) {
        told.skipped += count;
      },
    },
    ...options,
  });
  /** A check whose runs are written down. */
  function add(schedule: Schedule, run: Run = async () => {}, lane: Lane = "network") {
    const at: number[] = [];
    const check = scheduler.add(lane, schedule, (signal) => {
      at.push((options.clock ?? clock).now());
      return run(signal);
    });
    return { check, at };
  }
  return { clock, scheduler, add, told };
}

/** The runs of those that settle only when told. */
export function held() {
  const settle: (() => void)[] = [];
  return { settle, run: () => new Promise<void>((resolve) => settle.push(resolve)) };
}

/** Time goes on and timers do not, as when the host sleeps, the process is stopped or its loop is blocked. */
export function sleepingClock() {
  const clock = createTestClock();
  let missed = 0;
  return {
    ...clock,
    get armed() {
      return clock.armed;
    },
    now: () => clock.now() + missed,
    miss(byMs: number) {
      missed += byMs;
    },
  };
}
