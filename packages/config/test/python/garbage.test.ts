import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { runBatch } from "./batch.ts";

const BASE = `import os
class Profile(Struct):
  ram = Default(Integer, 64 * MB)
def make(i):
  return Process(name = "p%03d" % i, cmdline = "echo {{profile.ram}} | sort > /tmp/%d" % i)
processes = map(make, range(3))
task = Task(processes = processes + [Process(name = 'last', cmdline = 'true')],
            constraints = order(*processes), resources = Resources(cpu = 0.5, ram = '{{profile.ram}}', disk = GB / 2))
jobs = [Service(task = task, cluster = c, role = os.getenv('USER'), environment = 'prod',
                announce = Announcer(portmap = {'x': 80}), constraints = {'host': 'limit:1'}).bind(profile = Profile())
        for c in ('east', 'west')]
`;

const piece = fc.constantFrom(
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  "'",
  '"',
  '"""',
  "{{",
  "}}",
  ",",
  ":",
  "=",
  "/",
  "\n",
  "\t",
  " ",
  "\\",
  "`",
  "0777",
  "10L",
  "print 1",
  "lambda",
  "None",
  "Empty",
  "Job",
  "Process(",
  "jobs",
  "*",
  "**",
  "%",
  "é",
  "\u0000",
  "…",
  "__import__",
  "yield",
  "await ",
);

/** A real file with pieces taken out, put in and moved. */
const mutated = fc
  .array(fc.tuple(fc.nat(BASE.length), fc.nat(20), fc.oneof(piece, fc.string({ maxLength: 5 }))), {
    minLength: 1,
    maxLength: 6,
  })
  .map((changes) =>
    changes.reduce((text, [at, length, put]) => text.slice(0, at) + put + text.slice(at + length), BASE),
  );

const random = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.array(piece, { maxLength: 40 }).map((p) => p.join(" ")),
);

test("whatever a file holds, it is loaded whole or refused with a sentence and a place, and Python stays", async () => {
  const directory = mkdtempSync(join(tmpdir(), "borealis-garbage-"));
  try {
    const sources = [
      ...fc.sample(mutated, { numRuns: 350, seed: 3 }),
      ...fc.sample(random, { numRuns: 150, seed: 4 }),
      BASE,
    ];
    const answers = await runBatch(
      directory,
      sources.map((source) => ({ source, environment: { USER: "www" } })),
    );
    answers.forEach((answer, index) => {
      const source = sources[index];
      if (answer.ok) return;
      expect(answer, source).not.toHaveProperty("fatal");
      for (const problem of answer.problems) {
        expect(problem.message, source).toMatch(/\S/);
        expect(problem.message, source).not.toContain("Traceback");
        if (problem.line === undefined) continue;
        expect(problem.line, source).toBeGreaterThan(0);
        expect(problem.column, source).toBeGreaterThan(0);
      }
    });
    expect(answers.at(-1)).toMatchObject({
      ok: true,
      message: { jobs: [expect.any(Number), expect.any(Number)] },
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
