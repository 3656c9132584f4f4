import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { countEvent, executorRecord, written } from "./checkpoint-data.ts";
import { newDirectory } from "./checkpoint-world.ts";

const PROBLEM =
  "/checkpoint can not be written (EFBIG): what happens to the task now is forgotten when this executor is killed";

async function fillUp(options: {
  readonly replaceAtBytes?: number;
  readonly maxPending?: number;
  /** Bytes that the disk still takes. */
  readonly room: number;
  readonly more: number;
  /** Bytes that it takes more, for two more records. */
  readonly later?: number;
}) {
  const { replaceAtBytes = 1_000_000, maxPending = 1000, room, more, later = 0 } = options;
  const args = [newDirectory(), replaceAtBytes, maxPending, room, more, later].map(String);
  const program = join(import.meta.dirname, "fill-up.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args]);
  return JSON.parse(stdout);
}

it("loses nothing while the disk takes no more, and catches up by itself when it does", async () => {
  expect(await fillUp({ room: 0, more: 5 })).toEqual({
    log: [PROBLEM, "recovered"],
    armed: 0,
    full: { count: 3, holder: 7, torn: 0, isToldOf: true },
    after: { count: 8, holder: 7, torn: 0, records: 9 },
    last: { count: 9, holder: 7 },
  });
});

it("takes back the part of a line that was still written", async () => {
  expect(await fillUp({ room: 20, more: 2 })).toMatchObject({
    full: { count: 3, torn: 0, isToldOf: true },
    after: { count: 5, torn: 0 },
    last: { count: 6 },
  });
});

it("keeps one snapshot instead of more records than it may keep, and whose the task is", async () => {
  expect(await fillUp({ maxPending: 10, room: 0, more: 95 })).toMatchObject({
    log: [PROBLEM, "recovered"],
    full: { count: 3, holder: 7 },
    // Of before: 4; then a snapshot, the executor, and at most what may be kept.
    after: { count: 98, holder: 7, records: expect.toSatisfy((records: number) => records <= 4 + 10) },
    last: { count: 99, holder: 7 },
  });
});

it("goes on with the long file when a short one can not be written in its place", async () => {
  const { log, full, after, last } = await fillUp({ replaceAtBytes: 200, room: 0, more: 20 });
  expect(log).toEqual([PROBLEM, "recovered"]);
  expect(full).toMatchObject({ count: 3, holder: 7, torn: 0 });
  expect(after).toMatchObject({ count: 23, holder: 7, torn: 0 });
  expect(last).toEqual({ count: 24, holder: 7 });
});

it("does not write what waits behind a snapshot that has it already", async () => {
  const first = written([executorRecord(7), countEvent(0), countEvent(1), countEvent(2)]).length;
  const { log, after, last } = await fillUp({ replaceAtBytes: first + 10, room: 0, more: 3, later: 150 });
  expect(log).toEqual([PROBLEM, "recovered"]);
  expect(after).toMatchObject({ count: 8, holder: 7, torn: 0, records: 3 });
  expect(last).toEqual({ count: 9, holder: 7 });
});
