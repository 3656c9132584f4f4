import { describe, expect, it } from "vitest";
import { every, held, type Run, setUp, sleepingClock } from "./scheduling.ts";

describe("a change", () => {
  it("takes effect from the next run: a shorter interval does not wait for the old slot", async () => {
    const { clock, add } = setUp();
    const { check, at } = add(every(3_600_000));
    await clock.advance(4500);
    check.change(every(1000));
    await clock.advance(2000);
    expect(at).toEqual([0, 5000, 6000]);
  });

  it("keeps the grid when the interval stays, and leaves that of others alone", async () => {
    const { clock, add } = setUp();
    const { check, at } = add(every(1000, 200));
    const other = add(every(1000, 700));
    await clock.advance(1500);
    check.change(every(1000, 9000));
    await clock.advance(1500);
    expect([at, other.at]).toEqual([
      [200, 1200, 2200],
      [700, 1700, 2700],
    ]);
  });

  it("does not disturb a run that goes on or waits", async () => {
    const { clock, add, scheduler } = setUp({ limits: { network: 1, command: 1 } });
    const { run, settle } = held();
    const first = add(every(10_000), run);
    const second = add(every(10_000, 10), run);
    await clock.advance(50);
    first.check.change(every(500));
    second.check.change(every(500));
    settle[0]?.();
    await clock.advance(1);
    expect([first.at, second.at, scheduler.stats.skipped]).toEqual([[0], [50], 0]);
  });

  it("does not lose a slot that is due and was not noticed yet", async () => {
    const slept = sleepingClock();
    const { add, told } = setUp({ clock: slept });
    const { check, at } = add(every(1000));
    await slept.advance(500);
    slept.miss(2000);
    check.change(every(60_000));
    await slept.advance(0);
    expect([at, told.skipped]).toEqual([[0, 2500], 1]);
  });
});

describe("a pause", () => {
  it("lets slots pass that are neither made nor skipped nor caught up, and the grid goes on", async () => {
    const { clock, add, told } = setUp();
    const { check, at } = add(every(1000, 100));
    await clock.advance(1500);
    check.pause();
    check.pause();
    expect(clock.armed).toBe(0);
    await clock.advance(5000);
    check.resume();
    check.resume();
    await clock.advance(1000);
    expect([at, told.skipped]).toEqual([[100, 1100, 7100], 0]);
  });

  it("does not cancel the run that goes on", async () => {
    const { clock, add, scheduler } = setUp();
    const signals: AbortSignal[] = [];
    const { check } = add(every(1000), (signal) => {
      signals.push(signal);
      return clock.sleep(5000);
    });
    await clock.advance(10);
    check.pause();
    await clock.advance(4000);
    expect([signals[0]?.aborted, scheduler.stats.running, scheduler.stats.skipped]).toEqual([false, 1, 0]);
  });

  it("gives up the place of one that waits, which was a slot and is skipped", async () => {
    const { clock, add, scheduler, told } = setUp({ limits: { network: 1, command: 1 } });
    const { run, settle } = held();
    add(every(100_000), run);
    const paused = add(every(1000, 10));
    const next = add(every(1000, 20));
    await clock.advance(50);
    paused.check.pause();
    expect([scheduler.stats.waiting, told.skipped]).toEqual([1, 1]);
    settle[0]?.();
    await clock.advance(0);
    expect([paused.at, next.at]).toEqual([[], [50]]);
    paused.check.resume();
    await clock.advance(1000);
    expect(paused.at).toEqual([1010]);
  });
});

describe("removing", () => {
  it("leaves no timer when there was no other check", async () => {
    const { clock, add, scheduler } = setUp();
    const { check, at } = add(every(1000, 1000));
    await check.remove();
    expect([clock.armed, scheduler.stats.checks]).toEqual([0, 0]);
    await clock.advance(5000);
    check.resume();
    check.pause();
    check.change(every(1));
    await clock.advance(5000);
    expect([at, clock.armed]).toEqual([[], 0]);
  });

  it("aborts the run that goes on and resolves when it has settled", async () => {
    const { clock, add, scheduler } = setUp();
    const events: string[] = [];
    const { check } = add(every(1000), async (signal) => {
      await clock.sleep(10_000, signal).catch((error: Error) => events.push(error.message));
      await clock.sleep(5);
      events.push("settled");
    });
    await clock.advance(10);
    const removed = check.remove().then(() => events.push("removed"));
    expect(check.remove()).toBe(check.remove());
    expect(scheduler.stats).toMatchObject({ checks: 0, running: 1 });
    await clock.advance(5);
    await removed;
    expect(events).toEqual(["the check was removed", "settled", "removed"]);
    expect(scheduler.stats.running).toBe(0);
  });

  it("cancels one that waits, which is not made and not skipped", async () => {
    const { clock, add, scheduler } = setUp({ limits: { network: 1, command: 1 } });
    const { run, settle } = held();
    add(every(100_000), run);
    const { check, at } = add(every(1000, 10));
    await clock.advance(50);
    await check.remove();
    settle[0]?.();
    await clock.advance(50);
    expect([at, scheduler.stats.waiting, scheduler.stats.skipped]).toEqual([[], 0, 0]);
  });

  it("may be done by a run, to itself and to one that is due with it", async () => {
    const { clock, add } = setUp();
    let left = 0;
    const first = add(every(1000), async () => {
      void first.check.remove().then(() => left++);
      void second.check.remove().then(() => left++);
    });
    const second = add(every(1000));
    await clock.advance(5000);
    expect([first.at, second.at, left, clock.armed]).toEqual([[0], [], 2, 0]);
  });

  it("does not change when others are made", async () => {
    async function times(disturbed: boolean) {
      const { clock, add } = setUp({ jitter: 1, seed: 3 });
      const other = add(every(1000));
      const { at } = add(every(1000));
      await clock.advance(3300);
      if (disturbed) {
        other.check.change(every(250));
        await clock.advance(700);
        await other.check.remove();
        add(every(100));
      } else await clock.advance(700);
      await clock.advance(10_000);
      return at;
    }
    expect(await times(true)).toEqual(await times(false));
  });

  it("everything leaves nothing, and nothing can be added after", async () => {
    const { clock, add, scheduler } = setUp({ limits: { network: 2, command: 1 } });
    let aborted = 0;
    const run: Run = (signal) =>
      new Promise((resolve) =>
        signal.addEventListener("abort", () => {
          aborted++;
          resolve();
        }),
      );
    for (let check = 0; check < 5; check++) add(every(1000), run);
    await clock.advance(10);
    await scheduler.close();
    await scheduler.close();
    expect([aborted, clock.armed]).toEqual([2, 0]);
    expect(scheduler.stats).toMatchObject({ checks: 0, running: 0, waiting: 0, runs: 2 });
    expect(() => add(every(1000))).toThrow("closed");
  });
});

describe("a run that alters the schedule", () => {
  it("may pause one that is due with it, which then is not made", async () => {
    const { clock, add } = setUp();
    add(every(10_000), async () => second.check.pause());
    const second = add(every(10_000));
    await clock.advance(5000);
    expect(second.at).toEqual([]);
  });

  it("may add one, which is made in its turn", async () => {
    const { clock, add } = setUp();
    const added: number[][] = [];
    add(every(1000), async () => void added.push(add(every(10_000)).at));
    await clock.advance(2500);
    expect(added).toEqual([[0], [1000], [2000]]);
  });
});
