import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTestClock } from "@borealis/clock/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RecordedResult } from "../src/history/history.ts";
import { ALL, CHECK, failed, logs, opened, passed, temporaryDirectory } from "./history-opened.ts";

const FIRST = "health.000001.log";
const WRITTEN: readonly RecordedResult[] = Array.from({ length: 12 }, (_, number) =>
  number % 3 === 0
    ? failed(1_700_000_000_000 + number, { output: `${number}` })
    : passed(1_700_000_000_000 + number),
);

/** A file of a frame for each of them, as it is when the process is killed. */
async function writtenFile(): Promise<Buffer> {
  const { history, clock, directory } = opened();
  const [path = ""] = logs(directory);
  for (const result of WRITTEN) {
    const before = statSync(path).size;
    history.result(CHECK, result);
    await clock.advance(500);
    await expect.poll(() => statSync(path).size, { interval: 1 }).toBeGreaterThan(before);
    await expect.poll(() => clock.armed, { interval: 1 }).toBe(0);
  }
  return readFileSync(path);
}

/** What is made of a file with this content. */
function readBack(content: Buffer | "directory", directory = temporaryDirectory()) {
  const path = join(directory, FIRST);
  if (content === "directory") mkdirSync(path);
  else writeFileSync(path, content);
  const { history, problems, clock } = opened({ directory, clock: createTestClock() });
  const results = history.results(CHECK, ALL).toReversed();
  return { directory, path, history, problems, clock, results };
}

test.each(["9007199254740992", "99999999999999999999999", "1"])(
  "a stranger's file whose number can not be one of ours is no reason not to write: %s",
  async (number) => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, `health.${number}.log`), "stray");
    const first = opened({ directory });
    first.history.result(CHECK, passed(1_700_000_000_000));
    first.history.close();
    const { history, problems } = opened({ directory });
    expect(history.results(CHECK, ALL)).toHaveLength(1);
    expect([...first.problems, ...problems]).toEqual([]);
  },
);

describe("a file that is not as it was written", () => {
  test("is taken up to where any byte was changed, kept beside, and told", { timeout: 60_000 }, async () => {
    const file = await writtenFile();
    await fc.assert(
      fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const content = Buffer.from(file);
        content[at] = (content[at] ?? 0) ^ change;
        const { directory, path, history, problems, results } = readBack(content);
        expect(results).toEqual(WRITTEN.slice(0, results.length));
        expect(results.length).toBeLessThan(WRITTEN.length);
        expect(problems).toEqual([expect.stringContaining(`It is now ${path}.damaged`)]);
        expect(readFileSync(`${path}.damaged`)).toEqual(content);
        history.result(CHECK, passed(1_700_000_000_100));
        history.close();
        const again = opened({ directory, clock: createTestClock() });
        expect(again.history.results(CHECK, ALL)).toHaveLength(results.length + 1);
        expect(again.problems).toEqual([]);
        again.history.close();
        rmSync(directory, { recursive: true });
      }),
      { numRuns: 200 },
    );
  });

  test("is taken up to where it ends, wherever it was cut, and what is left of the last frame told", async () => {
    const file = await writtenFile();
    await fc.assert(
      fc.property(fc.nat(file.length - 1), (length) => {
        const { directory, history, problems, results } = readBack(file.subarray(0, length));
        expect(results).toEqual(WRITTEN.slice(0, results.length));
        expect(problems.length).toBeLessThanOrEqual(1);
        for (const text of problems) expect(text).toMatch(/^The last \d+ bytes of .* are left out$/);
        // A frame has 12 bytes before its content, and its content here more than 20.
        const { size } = statSync(logs(directory)[0] ?? "");
        if (results.length === 0) expect(size).toBe(20);
        history.close();
        rmSync(directory, { recursive: true });
      }),
      { numRuns: 200 },
    );
    expect(readBack(file).results).toEqual(WRITTEN);
  });

  test("is whole but for the zeros that a power cut leaves at its end", async () => {
    const { results, problems, directory } = readBack(
      Buffer.concat([await writtenFile(), Buffer.alloc(5000)]),
    );
    expect(results).toEqual(WRITTEN);
    expect(problems).toEqual([expect.stringMatching(/^The last 5000 bytes .* are left out$/)]);
    expect(readdirSync(directory)).toEqual(["health.000002.log", "health.lock"]);
  });

  test("is dropped when it is nothing but zeros, or empty", () => {
    expect(readBack(Buffer.alloc(5000)).problems).toEqual([expect.stringContaining("The last 5000 bytes")]);
    expect(readBack(Buffer.alloc(0)).problems).toEqual([]);
  });

  test("is moved aside when it is somebody else's", () => {
    const { problems, path, history } = readBack(
      Buffer.from("Dear diary, today the checks were red again.\n"),
    );
    expect(problems).toEqual([
      `The history of health checks in ${path} can not be read on: it is not a history of health checks. It is now ${path}.damaged, the newest 2 of these are kept; what came before is taken up, and checks go on`,
    ]);
    history.result(CHECK, passed(1_700_000_000_000));
    expect(history.results(CHECK, ALL)).toHaveLength(1);
  });

  test("is moved aside when it is of a later version", async () => {
    const file = await writtenFile();
    file.writeUInt32LE(2, 16);
    expect(readBack(file).problems).toEqual([
      expect.stringContaining("its format has the version 2, and only 1 is known"),
    ]);
  });

  test("is moved aside when it can not be read, being a directory", () => {
    const { problems, path } = readBack("directory");
    expect(problems).toEqual([expect.stringContaining("EISDIR")]);
    expect(statSync(`${path}.damaged`).isDirectory()).toBe(true);
  });

  test("is nothing to tell of when it is gone by the time that it is read", () => {
    const directory = temporaryDirectory();
    symlinkSync(join(directory, "gone"), join(directory, FIRST));
    expect(opened({ directory }).problems).toEqual([]);
  });

  test("is kept beside with one more; the oldest of them go", () => {
    const directory = temporaryDirectory();
    for (const number of [1, 2, 3, 4]) {
      writeFileSync(join(directory, `health.00000${number}.log.damaged`), `${number}`);
    }
    opened({ directory });
    expect(readdirSync(directory).filter((name) => name.endsWith(".damaged"))).toEqual([
      "health.000003.log.damaged",
      "health.000004.log.damaged",
    ]);
  });

  test("is the lock's: it is made anew", () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "health.lock"), "x".repeat(4096));
    const { history, clock, problems } = opened({ directory });
    expect(problems).toEqual([]);
    history.result(CHECK, passed(clock.wallTime()));
    history.close();
    expect(opened({ directory }).history.checks()).toEqual([CHECK]);
  });
});
