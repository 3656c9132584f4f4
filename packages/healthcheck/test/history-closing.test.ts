import { pbkdf2 } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { createTestClock } from "@borealis/clock/testing";
import { expect, test } from "vitest";
import { ALL, CHECK, opened, passed, temporaryDirectory } from "./history-opened.ts";

/** A file is full after 6 KB, 250 results. */
const limits = { bytes: 16 * 1024, results: 30 };

test("closed at any moment of a change of files and opened at once, it has everything and nothing to complain of", {
  timeout: 60_000,
}, async () => {
  const directory = temporaryDirectory();
  const clock = createTestClock();
  let number = 0;
  for (let life = 0; life < 300; life++) {
    const { history, problems } = opened({ directory, clock, limits });
    const expected = Array.from({ length: Math.min(number, 30) }, (_, index) => number - 1 - index);
    expect(history.results(CHECK, ALL).map(({ durationMs }) => durationMs)).toEqual(expected);
    // Each life gets a little further before it ends.
    for (let turn = 0; turn < 30 + (life % 40); turn++) {
      for (let count = 0; count < 10; count++) {
        history.result(CHECK, passed(clock.wallTime(), { durationMs: number++ }));
      }
      if (turn % 2 === 0) void clock.advance(500);
      await setImmediate();
    }
    // What is on its way is done later than the next life begins.
    for (let thread = 0; thread < 8; thread++) pbkdf2("", "", 1 + 2_000 * (life % 7), 8, "sha256", () => {});
    void clock.advance(500);
    for (let turn = 0; turn < life % 5; turn++) await setImmediate();
    history.close();
    expect(problems.filter((text) => !/slower than|written again/.test(text))).toEqual([]);
  }
});
