import { systemClock } from "@borealis/clock";
import { expect, test } from "vitest";
import type { LiveEvent } from "../src/features/live/live-event.ts";
import { keepStream, type Subscribe } from "../src/features/live/live-stream.ts";
import { NOW } from "./znodes.ts";

const event: LiveEvent = {
  kind: "snapshot",
  since: 0,
  cursor: { boot: "boot", revision: 1 },
  rows: [],
  touched: [],
  removed: [],
  source: { state: "live", sinceMs: NOW, serverSetRoot: "/aurora", executors: 0, nowMs: NOW },
};

/** A client that reports the end of every subscription a moment after it was ended, as tRPC's does. */
function streaming() {
  const attempts: Parameters<Subscribe>[0][] = [];
  const timers: { delayMs: number; run: () => void }[] = [];
  const seen: string[] = [];
  let open = 0;
  const subscribe: Subscribe = (attempt) => {
    attempts.push(attempt);
    open += 1;
    return {
      unsubscribe() {
        open -= 1;
        queueMicrotask(() => attempt.onComplete());
      },
    };
  };
  const clock = {
    ...systemClock,
    after(delayMs: number, run: () => void) {
      const timer = { delayMs, run };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
  };
  const close = keepStream(
    subscribe,
    { onEvent: () => seen.push("event"), onLost: () => seen.push("lost") },
    clock,
  );
  const last = () => {
    const attempt = attempts.at(-1);
    if (attempt === undefined) throw new Error("nothing was tried");
    return attempt;
  };
  const fire = () => timers.shift()?.run();
  return { attempts, timers, seen, close, last, fire, open: () => open };
}

test("one attempt follows another, with longer pauses, and one event makes them short again", async () => {
  const { attempts, timers, seen, last, fire, open } = streaming();
  for (const delayMs of [1_000, 2_000, 4_000, 4_000]) {
    last().onError();
    await Promise.resolve();
    expect(timers.map((timer) => timer.delayMs)).toEqual([delayMs]);
    fire();
  }
  expect(attempts).toHaveLength(5);
  expect(open()).toBe(1);
  last().onData({ data: event });
  last().onComplete();
  expect(timers.map((timer) => timer.delayMs)).toEqual([1_000]);
  expect(seen).toEqual(["lost", "lost", "lost", "lost", "event", "lost"]);
});

test("the late end of an old attempt does not end the new one", async () => {
  const { attempts, timers, seen, last, fire } = streaming();
  const [old] = attempts;
  last().onError();
  fire();
  await Promise.resolve();
  old?.onComplete();
  old?.onError();
  last().onData({ data: event });
  expect(timers).toEqual([]);
  expect(seen).toEqual(["lost", "event"]);
});

test("a broken connection that comes back by itself is only told", () => {
  const { timers, seen, last } = streaming();
  last().onConnectionStateChange({ state: "connecting", error: null });
  last().onConnectionStateChange({ state: "connecting", error: new Error("broken") });
  last().onConnectionStateChange({ state: "pending", error: null });
  expect(timers).toEqual([]);
  expect(seen).toEqual(["lost"]);
});

test("once closed it tries no more", async () => {
  const { attempts, timers, close, last } = streaming();
  last().onError();
  close();
  await Promise.resolve();
  expect(timers).toEqual([]);
  expect(attempts).toHaveLength(1);
});
