import { systemClock } from "@borealis/clock";
import { createTestClock } from "@borealis/clock/testing";
import { expect, it, vi } from "vitest";
import { LoopLag } from "../src/zookeeper/loop-lag.ts";

/** A test clock whose timers can fire late, as in a process that is busy. */
function busyClock() {
  const clock = createTestClock();
  let lateMs = 0;
  return {
    ...clock,
    now: () => clock.now() + lateMs,
    get armed() {
      return clock.armed;
    },
    block: (ms: number) => {
      lateMs += ms;
    },
  };
}

it("is nothing while timers are in time", async () => {
  const clock = createTestClock();
  const lag = new LoopLag(clock);
  await clock.advance(10_000);
  expect(lag.largestMs).toBe(0);
  lag.stop();
  expect(clock.armed).toBe(0);
});

it("tells a block that is going on, and remembers the largest one for a minute", async () => {
  const clock = busyClock();
  const lag = new LoopLag(clock);
  await clock.advance(100);
  clock.block(2_400);
  expect(lag.largestMs).toBe(2_000);
  await clock.advance(400);
  expect(lag.largestMs).toBe(2_400);
  clock.block(700);
  await clock.advance(500);
  expect(lag.largestMs).toBe(2_400);
  await clock.advance(58_700);
  expect(lag.largestMs).toBe(2_400);
  await clock.advance(200);
  // The largest is forgotten, the lesser one that came after it is not yet.
  expect(lag.largestMs).toBe(700);
  await clock.advance(1_200);
  expect(lag.largestMs).toBe(0);
});

it("sees a real event loop that is blocked", async () => {
  const lag = new LoopLag(systemClock);
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 900);
    await vi.waitFor(() => expect(lag.largestMs).toBeGreaterThanOrEqual(300));
  } finally {
    lag.stop();
  }
});
