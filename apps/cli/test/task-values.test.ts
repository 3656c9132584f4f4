import { expect, test } from "vitest";
import { byteCount } from "../src/executor-gc.ts";
import { collectEnvironment } from "../src/task-env-values.ts";
import { formatBytes, formatEnd, formatSpan } from "../src/task-text.ts";

test("--env takes all after the first = as the value, and refuses what is no variable's name", () => {
  const once = collectEnvironment("A=b=c=");
  expect(collectEnvironment("_B1=", once)).toEqual({ A: "b=c=", _B1: "" });
  for (const text of ["A", "=b", "1A=b", "A B=c", "A-B=c", ""]) {
    expect(() => collectEnvironment(text), text).toThrow("NAME=value");
  }
  expect(() => collectEnvironment("A=other", once)).toThrow("given twice");
  // Not taken for one that was given.
  expect(collectEnvironment("toString=x")).toEqual({ toString: "x" });
});

test.for([
  [-1, "0s"],
  [0, "0.0s"],
  [999, "0.9s"],
  [9_999, "9.9s"],
  [10_000, "10s"],
  [59_999, "59s"],
  [60_000, "1m 00s"],
  [3_599_999, "59m 59s"],
  [3_600_000, "1h 00m"],
  [86_399_999, "23h 59m"],
  [86_400_000, "1d 00h"],
  [400 * 86_400_000, "400d 00h"],
] as const)("%i ms are %s", ([ms, text]) => {
  expect(formatSpan(ms)).toBe(text);
});

test.for([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1.0 kB"],
  [99_949, "99.9 kB"],
  [999_499, "999 kB"],
  [999_500, "1.0 MB"],
  [1.5e9, "1.5 GB"],
  [5e15, "5000 TB"],
] as const)("%i bytes are %s", ([bytes, text]) => {
  expect(formatBytes(bytes)).toBe(text);
});

test("--max-space reads what we write, and guesses no unit", () => {
  expect(["0B", "1kB", "500MB", "1.5 GB", "2TB"].map(byteCount)).toEqual([0, 1e3, 5e8, 1.5e9, 2e12]);
  for (const text of ["", "5", "GB", "-1GB", "1gb", "1e3B", "1 PB", "Infinity"]) {
    expect(() => byteCount(text), text).toThrow("500MB or 1.5GB");
  }
});

test("the end of a run is its exit status, or the signal that ended it", () => {
  expect([formatEnd({ exitCode: 0 }), formatEnd({ signal: "SIGKILL" }), formatEnd({})]).toEqual([
    "exit 0",
    "SIGKILL",
    "",
  ]);
});
