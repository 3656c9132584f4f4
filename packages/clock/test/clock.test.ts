import { getEventListeners } from "node:events";
import { afterEach, describe, expect, it, vi } from "vitest";
import { formatWallTime, systemClock } from "../src/index.ts";
import { createTestClock } from "../src/testing.ts";

const HOUR_MS = 3_600_000;
const listeners = (signal: AbortSignal) => getEventListeners(signal, "abort").length;

afterEach(() => {
  vi.useRealTimers();
});

describe("the real clock", () => {
  it("runs a task once its delay has passed", async () => {
    const startedAt = systemClock.now();
    await new Promise<void>((resolve) => systemClock.after(20, resolve));
    // A timer counts whole milliseconds.
    expect(systemClock.now() - startedAt).toBeGreaterThanOrEqual(19);
  });

  it("runs nothing that was cancelled, and cancelling twice is no error", () => {
    vi.useFakeTimers();
    const task = vi.fn();
    const cancel = systemClock.after(10, task);
    cancel();
    cancel();
    vi.advanceTimersByTime(1_000);
    expect(task).not.toHaveBeenCalled();
  });

  it("does not run at once what is further away than a timer reaches", () => {
    vi.useFakeTimers();
    const task = vi.fn();
    systemClock.after(2 ** 40, task);
    vi.advanceTimersByTime(2 ** 31 - 2);
    expect(task).not.toHaveBeenCalled();
  });

  it("takes a delay that is over already for none", () => {
    vi.useFakeTimers();
    const task = vi.fn();
    systemClock.after(-5, task);
    expect(task).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(task).toHaveBeenCalledOnce();
  });

  it("obeys globals that were replaced", () => {
    vi.useFakeTimers({ now: 1_000 });
    expect(formatWallTime(systemClock.wallTime())).toBe("1970-01-01T00:00:01.000Z");
  });
});

describe("sleep", () => {
  it("leaves no listener behind", async () => {
    const { signal } = new AbortController();
    await systemClock.sleep(1, signal);
    expect(listeners(signal)).toBe(0);
  });

  it("rejects with the signal's reason as soon as it aborts, and leaves neither listener nor timer", async () => {
    vi.useFakeTimers();
    const controller = new AbortController();
    const asleep = systemClock.sleep(HOUR_MS, controller.signal);
    controller.abort("enough");
    await expect(asleep).rejects.toBe("enough");
    expect([listeners(controller.signal), vi.getTimerCount()]).toEqual([0, 0]);
  });

  it("does not begin under a signal that has aborted", async () => {
    vi.useFakeTimers();
    await expect(systemClock.sleep(HOUR_MS, AbortSignal.abort("before"))).rejects.toBe("before");
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a deadline", () => {
  it("expires, and its signal says after how long", () => {
    vi.useFakeTimers();
    const parent = new AbortController();
    using deadline = systemClock.deadline(200, parent.signal);
    vi.advanceTimersByTime(199);
    expect([deadline.signal.aborted, deadline.expired]).toEqual([false, false]);
    vi.advanceTimersByTime(1);
    expect(deadline.expired).toBe(true);
    expect(deadline.signal.reason).toEqual(new Error("no answer within 200 ms"));
    expect(listeners(parent.signal)).toBe(0);
  });

  it("that is disposed of never expires and leaves neither listener nor timer", () => {
    vi.useFakeTimers();
    const parent = new AbortController();
    const deadline = systemClock.deadline(200, parent.signal);
    deadline[Symbol.dispose]();
    expect([listeners(parent.signal), vi.getTimerCount()]).toEqual([0, 0]);
    parent.abort();
    vi.advanceTimersByTime(1_000);
    expect([deadline.signal.aborted, deadline.expired]).toEqual([false, false]);
  });

  it("follows its parent, and then has not expired, however long it is kept", () => {
    vi.useFakeTimers();
    const parent = new AbortController();
    using deadline = systemClock.deadline(200, parent.signal);
    parent.abort("stopping");
    vi.advanceTimersByTime(1_000);
    expect([deadline.signal.reason, deadline.expired]).toEqual(["stopping", false]);
  });

  it("follows a parent that has aborted before", () => {
    vi.useFakeTimers();
    using deadline = systemClock.deadline(200, AbortSignal.abort("before"));
    expect([deadline.signal.reason, deadline.expired]).toEqual(["before", false]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("the test clock", () => {
  it("runs what falls due in order, each at its time and with its consequences before the next", async () => {
    const clock = createTestClock();
    const order: string[] = [];
    const note = (what: string) => order.push(`${clock.now()} ${what}`);
    clock.after(30, () => note("late"));
    clock.after(10, () => {
      note("early");
      clock.after(5, () => note("armed by early"));
      void Promise.resolve().then(() => note("promised by early"));
    });
    clock.after(10, () => note("armed second"));
    clock.after(31, () => note("too late"));
    await clock.advance(30);
    expect(order).toEqual([
      "10 early",
      "10 promised by early",
      "10 armed second",
      "15 armed by early",
      "30 late",
    ]);
    expect([clock.now(), clock.armed]).toEqual([30, 1]);
  });

  it("jumps on the wall only", async () => {
    const clock = createTestClock({ now: 5, wallTime: 1_000 });
    const task = vi.fn();
    clock.after(10, task);
    clock.jumpWallTime(-HOUR_MS);
    expect([clock.now(), clock.wallTime()]).toEqual([5, 1_000 - HOUR_MS]);
    await clock.advance(9);
    expect(task).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(task).toHaveBeenCalledOnce();
    expect(clock.wallTime()).toBe(1_010 - HOUR_MS);
  });

  it("sleeps and keeps deadlines in its own time", async () => {
    const clock = createTestClock();
    using deadline = clock.deadline(100);
    const asleep = clock.sleep(HOUR_MS, deadline.signal).catch((reason: unknown) => reason);
    await clock.advance(100);
    expect(await asleep).toBe(deadline.signal.reason);
    expect([deadline.expired, clock.armed]).toEqual([true, 0]);
  });
});
