import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type Answer, runBatch } from "./batch.ts";

const SHARED = join(import.meta.dirname, "../../../../../shared/reference/configs");
const text = (part: string) => expect.stringContaining(part);

/** The examples of the reference as they are printed there: each names its own repair. */
const BROKEN: Record<string, object> = {
  "seed-blocks/seed-01.aurora": { rule: "syntax", line: 5, column: 62, message: text("put a `]` before it") },
  "seed-blocks/seed-02.aurora": { rule: "load", line: 2, column: 7, message: "process1 is not defined" },
  "seed-blocks/seed-03.aurora": { rule: "load", line: 2, message: "process1 is not defined" },
  "seed-blocks/seed-05.aurora": { rule: "syntax", line: 5, column: 15 },
  "seed-blocks/seed-10.aurora": { rule: "syntax", line: 7, message: text("a comma is missing after") },
};

describe.skipIf(!existsSync(SHARED))("the reference's examples (skipped where the folder is absent)", () => {
  const corrected = globSync("{seed-corrected,head-0.22}/*.aurora", { cwd: SHARED }).sort();
  const answers = new Map<string, Answer>();

  beforeAll(async () => {
    const names = [...corrected, ...Object.keys(BROKEN)];
    const sources = names.map((name) => ({
      name,
      source: readFileSync(join(SHARED, name), "utf8"),
      environment: { USER: "www" },
    }));
    const ran = await runBatch(SHARED, sources);
    names.forEach((name, index) => {
      answers.set(name, ran[index] as Answer);
    });
  });

  test.each(corrected)("%s loads", (name) => {
    expect(answers.get(name)).toMatchObject({
      ok: true,
      message: { jobs: expect.arrayContaining([expect.any(Number)]) },
    });
  });

  test.each(Object.entries(BROKEN))("%s is broken, and its repair named", (name, expected) => {
    expect(answers.get(name)).toMatchObject({ ok: false, problems: [expected] });
  });
});
