import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestClock } from "@borealis/clock/testing";
import { CHECK_STATES } from "@borealis/schema";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { History } from "../src/history/history.ts";
import { openHistory } from "../src/history/history-store.ts";
import { arrayHistory } from "./history-array.ts";

// So small that files change all the time.
const LIMITS = { results: 7, transitions: 5, ageMs: 60_000, bytes: 24 * 1024 };
const CHECKS = ["a/prod/x/0/http", "a/prod/x/1/http", "ä/prod/x/0/tcp"];

const check = fc.constantFrom(...CHECKS);
const state = fc.constantFrom(...CHECK_STATES);
const words = fc.constantFrom("refused", "no answer", "ß");
const durationMs = fc.nat(20_000_000).map((microseconds) => microseconds / 1000);
const statusCode = fc.integer({ min: -1, max: 599 });
const result = fc.oneof(
  fc.record(
    { healthy: fc.constant(true), state, durationMs, statusCode, stateUnsnoozed: state },
    { requiredKeys: ["healthy", "state", "durationMs"] },
  ),
  fc.record(
    {
      healthy: fc.constant(false),
      kind: fc.constantFrom("refused", "internal"),
      state,
      durationMs,
      statusCode,
      reason: words,
      output: words,
    },
    { requiredKeys: ["healthy", "state", "durationMs", "kind"] },
  ),
);
const transition = fc.record({ from: state, to: state, reason: words }, { requiredKeys: ["from", "to"] });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ check, result, times: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 2, arbitrary: fc.record({ check, transition }) },
  { weight: 3, arbitrary: fc.record({ advance: fc.nat(3_000) }) },
  { weight: 1, arbitrary: fc.record({ age: fc.nat(40_000) }) },
  { weight: 1, arbitrary: fc.constant({ reopen: true }) },
);

test("a history is an array for each check, cut to the newest and the youngest, through any restarts", {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const directory = mkdtempSync(join(tmpdir(), "borealis-history-"));
      const clock = createTestClock();
      const problems: string[] = [];
      const open = () =>
        openHistory({ directory, clock, limits: LIMITS, onProblem: (text) => problems.push(text) });
      const array = arrayHistory(clock, LIMITS);
      let history = open();
      try {
        for (const made of steps) {
          if ("advance" in made) await clock.advance(made.advance);
          else if ("age" in made) clock.jumpWallTime(made.age);
          else if ("reopen" in made) {
            history.close();
            history = open();
          } else for (const each of [history, array]) write(each, made, clock.wallTime());
          expectSame(history, array, clock.wallTime());
        }
        // So much at once, of so small a limit, is more than a disk can take.
        for (const text of problems)
          expect(text).toMatch(/slower than what is to be written|is written again/);
      } finally {
        history.close();
        rmSync(directory, { recursive: true, force: true });
      }
    }),
    { numRuns: 150 },
  );
});

type Made = Exclude<
  typeof step extends fc.Arbitrary<infer Step> ? Step : never,
  { advance: number } | { age: number } | { reopen: boolean }
>;

function write(history: History, made: Made, at: number): void {
  if ("transition" in made) history.transition(made.check, { at, ...made.transition });
  else for (let time = 0; time < made.times; time++) history.result(made.check, { at, ...made.result });
}

function expectSame(history: History, array: History, now: number): void {
  expect(history.checks().toSorted()).toEqual(array.checks().toSorted());
  for (const name of CHECKS) {
    for (const page of [{ limit: 100 }, { limit: 3, before: now }]) {
      expect(history.results(name, page)).toEqual(array.results(name, page));
      expect(history.transitions(name, page)).toEqual(array.transitions(name, page));
    }
  }
}
