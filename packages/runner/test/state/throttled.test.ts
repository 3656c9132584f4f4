import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { isMarkedThrottled, listThrottled, markThrottled, unmarkThrottled } from "../../src/index.ts";

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "borealis-throttled-"));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

const hello = { instance: "www/prod/hello/0", until: 1_800_000_000_000, restarts: 3, pid: process.pid };

it("an instance between two tasks can be found, and taken away", () => {
  expect(listThrottled(state)).toEqual([]);
  markThrottled(state, hello);
  markThrottled(state, { ...hello, restarts: 4 });
  expect(listThrottled(state)).toEqual([{ ...hello, restarts: 4 }]);
  expect(isMarkedThrottled(state, hello.instance)).toBe(true);
  expect(isMarkedThrottled(state, "www/prod/hello/1")).toBe(false);
  unmarkThrottled(state, hello.instance);
  unmarkThrottled(state, hello.instance);
  expect(listThrottled(state)).toEqual([]);
  expect(isMarkedThrottled(state, hello.instance)).toBe(false);
});

it("what an executor left that is gone, and what is no such file, is not listed", () => {
  markThrottled(state, { ...hello, pid: 2 ** 22 + 1 });
  mkdirSync(join(state, "tasks", "throttled", "directory"));
  writeFileSync(join(state, "tasks", "throttled", "garbage"), "{");
  expect(listThrottled(state)).toEqual([]);
});
