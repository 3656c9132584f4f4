import { expect, test } from "vitest";
import type { LiveEvent } from "../src/features/live/live-event.ts";
import { mergeEvent } from "../src/features/live/merge-event.ts";
import type { JobList } from "../src/server/router.ts";
import { NOW, Znodes } from "./znodes.ts";

const row = new Znodes().job(1).row();
const a = { ...row, id: "a" };
const b = { ...row, id: "b" };
const list: JobList = { cursor: { boot: "boot", revision: 5 }, rows: [a, b] };

function event(over: Partial<LiveEvent>): LiveEvent {
  const source = { state: "live", sinceMs: NOW, serverSetRoot: "/aurora", executors: 0, nowMs: NOW } as const;
  const cursor = { boot: "boot", revision: 6 };
  return { kind: "changes", since: 5, cursor, rows: [], touched: [], removed: [], source, ...over };
}

test("changed rows are replaced, removed rows go, the others keep their identity", () => {
  const merged = mergeEvent(list, event({ rows: [{ ...b, running: 9 }], removed: ["x"] }));
  expect(merged?.rows.map(({ id, running }) => [id, running])).toEqual([
    ["a", 0],
    ["b", 9],
  ]);
  expect(merged?.rows[0]).toBe(a);
  expect(merged?.cursor.revision).toBe(6);
  expect(mergeEvent(list, event({ removed: ["a"] }))?.rows).toEqual([b]);
});

test("nothing new leaves the rows as they are", () => {
  expect(mergeEvent(list, event({}))?.rows).toBe(list.rows);
});

test("an event from before the list changes nothing", () => {
  expect(mergeEvent(list, event({ since: 3, cursor: { boot: "boot", revision: 4 }, removed: ["a"] }))).toBe(
    list,
  );
});

test.each([
  ["a gap", { since: 6, cursor: { boot: "boot", revision: 7 } }],
  ["another process", { cursor: { boot: "other", revision: 9 } }],
])("after %s the list has to be asked for", (_, over) => {
  expect(mergeEvent(list, event(over))).toBeUndefined();
});

test("a snapshot replaces everything and keeps what is equal", () => {
  const cursor = { boot: "other", revision: 1 };
  const merged = mergeEvent(
    list,
    event({ kind: "snapshot", since: 0, cursor, rows: [{ ...a }, { ...row, id: "c" }] }),
  );
  expect(merged?.rows.map(({ id }) => id)).toEqual(["a", "c"]);
  expect(merged?.rows[0]).toBe(a);
});
