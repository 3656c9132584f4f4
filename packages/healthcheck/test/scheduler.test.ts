import type { Clock } from "@borealis/clock";
import { createTestClock } from "@borealis/clock/testing";
import { afterEach, describe, expect, it } from "vitest";
import { createScheduler } from "../src/schedule/scheduler.ts";
import { every, forever, held, setUp } from "./scheduling.ts";

describe("when checks are made", () => {
  it("is after the initial delay and then every interval, whatever a run takes", async () => {
    const { clock, add } = setUp();
    const { at } = add(every(10_000, 15_000), () => clock.sleep(3000));
    await clock.advance(55_000);
    expect(at).toEqual([15_000, 25_000, 35_000, 45_000, 55_000]);
  });

  it("is at once without an initial delay, but not within add", async () => {
    const { clock, add } = setUp();
    const { at } = add(every(1000));
    expect(at).toEqual([]);
    await clock.advance(0);
    expect(at).toEqual([0]);
  });

  it("does not put off a lone check, and has it jitter on a grid that stays", async () => {
    const { clock, add } = setUp({ jitter: 0.1 });
    const { at } = add(every(1000));
    await clock.advance(10_000_000);
    expect(at[0]).toBeLessThanOrEqual(3);
    expect(Math.abs(at.length - 10_000)).toBeLessThanOrEqual(1);
    // A timer is armed for a whole millisecond: not before it is due, and less than one after.
    const offsets = at.map((time, slot) => time - slot * 1000);
    expect(Math.min(...offsets)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...offsets)).toBeLessThanOrEqual(103);
    expect(Math.max(...offsets)).toBeGreaterThan(95);
  });

  it("is spread over the interval for thousands that are added together", async () => {
    const { clock, add } = setUp({ jitter: 0.1, limits: { network: 5000, command: 1 } });
    const checks = Array.from({ length: 2000 }, () => add(every(1000)));
    await clock.advance(2500);
    const tenths = new Array<number>(10).fill(0);
    for (const { at } of checks) {
      const tenth = Math.floor(((at[1] ?? 0) % 1000) / 100);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    expect(Math.min(...tenths)).toBeGreaterThan(120);
    expect(Math.max(...tenths)).toBeLessThan(300);
  });

  it("is in steps, so that what is due within one begins together, and never before it is due", async () => {
    const { clock, add, told } = setUp({ grainMs: 10 });
    const checks = [add(every(1000, 1)), add(every(1000, 7)), add(every(1000, 10)), add(every(1000, 11))];
    await clock.advance(1_050);
    expect(checks.map(({ at }) => at)).toEqual([
      [10, 1010],
      [10, 1010],
      [10, 1010],
      [20, 1020],
    ]);
    expect(told.delays.slice(0, 4)).toEqual([9, 3, 0, 9]);
  });

  it("is the same for the same seed and the same calls, and another for another", async () => {
    async function times(seed: number) {
      const { clock, add } = setUp({ jitter: 0.5, seed });
      const checks = [add(every(1000)), add(every(700, 30)), add(every(1000))];
      await clock.advance(20_000);
      return checks.map(({ at }) => at);
    }
    expect(await times(1)).toEqual(await times(1));
    expect(await times(1)).not.toEqual(await times(2));
    expect((await times(1))[0]).not.toEqual((await times(1))[2]);
  });

  it("is by chance without a seed", async () => {
    async function times() {
      const clock = createTestClock();
      const at: number[] = [];
      const run = async () => void at.push(clock.now());
      createScheduler({ clock }).add("network", every(10_000), run);
      await clock.advance(100_000);
      return at;
    }
    expect(await times()).not.toEqual(await times());
  });

  it("is not while the run before goes on: its slots are skipped and counted", async () => {
    const { clock, add, scheduler, told } = setUp();
    const { at } = add(every(2000), () => clock.sleep(4500));
    await clock.advance(13_000);
    expect(at).toEqual([0, 6000, 12_000]);
    expect([told.skipped, scheduler.stats.skipped]).toEqual([4, 4]);
  });

  it("counts skipped slots while a run hangs, not after", async () => {
    const { clock, add, told } = setUp();
    add(every(1000), forever);
    await clock.advance(60_000);
    expect(told.skipped).toBe(60);
  });

  it("is not changed by a wall clock that jumps", async () => {
    const { clock, add } = setUp();
    const { at } = add(every(1000));
    await clock.advance(1500);
    clock.jumpWallTime(-3_600_000);
    await clock.advance(1500);
    expect(at).toEqual([0, 1000, 2000, 3000]);
  });

  it("arms one timer for all, and once for what is due within a millisecond", async () => {
    const clock = createTestClock();
    let armed = 0;
    const counting: Clock = {
      ...clock,
      after(delayMs, task) {
        armed++;
        return clock.after(delayMs, task);
      },
    };
    const { add } = setUp({ clock: counting, jitter: 0.1, limits: { network: 1000, command: 1 } });
    const checks = Array.from({ length: 1000 }, () => add(every(100)));
    expect(clock.armed).toBe(1);
    armed = 0;
    await clock.advance(1000);
    expect(clock.armed).toBe(1);
    expect(armed).toBeLessThanOrEqual(1001);
    expect(checks.flatMap(({ at }) => at).length).toBeGreaterThan(9000);
  });
});

describe("lanes", () => {
  it("let so many through at once, and serve who waits in order of due time", async () => {
    const { clock, add, scheduler } = setUp({ limits: { network: 2, command: 1 } });
    const { run, settle } = held();
    const checks = [40, 30, 20, 10].map((delayMs) => add(every(1000, delayMs), run));
    await clock.advance(100);
    expect([scheduler.stats.running, scheduler.stats.waiting]).toEqual([2, 2]);
    settle[0]?.();
    await clock.advance(1);
    settle[1]?.();
    await clock.advance(1);
    expect(checks.map(({ at }) => at)).toEqual([[101], [100], [20], [10]]);
  });

  it("do not wait for each other", async () => {
    const { clock, add } = setUp({ limits: { network: 1, command: 1 } });
    add(every(1000), forever);
    const commands = add(every(1000), async () => {}, "command");
    await clock.advance(2000);
    expect(commands.at).toEqual([0, 1000, 2000]);
  });

  it("are waited for once by each check: its later slots are skipped", async () => {
    const { clock, add, scheduler, told } = setUp({ limits: { network: 1, command: 1 } });
    const { run, settle } = held();
    add(every(100_000), run);
    const { at } = add(every(1000, 500));
    await clock.advance(5400);
    expect([scheduler.stats.waiting, told.skipped]).toEqual([1, 4]);
    settle[0]?.();
    await clock.advance(200);
    expect(at).toEqual([5400, 5500]);
  });

  it("lose a place to a run that never settles, and nothing else", async () => {
    const { clock, add } = setUp({ limits: { network: 2, command: 1 } });
    add(every(1000), forever);
    const others = [1, 2, 3].map((delayMs) => add(every(1000, delayMs)));
    await clock.advance(10_500);
    expect(others.map(({ at }) => at.length)).toEqual([11, 11, 11]);
  });
});

describe("what is told", () => {
  it("is the delay of each run, and that it was late above the limit", async () => {
    const { clock, add, scheduler, told } = setUp({ limits: { network: 1, command: 1 }, lateAfterMs: 50 });
    add(every(100_000), () => clock.sleep(60));
    add(every(100_000, 10), () => clock.sleep(1));
    add(every(100_000, 10), () => clock.sleep(1));
    await clock.advance(1000);
    expect(told.delays).toEqual([0, 50, 51]);
    expect([told.late, scheduler.stats.late, scheduler.stats.runs]).toEqual([1, 1, 3]);
  });

  it("is counted without anybody listening", async () => {
    const clock = createTestClock();
    const scheduler = createScheduler({ clock, jitter: 0 });
    scheduler.add("network", every(1000), forever);
    await clock.advance(5000);
    const { checks, running, waiting, runs, late, skipped } = scheduler.stats;
    expect([checks, running, waiting, runs, late, skipped]).toEqual([1, 1, 0, 1, 0, 5]);
  });
});

describe("a run that throws", () => {
  const others = process.listeners("uncaughtException");
  afterEach(() => {
    process.removeAllListeners("uncaughtException");
    for (const other of others) process.on("uncaughtException", other);
  });

  it.each([
    {
      how: "at once",
      run: () => {
        throw new Error("a fault");
      },
    },
    { how: "later", run: () => Promise.reject(new Error("a fault")) },
  ])("$how is uncaught, and the checks go on", async ({ run }) => {
    const uncaught: unknown[] = [];
    process.removeAllListeners("uncaughtException").on("uncaughtException", (error) => uncaught.push(error));
    const { clock, add, scheduler } = setUp({ limits: { network: 1, command: 1 } });
    const faulty = add(every(1000), run);
    const sound = add(every(1000, 1));
    await clock.advance(2500);
    expect(uncaught).toEqual([new Error("a fault"), new Error("a fault"), new Error("a fault")]);
    expect([faulty.at, sound.at]).toEqual([
      [0, 1000, 2000],
      [1, 1001, 2001],
    ]);
    expect(scheduler.stats.running).toBe(0);
  });
});
