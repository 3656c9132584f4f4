import { execFileSync, spawn } from "node:child_process";
import { lstatSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { createTestClock } from "@borealis/clock/testing";
import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import { Checkpoint, type CheckpointOptions, readCheckpoint } from "../../src/checkpoint/checkpoint-file.ts";
import { recordLine } from "../../src/checkpoint/checkpoint-lines.ts";
import { countEvent, counted, executorRecord, HEADER, known, TASK_ID, written } from "./checkpoint-data.ts";
import { contentsOf, fileOf, newDirectory } from "./checkpoint-world.ts";

function attach(checkpoint: Checkpoint, count: () => number): void {
  const complain = (problem: string) => {
    throw new Error(problem);
  };
  const snapshotNow = () => counted(count());
  checkpoint.attach({ clock: createTestClock(), snapshotNow, onProblem: complain, onRecovered: () => {} });
}

function lineOf(value: unknown): string {
  const json = JSON.stringify(value);
  return `${crc32(json).toString(16).padStart(8, "0")} ${json}\n`;
}

it("has each record on the disk when append returns, and goes on where it was", () => {
  const directory = newDirectory();
  const first = Checkpoint.create(directory, HEADER);
  first.append(executorRecord(7));
  expect(readCheckpoint(directory)).toEqual({ header: HEADER, records: [executorRecord(7)], torn: 0 });
  first.append(countEvent(1));
  first.close();

  const { checkpoint, header, records } = Checkpoint.open(directory, TASK_ID);
  expect(header).toEqual(HEADER);
  expect(records).toEqual([executorRecord(7), countEvent(1)]);
  expect(checkpoint.lastAt).toBe(countEvent(1).at);
  checkpoint.append(countEvent(2));
  checkpoint.close();
  expect(readCheckpoint(directory).records).toEqual([executorRecord(7), countEvent(1), countEvent(2)]);
});

it("may be read by its user only, and leaves nothing beside itself", () => {
  const directory = newDirectory();
  Checkpoint.create(directory, HEADER).close();
  expect(lstatSync(fileOf(directory)).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory)).toEqual(["checkpoint"]);
});

it("is not made where there is one", () => {
  const directory = newDirectory();
  const first = Checkpoint.create(directory, HEADER);
  first.append(countEvent(1));
  expect(() => Checkpoint.create(directory, HEADER)).toThrow(/checkpoint: there is one already/);
  expect(readCheckpoint(directory).records).toEqual([countEvent(1)]);
  expect(readdirSync(directory)).toEqual(["checkpoint"]);
  first.close();
});

it("leaves a torn end to whoever may still be writing it, until it is written to itself", () => {
  const directory = newDirectory();
  const before = Buffer.concat([written([countEvent(1), countEvent(2)]), Buffer.from('0123abcd {"at')]);
  writeFileSync(fileOf(directory), before);
  const { checkpoint, records, torn } = Checkpoint.open(directory, TASK_ID);
  expect({ records, torn }).toEqual({ records: [countEvent(1), countEvent(2)], torn: 13 });
  expect(contentsOf(directory)).toEqual(before);
  checkpoint.append(countEvent(3));
  checkpoint.close();
  expect(contentsOf(directory)).toEqual(written([countEvent(1), countEvent(2), countEvent(3)]));
});

it.each([
  ["text of others", "#!/bin/sh\nexit 0\n", "FOREIGN", 1, /it begins with "#!\/bin\/sh"/],
  ["nothing", "", "CORRUPT", 1, /it is empty/],
  [
    "a later version",
    lineOf({ magic: "borealis-task-checkpoint", version: 2, header: HEADER }),
    "NEWER",
    1,
    /version 2, we know 1/,
  ],
  [
    "a header without a task",
    lineOf({ magic: "borealis-task-checkpoint", version: 1, header: {} }),
    "NEWER",
    1,
    /does not know/,
  ],
  [
    "an event of later",
    `${written([countEvent(1)])}${lineOf({ at: 1, event: { type: "paused" } })}`,
    "NEWER",
    3,
    /"paused/,
  ],
  [
    "another task",
    `${lineOf({ magic: "borealis-task-checkpoint", version: 1, header: { ...HEADER, taskId: "b" } })}`,
    "FOREIGN",
    1,
    /it is of task "b", not "www-prod-hello-0-1234"/,
  ],
  [
    "damage in the middle",
    String(written([countEvent(1), countEvent(2)])).replace('"run":1', '"run":3'),
    "CORRUPT",
    2,
    /does not agree with its checksum, and is not the last: "6821909f /,
  ],
])("refuses %s, saying where and what, and leaves it as it was", (_, text, problem, line, sentence) => {
  const directory = newDirectory();
  writeFileSync(fileOf(directory), text);
  const open = () => Checkpoint.open(directory, TASK_ID);
  expect(open).toThrow(
    expect.objectContaining({ code: "CHECKPOINT", problem, line, file: fileOf(directory) }),
  );
  expect(open).toThrow(sentence);
  expect(open).toThrow(/left alone: /);
  expect(String(contentsOf(directory))).toBe(text);
});

it("refuses what is no file, and does not wait for it", () => {
  const pipe = newDirectory();
  execFileSync("mkfifo", [fileOf(pipe)]);
  expect(() => readCheckpoint(pipe)).toThrow(/can not be read \(it is not a file\)/);
  const link = newDirectory();
  writeFileSync(join(link, "elsewhere"), written([]));
  symlinkSync("elsewhere", fileOf(link));
  expect(() => readCheckpoint(link)).toThrow(/can not be read \(ELOOP\)/);
  expect(() => readCheckpoint(newDirectory())).toThrow(/can not be read \(ENOENT\)/);
});

it("refuses a file that is too large to be read, without reading it", () => {
  const directory = newDirectory();
  writeFileSync(fileOf(directory), written([]));
  truncateSync(fileOf(directory), 64 * 1024 ** 2 + 1);
  expect(() => readCheckpoint(directory)).toThrow(/it has 67108865 bytes, more than 67108864/);
});

it("is replaced by a snapshot when it has grown, and still says whose it is", () => {
  const directory = newDirectory();
  const checkpoint = Checkpoint.create(directory, HEADER, { replaceAtBytes: 2000 });
  let count = 0;
  attach(checkpoint, () => count);
  checkpoint.append(executorRecord(7));
  let largest = 0;
  for (; count < 500; count++) {
    checkpoint.append(countEvent(count + 1));
    largest = Math.max(largest, contentsOf(directory).length);
  }
  checkpoint.close();
  const { header, records } = readCheckpoint(directory);
  expect(header).toEqual(HEADER);
  expect(known(records)).toEqual({ count: 500, holder: 7 });
  expect(records[0]).toHaveProperty("snapshot");
  expect(largest).toBeLessThan(2000 + 300);
  expect(readdirSync(directory)).toEqual(["checkpoint"]);
});

it("does not write a snapshot that is large itself with every record", () => {
  const directory = newDirectory();
  const checkpoint = Checkpoint.create(directory, HEADER, { replaceAtBytes: 1 });
  let snapshots = 0;
  attach(checkpoint, () => ++snapshots);
  for (let count = 0; count < 100; count++) checkpoint.append(countEvent(count));
  checkpoint.close();
  expect(snapshots).toBeGreaterThan(1);
  expect(snapshots).toBeLessThan(20);
});

it("can be read at any moment while it is written and replaced", async () => {
  const directory = newDirectory();
  const checkpoint = Checkpoint.create(directory, HEADER, { replaceAtBytes: 2000 });
  checkpoint.close();
  const program = join(import.meta.dirname, "write-on.ts");
  const writer = spawn(process.execPath, [program, directory], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void writer.kill("SIGKILL"));
  const ended = new Promise((resolve) => writer.once("close", resolve));
  await new Promise((resolve) => writer.stdout.once("data", resolve));
  let before = 0;
  for (let reading = 0; reading < 2000; reading++) {
    const { count } = known(readCheckpoint(directory).records);
    expect(count).toBeGreaterThanOrEqual(before);
    before = count;
  }
  writer.stdin.end();
  await ended;
  expect(before).toBeGreaterThan(1);
});

const steps = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.constant({ type: "event" } as const) },
    fc.record({ type: fc.constant("executor" as const), pid: fc.integer({ min: 1, max: 99 }) }),
    fc.record({ type: fc.constant("crash" as const), torn: fc.nat({ max: 200 }), leftover: fc.boolean() }),
  ),
  { maxLength: 60 },
);

it("after any number of crashes says what was written, but for what tore", () => {
  const options: CheckpointOptions = { replaceAtBytes: 1500 };
  fc.assert(
    fc.property(steps, (all) => {
      const directory = newDirectory();
      const model: { count: number; holder: number | undefined } = { count: 0, holder: undefined };
      let checkpoint = Checkpoint.create(directory, HEADER, options);
      attach(checkpoint, () => model.count);
      for (const step of all) {
        if (step.type === "event") {
          checkpoint.append(countEvent(model.count));
          model.count += 1;
        } else if (step.type === "executor") {
          checkpoint.append(executorRecord(step.pid));
          model.holder = step.pid;
        } else {
          // Died while it appended one more, and perhaps while it replaced the file.
          checkpoint.append(countEvent(model.count));
          const line = recordLine(countEvent(model.count)).length;
          const torn = step.torn % line;
          truncateSync(fileOf(directory), contentsOf(directory).length - line + torn);
          if (step.leftover)
            writeFileSync(join(directory, "checkpoint.next"), written([countEvent(1)]).subarray(0, 99));
          checkpoint.close();
          const opened = Checkpoint.open(directory, TASK_ID, options);
          expect(opened.torn).toBe(torn);
          expect(known(opened.records)).toEqual(model);
          checkpoint = opened.checkpoint;
          attach(checkpoint, () => model.count);
        }
      }
      checkpoint.close();
      expect(known(readCheckpoint(directory).records)).toEqual(model);
    }),
    { numRuns: 60 },
  );
});
