import { type Clock, systemClock } from "@borealis/clock";
import { createTestClock } from "@borealis/clock/testing";
import { describe, expect, it } from "vitest";
import { createScheduler } from "../src/schedule/scheduler.ts";
import { every, setUp, sleepingClock } from "./scheduling.ts";

describe("a host that slept, or a process that was busy", () => {
  it("makes each check once soon, counts what it missed and goes on at the right rate", async () => {
    const clock = sleepingClock();
    let running = 0;
    let most = 0;
    const { add, told } = setUp({ clock, limits: { network: 4, command: 1 } });
    const checks = Array.from({ length: 20 }, (_, check) =>
      add(every(1000, 500 + check * 10), async () => {
        most = Math.max(most, ++running);
        await clock.sleep(5);
        running--;
      }),
    );
    await clock.advance(1400);
    clock.miss(3_600_300);
    await clock.advance(200);
    // The timer that was armed for 1500 fires at 3 601 800; in fives of milliseconds four are made each.
    expect(checks.map(({ at }) => at[1]).sort()).toEqual(
      checks.map((_, place) => 3_601_800 + 5 * Math.floor(place / 4)),
    );
    expect(most).toBe(4);
    expect(told.skipped).toBe(20 * 3600);
    await clock.advance(10_000);
    for (const [check, { at }] of checks.entries()) {
      expect(at.slice(2)).toEqual(
        Array.from({ length: 10 }, (_, slot) => 3_602_500 + 1000 * slot + check * 10),
      );
    }
    expect(told.skipped).toBe(20 * 3600);
  });

  it("takes the latest of the slots that were missed: the delay is not that of the whole sleep", async () => {
    const clock = sleepingClock();
    const { add, told } = setUp({ clock });
    add(every(1000));
    await clock.advance(0);
    clock.miss(3_600_000);
    await clock.advance(1000);
    expect(Math.max(...told.delays)).toBeLessThanOrEqual(1000);
  });
});

describe("a timer that fires early", () => {
  it("neither makes a check before it is due nor spins", async () => {
    const clock = createTestClock();
    let fired = 0;
    // Like Node: a timer is counted in whole milliseconds of a time that is ahead of the one that is read, from the last
    // one. Every other timer is late, as it is in a busy process.
    const uneven: Clock = {
      ...clock,
      now: () => clock.now() - 0.4,
      after(delayMs, task) {
        const firesAt =
          Math.floor(clock.now()) + Math.max(1, Math.trunc(delayMs)) + (fired % 2 === 0 ? 0.9 : 0);
        return clock.after(firesAt - clock.now(), () => {
          fired++;
          task();
        });
      },
    };
    const { add, told } = setUp({ clock: uneven });
    const { at } = add(every(10, 0.4));
    await clock.advance(10_000);
    expect(at).toHaveLength(1000);
    expect(Math.min(...told.delays)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...told.delays)).toBeLessThan(2);
    // In time, or too early and again in time.
    expect(fired).toBeLessThanOrEqual(2 * at.length + 1);
  });
});

describe("on the real clock", () => {
  it("500 checks at 100 ms are made or skipped for every slot there was, none twice at once", async () => {
    // The first time that is read in a call is the one it goes by.
    let read: number | undefined;
    const clock: Clock = {
      ...systemClock,
      now() {
        const now = systemClock.now();
        read ??= now;
        return now;
      },
    };
    function readBy(call: () => void): number {
      read = undefined;
      call();
      return read ?? Number.NaN;
    }
    const delays: number[] = [];
    const scheduler = createScheduler({
      clock,
      jitter: 0,
      metrics: { delayed: (delayMs) => delays.push(delayMs), late() {}, skipped() {} },
    });
    let running = 0;
    const checks = Array.from({ length: 500 }, (_, number) => {
      const check = { runs: 0, running: 0, firstAt: 0, pause: () => {} };
      const schedule = every(100, number % 100);
      const addedAt = readBy(() => {
        const { pause } = scheduler.add("network", schedule, async () => {
          check.runs++;
          expect(++check.running).toBe(1);
          expect(++running).toBeLessThanOrEqual(256);
          await systemClock.sleep(1 + (number % 5));
          running--;
          check.running--;
        });
        check.pause = pause;
      });
      check.firstAt = addedAt + schedule.initialDelayMs;
      return check;
    });
    await expect.poll(() => checks.every((check) => check.runs >= 10)).toBe(true);
    let slots = 0;
    for (const { firstAt, pause } of checks) {
      const pausedAt = readBy(pause);
      // Counted as the grid counts, since a quotient may be rounded up.
      let passed = Math.floor((pausedAt - firstAt) / 100);
      while (firstAt + passed * 100 <= pausedAt) passed++;
      slots += passed;
    }
    const { runs, skipped } = scheduler.stats;
    expect(runs + skipped).toBe(slots);
    expect(runs).toBe(checks.reduce((sum, check) => sum + check.runs, 0));
    expect(delays).toHaveLength(runs);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
    await scheduler.close();
    expect(scheduler.stats.running).toBe(0);
  });

  it("a loop that is blocked costs the slots of that time, and nothing is made twice for them", async () => {
    const scheduler = createScheduler({ clock: systemClock, jitter: 0 });
    const { promise: made, resolve } = Promise.withResolvers<void>();
    const at: number[] = [];
    scheduler.add("network", every(50), async () => {
      at.push(systemClock.now());
      if (at.length === 1) {
        const until = systemClock.now() + 500;
        while (systemClock.now() < until);
      }
      if (at.length === 4) resolve();
    });
    await made;
    const { runs, skipped } = scheduler.stats;
    expect(runs).toBe(4);
    expect(skipped).toBeGreaterThanOrEqual(9);
    await scheduler.close();
  });
});
