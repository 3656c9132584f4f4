import fc from "fast-check";
import { expect, it } from "vitest";
import type { TaskRecord } from "../../src/checkpoint/checkpoint.ts";
import { CheckpointError } from "../../src/checkpoint/checkpoint-error.ts";
import { headerLine, parseCheckpoint } from "../../src/checkpoint/checkpoint-lines.ts";
import { counted, HEADER, written } from "./checkpoint-data.ts";

const at = fc.double({ min: 0, max: 2e12, noNaN: true });
const process = fc.string({ unit: "binary" });
const run = fc.nat();

const anyRecord: fc.Arbitrary<TaskRecord> = fc.oneof(
  fc.record({
    at,
    event: fc.oneof(
      fc.record({ type: fc.constant("started" as const), process, run, pid: fc.nat() }),
      fc.record({ type: fc.constant("startFailed" as const), process, run, reason: process }),
      fc.record({
        type: fc.constant("exited" as const),
        process,
        run,
        exit: fc.oneof(
          fc.record({ exitCode: fc.nat({ max: 255 }) }),
          fc.record({ signal: fc.constant("SIGHUP") }),
        ),
      }),
      fc.record({ type: fc.constant("lost" as const), process, run, reason: process }),
      fc.record({ type: fc.constant("fail" as const), reason: process }),
      fc.record({ type: fc.constantFrom("kill" as const, "hurry" as const, "tick" as const) }),
    ),
  }),
  fc.record({ at, snapshot: fc.nat().map(counted) }),
  fc.record({ at, executor: fc.record({ pid: fc.integer({ min: 1 }), bootId: process }) }),
);

const manyRecords = fc.array(anyRecord, { maxLength: 6 });
const plain = (records: readonly TaskRecord[]) => JSON.parse(JSON.stringify(records));

function isPrefix(some: readonly TaskRecord[], all: readonly TaskRecord[]): boolean {
  return JSON.stringify(all.slice(0, some.length)) === JSON.stringify(some);
}

it("reads what was written, whatever names and reasons hold", () => {
  fc.assert(
    fc.property(manyRecords, (records) => {
      const contents = parseCheckpoint(written(records), "f");
      expect(contents).toEqual({ header: plain([HEADER] as never)[0], records: plain(records), torn: 0 });
    }),
  );
});

it("cut at any byte, it is a prefix of what was written; cut in its first line, it is no checkpoint", () => {
  fc.assert(
    fc.property(manyRecords, fc.nat(), (records, at) => {
      const bytes = written(records);
      const cut = bytes.subarray(0, at % (bytes.length + 1));
      if (cut.length < headerLine(HEADER).length) {
        expect(() => parseCheckpoint(cut, "f")).toThrow(
          expect.objectContaining({ problem: "CORRUPT", line: 1 }),
        );
        return;
      }
      const { records: read, torn } = parseCheckpoint(cut, "f");
      expect(isPrefix(read, records)).toBe(true);
      expect(cut.length - torn).toBe(written(records.slice(0, read.length)).length);
    }),
    { numRuns: 500 },
  );
});

it("with any byte changed it is a prefix or refused, never something that was not written", () => {
  fc.assert(
    fc.property(manyRecords, fc.nat(), fc.integer({ min: 1, max: 255 }), (records, at, change) => {
      const bytes = written(records);
      const place = at % bytes.length;
      bytes.writeUInt8(bytes.readUInt8(place) ^ change, place);
      try {
        const { header, records: read } = parseCheckpoint(bytes, "f");
        expect(header).toEqual(plain([HEADER] as never)[0]);
        expect(read.length).toBeLessThan(records.length);
        expect(isPrefix(read, records)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(CheckpointError);
        const { problem } = error as CheckpointError;
        expect(problem === "CORRUPT" || problem === "FOREIGN").toBe(true);
      }
    }),
    { numRuns: 1000 },
  );
});

it("what a host without power leaves at the end, a stretch of NULs, is a torn end", () => {
  const records: TaskRecord[] = [{ at: 1, event: { type: "kill" } }];
  const bytes = Buffer.concat([written(records), Buffer.alloc(4096)]);
  expect(parseCheckpoint(bytes, "f")).toMatchObject({ records, torn: 4096 });
});

it("takes a last line that does not agree with its checksum for a torn end too", () => {
  const records: TaskRecord[] = [{ at: 1, event: { type: "kill" } }];
  const bytes = Buffer.concat([written(records), Buffer.from("0123abcd {}\n")]);
  expect(parseCheckpoint(bytes, "f")).toMatchObject({ records, torn: 12 });
  const more = Buffer.concat([bytes, Buffer.from("0")]);
  expect(() => parseCheckpoint(more, "f")).toThrow(expect.objectContaining({ problem: "CORRUPT", line: 3 }));
});
