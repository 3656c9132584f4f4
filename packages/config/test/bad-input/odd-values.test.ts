import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "@borealis/config";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectWhole } from "./whole-result.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

const GOOD = JSON.parse(readFileSync(join(import.meta.dirname, "fixtures/fleet.json"), "utf8"))
  .jobs as Json[];

const ODD: readonly Json[] = [
  null,
  {},
  [],
  [[]],
  [null],
  { "": null },
  { ["__proto__"]: {} },
  true,
  -1,
  0,
  2.5,
  1e308,
  2 ** 53,
  "",
  "x".repeat(100_000),
  "\u{1f600}\u202e",
  "\ud800",
  "\0\u001b[2J",
  "{{",
  "}}",
  "{{{{name}}}}",
  "{{a[{{b}}]}}",
  "{{&{{name}}}}",
  "{{name}}{{cluster}}",
  "{{task.processes[0].cmdline}}",
  "{{task}}",
  "{{ role }}",
  "{{thermos.ports[{{name}}]}}",
  "{{mesos.instance}}",
];

const odd: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ODD) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json> },
);

/** Every place of a tree, as the steps that lead to it. */
function placesOf(tree: Json, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof tree !== "object" || tree === null) return [path];
  return [path, ...Object.entries(tree).flatMap(([name, part]) => placesOf(part, [...path, name]))];
}

function withPart(tree: Json, [step, ...rest]: readonly string[], put: Json): Json {
  if (step === undefined) return put;
  if (Array.isArray(tree))
    return tree.map((part: Json, i) => (String(i) === step ? withPart(part, rest, put) : part));
  if (typeof tree !== "object" || tree === null) return tree;
  const record = tree as { readonly [name: string]: Json };
  return { ...record, [step]: withPart(record[step] ?? null, rest, put) };
}

/** A job of the file with one or two of its parts put in place by what does not belong there. */
const oddJob = fc
  .constantFrom(...GOOD)
  .chain((job) =>
    fc
      .array(fc.tuple(fc.constantFrom(...placesOf(job).slice(1)), odd), { minLength: 1, maxLength: 2 })
      .map((parts) => parts.reduce((tree: Json, [path, put]) => withPart(tree, path, put), job)),
  );

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "borealis-odd-values-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function expectAllWhole(name: string, text: string): Promise<void> {
  const file = join(directory, name);
  writeFileSync(file, text);
  const result = await loadConfig(file, { environment: {} });
  expectWhole(result, file);
  // The first job is a good one: what is wrong with those after it is not wrong with it.
  if (result.config !== undefined) expect(result.config.jobs[0]?.problems).toEqual([]);
}

test("jobs of JSON with values where others belong are each told of by themselves", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(oddJob, { maxLength: 5 }), (jobs) =>
      expectAllWhole("odd.json", JSON.stringify({ jobs: [GOOD[0], ...jobs] })),
    ),
    { numRuns: 150 },
  );
});

// One process has many jobs: those that can not even be made are left out, as a careful configuration would.
const many = fc.array(oddJob, { minLength: 100, maxLength: 100 });
const FEW = { numRuns: 3, endOnFailure: true } as const;

test("and so are those of Python", async () => {
  await fc.assert(
    fc.asyncProperty(many, (jobs) => {
      const text = JSON.stringify(JSON.stringify([GOOD[0], ...jobs]));
      return expectAllWhole(
        "odd.aurora",
        `import json
jobs = []
for given in json.loads(${text}):
  try:
    jobs.append(Job(**given))
  except (TypeError, ValueError):
    pass
`,
      );
    }),
    FEW,
  );
});

test("and so are those of TypeScript", async () => {
  await fc.assert(
    fc.asyncProperty(many, (jobs) => {
      const text = JSON.stringify([GOOD[0], ...jobs]);
      return expectAllWhole(
        "odd.ts",
        `import { Job } from "@borealis/config/builders";
const given = JSON.parse(${JSON.stringify(text)});
export const jobs = given.flatMap((each: any) => {
  try {
    return [Job(each)];
  } catch {
    return [];
  }
});
`,
      );
    }),
    FEW,
  );
});
