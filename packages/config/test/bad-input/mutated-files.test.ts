import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@borealis/config";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mutated } from "./mutated-text.ts";
import { expectWhole } from "./whole-result.ts";

const FIXTURES = join(import.meta.dirname, "fixtures");
const EXAMPLES = join(import.meta.dirname, "../../../../examples");

let directory: string;
let cases = 0;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "borealis-mutated-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Loads a text as the file of that name, with the files around it that it includes. */
async function load(name: string, text: string, beside: Readonly<Record<string, string>> = {}) {
  cases += 1;
  const folder = join(directory, String(cases));
  mkdirSync(folder);
  for (const [other, content] of Object.entries(beside)) writeFileSync(join(folder, other), content);
  const file = join(folder, name);
  writeFileSync(file, text);
  const result = await loadConfig(file, { timeoutMs: 5_000, environment: {} });
  return { file, result };
}

async function expectWholeOf(name: string, text: string, beside?: Readonly<Record<string, string>>) {
  const { file, result } = await load(name, text, beside);
  expectWhole(result, file);
  rmSync(join(file, ".."), { recursive: true });
}

const fixture = (name: string) => readFileSync(join(FIXTURES, name), "utf8");
const COMMON = { "common.aurora": fixture("common.aurora") };

/** As it is called when it is loaded, its text, and what is beside it. */
const PROGRAMS = [
  ["web.aurora", fixture("web.aurora"), COMMON],
  ["nightly.aurora", fixture("nightly.aurora"), {}],
  ["hello.aurora", readFileSync(join(EXAMPLES, "hello.aurora"), "utf8"), {}],
  ["task.thermos", fixture("task.thermos"), {}],
  ["fleet.ts", fixture("fleet.ts.txt"), {}],
  ["hello.ts", readFileSync(join(EXAMPLES, "hello.ts"), "utf8"), {}],
] as const;
const DATA = [
  ["fleet.json", fixture("fleet.json"), {}],
  ["hello.json", readFileSync(join(EXAMPLES, "hello.json"), "utf8"), {}],
] as const;

// A program is a process of its own: a failing one is reported as it is, and not searched for a smaller.
const FEW = { numRuns: 4, endOnFailure: true } as const;

describe("a real file", () => {
  test.each([...PROGRAMS, ...DATA])("%s is right before anything is changed", async (name, text, beside) => {
    const { file, result } = await load(name, text, beside);
    expectWhole(result, file);
    const { jobs = [], tasks = [] } = result.config ?? {};
    expect([...jobs, ...tasks].flatMap(({ problems }) => problems)).toEqual([]);
    expect(jobs.length + tasks.length).toBeGreaterThan(0);
  });

  test.each(PROGRAMS)(
    "%s is loaded whole or refused in words, however it is changed",
    async (name, text, beside) => {
      const two = fc.tuple(mutated(text), mutated(text));
      await fc.assert(
        fc.asyncProperty(two, async (texts) => {
          await Promise.all(texts.map((changed) => expectWholeOf(name, changed, beside)));
        }),
        FEW,
      );
    },
  );

  test("of which an included one is changed is loaded whole or refused in words", async () => {
    const text = fixture("web.aurora");
    await fc.assert(
      fc.asyncProperty(mutated(COMMON["common.aurora"]), (changed) =>
        expectWholeOf("web.aurora", text, { "common.aurora": changed }),
      ),
      FEW,
    );
  });

  test.each(DATA)("%s is loaded whole or refused in words, however it is changed", async (name, text) => {
    await fc.assert(
      fc.asyncProperty(mutated(text), (changed) => expectWholeOf(name, changed)),
      { numRuns: 150 },
    );
  });
});
