import { expect, test } from "vitest";
import { slopePerHour } from "../src/slope.ts";
import { Tolerance } from "../src/tolerance.ts";

test("what is wrong is tolerated until it has been for longer than that", () => {
  const tolerance = new Tolerance(2_000);
  expect(tolerance.step(["a"], 1_000)).toEqual([]);
  expect(tolerance.step(["a"], 1_000)).toEqual([]);
  expect(tolerance.step(["a"], 1_000)).toEqual([]);
  expect(tolerance.step(["a", "b"], 1_000)).toEqual(["a"]);
});

test("what was right in between starts anew", () => {
  const tolerance = new Tolerance(2_000);
  for (let second = 0; second < 3; second++) tolerance.step(["a"], 1_000);
  expect(tolerance.step([], 1_000)).toEqual([]);
  expect(tolerance.step(["a"], 1_000)).toEqual([]);
  expect(tolerance.step(["a"], 1_000)).toEqual([]);
});

test("time in which nothing could be told does not count", () => {
  const tolerance = new Tolerance(2_000);
  tolerance.step(["a"], 1_000);
  for (let second = 0; second < 10; second++) expect(tolerance.step(["a"], 0)).toEqual([]);
});

test("the slope is that of the last two thirds, in an hour", () => {
  const samples = Array.from({ length: 90 }, (_, second) => ({
    atMs: second * 1_000,
    value: second < 30 ? second * 1_000 : 30_000 + second,
  }));
  expect(slopePerHour(samples)).toBeCloseTo(3_600, 6);
  expect(slopePerHour([])).toBe(0);
  expect(slopePerHour([{ atMs: 1, value: 1 }])).toBe(0);
});
