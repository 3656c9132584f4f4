import { systemClock } from "@borealis/clock";
import { expect, test, vi } from "vitest";
import { type Cursor, cursorText, readCursor } from "../src/features/live/live-event.ts";
import { type LiveSource, live } from "../src/server/live.ts";
import { ID, memberName, NOW, Znodes } from "./znodes.ts";

/** A source whose changes the test makes, and a clock whose sleeps it ends. */
function streaming(from?: Cursor) {
  const znodes = new Znodes().job(1);
  const left = new AbortController();
  const closed = new AbortController();
  const waiting = new Set<() => void>();
  const naps = new Set<() => void>();
  const source: LiveSource = {
    boot: "boot-1",
    model: znodes.model,
    closed: closed.signal,
    status: { state: "live", sinceMs: NOW, serverSetRoot: "/aurora", executors: 0, nowMs: NOW },
    changed: (signal) =>
      new Promise((resolve) => {
        waiting.add(resolve);
        signal.addEventListener("abort", () => resolve(), { once: true });
      }),
  };
  const clock = {
    ...systemClock,
    sleep: (_: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        naps.add(resolve);
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
  };
  const stream = live(source, from, clock, left.signal);
  const next = async () => (await stream.next()).value?.[1];
  const endNap = () => {
    for (const end of naps) end();
  };
  const wake = () => {
    for (const resolve of waiting) resolve();
  };
  return { znodes, left, closed, stream, next, endNap, waiting, wake };
}

test("a reader without a cursor gets everything first", async () => {
  const { next } = streaming();
  expect(await next()).toMatchObject({ kind: "snapshot", cursor: { boot: "boot-1" }, rows: [{ id: ID }] });
});

test("a reader that comes back gets what it missed, and everything from another process", async () => {
  const { znodes } = streaming();
  const same = streaming({ boot: "boot-1", revision: znodes.model.revision });
  expect(await same.next()).toMatchObject({ kind: "changes", rows: [], removed: [] });
  const other = streaming({ boot: "boot-0", revision: 1 });
  expect(await other.next()).toMatchObject({ kind: "snapshot" });
});

test("what changes while the reader is busy is one event with the present state", async () => {
  const { next, znodes, endNap, waiting, wake } = streaming();
  await next();
  for (let n = 0; n < 100; n += 1) znodes.instance(0, { updatedAt: NOW + n });
  znodes.instance(0).member(memberName(0));
  const event = next();
  await Promise.resolve();
  endNap();
  expect(await event).toMatchObject({ kind: "changes", rows: [{ id: ID, announced: 1 }] });
  const later = next();
  await Promise.resolve();
  endNap();
  // It waits for a change, so all that there was has been told.
  await vi.waitFor(() => expect(waiting.size).toBe(1));
  znodes.remove(`/aurora/${ID}/${memberName(0)}`);
  wake();
  expect(await later).toMatchObject({ kind: "changes", rows: [{ id: ID, announced: 0 }] });
});

test.each(["left", "closed"] as const)("the stream ends when the reader has %s", async (how) => {
  const streamed = streaming();
  await streamed.next();
  const end = streamed.stream.next();
  await Promise.resolve();
  streamed.endNap();
  await new Promise((resolve) => setTimeout(resolve));
  streamed[how].abort();
  expect(await end).toMatchObject({ done: true });
});

test.each(["", "x", "a:b", ":3", "boot:-1", "boot:1:2"])("%j is no cursor", (text) => {
  expect(readCursor(text)).toBeUndefined();
});

test("a cursor survives the way through the browser", () => {
  const cursor = { boot: crypto.randomUUID(), revision: 42 };
  expect(readCursor(cursorText(cursor))).toEqual(cursor);
});
