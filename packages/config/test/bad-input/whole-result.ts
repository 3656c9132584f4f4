import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect } from "vitest";
import type { LoadResult } from "../../src/api.ts";

interface Told {
  readonly rule: string;
  readonly message: string;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

const DOCUMENT = readFileSync(join(import.meta.dirname, "../../../../docs/errors.md"), "utf8");
const RULES = [
  ...(DOCUMENT.split("\n## Problems of a configuration\n")[1] ?? "").matchAll(/^\| `([\w-]+)` \|/gm),
];
const KNOWN = new Set(RULES.map(([, rule]) => rule));

/** Words of the machinery, and not of a person who explains. */
const LEAKED =
  /undefined|\[object|Traceback|node:internal|^\s+at .*:\d|<borealis>|_borealis|File "[^"]+", line/m;
/** What a program threw is told in its own words. */
const THROWN = /^threw |^\w+Error: /;
const LINE_END = /\r\n|[\n\r\f\v\u2028\u2029]/;

/** What holds for any file: a configuration or problems, and of each job the same; all of it can be read. */
export function expectWhole(result: LoadResult, file: string): void {
  const { config, problems, notices } = result;
  expect((config === undefined) !== (problems === undefined)).toBe(true);
  if (problems !== undefined) {
    expect(problems.filter(({ rule }) => rule !== "notice")).not.toEqual([]);
    expectReadable([...problems, ...(notices ?? [])], file);
    return;
  }
  expect(config.jobs.length + config.tasks.length).toBeGreaterThan(0);
  for (const job of config.jobs) {
    expect(job.job === undefined).toBe(job.problems.length > 0);
    expectReadable([...job.problems, ...job.warnings], file);
    expect(job.key).not.toMatch(/undefined|\[object/);
  }
  for (const task of config.tasks) {
    expect(task.task === undefined).toBe(task.problems.length > 0);
    expectReadable(task.problems, file);
  }
  expectReadable(config.notices, file);
}

function expectReadable(problems: readonly Told[], asked: string): void {
  for (const problem of problems) {
    const { rule, message, file = asked, line, column } = problem;
    expect(KNOWN).toContain(rule);
    expect(message).toMatch(/\S/);
    expect(message.length).toBeLessThan(9_000);
    if (!THROWN.test(message)) expect(message).not.toMatch(LEAKED);
    expect(dirname(resolve(file))).toBe(dirname(resolve(asked)));
    if (line === undefined) continue;
    const lines = readFileSync(file, "utf8").split(LINE_END).length;
    expect(line).toSatisfy((number) => Number.isInteger(number) && 1 <= number && number <= lines, message);
    expect(column).toBeGreaterThan(0);
  }
}
