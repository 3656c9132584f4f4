import fc from "fast-check";
import { expect, test } from "vitest";
import type { LoadedConfig, LoadedJob } from "../src/api.ts";
import { diffConfigs } from "../src/diff.ts";
import { diffLines } from "../src/diff-lines.ts";
import { changesBetween } from "../src/diff-values.ts";
import { loadedJob } from "./inspect-sample.ts";

function config(...jobs: LoadedJob[]): LoadedConfig {
  for (const { problems } of jobs) expect(problems).toEqual([]);
  return { file: "a.json", kind: "json", jobs, tasks: [], notices: [] };
}

const KEY = "cluster1/www-data/devel/hello";
const a = { name: "a", cmdline: "echo a" };
const b = { name: "b", cmdline: "echo b" };
const c = { name: "c", cmdline: "echo c" };

test.for([
  ["a default that is written out", {}, { job: { instances: 1, environment: "devel" } }],
  ["the name that a job has anyway", {}, { job: { name: "hello" }, task: { name: "hello" } }],
  [
    "processes in another order",
    { task: { name: "t", processes: [a, b] } },
    { task: { name: "t", processes: [b, a] } },
  ],
  [
    "an order in one piece and in several, with what follows from it anyway",
    { task: { processes: [a, b, c], constraints: [{ order: ["a", "b", "c"] }] } },
    {
      task: {
        processes: [a, b, c],
        constraints: [{ order: ["b", "c"] }, { order: ["a", "b"] }, { order: ["a", "c"] }],
      },
    },
  ],
  [
    "what has to come first, in another order",
    { task: { processes: [a, b, c], constraints: [{ order: ["a", "c"] }, { order: ["b", "c"] }] } },
    { task: { processes: [a, b, c], constraints: [{ order: ["b", "c"] }, { order: ["a", "c"] }] } },
  ],
  [
    "attributes of a map in another order",
    { job: { constraints: { host: "limit:1", rack: "a" } } },
    { job: { constraints: { rack: "a", host: "limit:1" } } },
  ],
  [
    "a template and what it comes to",
    {},
    { task: { processes: [{ name: "hello", cmdline: "echo {{name}}" }] } },
  ],
] as const)("%s is no difference", ([, before, after]) => {
  expect(diffConfigs(config(loadedJob(before)), config(loadedJob(after)))).toEqual([]);
});

test.for([
  [
    "a value",
    { job: { instances: 2 } },
    { job: { instances: 3 } },
    [{ path: "instances", before: 2, after: 3 }],
  ],
  ["a default against a value", {}, { job: { priority: 7 } }, [{ path: "priority", before: 0, after: 7 }]],
  ["what only one has", {}, { job: { contact: "me" } }, [{ path: "contact", after: "me" }]],
  [
    "a map's entry",
    { job: { constraints: { host: "limit:1", "a b": "x" } } },
    { job: { constraints: { host: "limit:2" } } },
    [
      { path: "constraints.host", before: "limit:1", after: "limit:2" },
      { path: 'constraints["a b"]', before: "x" },
    ],
  ],
  [
    "a process, by its name",
    { task: { name: "t", processes: [a, b] } },
    { task: { name: "t", processes: [{ ...b, daemon: true }, a] } },
    [{ path: "task.processes[b].daemon", before: false, after: true }],
  ],
  [
    "what a process waits for",
    { task: { processes: [a, b, c], constraints: [{ order: ["a", "b", "c"] }] } },
    { task: { processes: [a, b, c], constraints: [{ order: ["a", "c"] }] } },
    [
      { path: "task.after[b]", before: ["a"] },
      { path: "task.after[c]", before: ["b"], after: ["a"] },
    ],
  ],
  [
    "an item of a list of objects",
    { job: { metadata: [{ key: "team", value: "x" }] } },
    { job: { metadata: [{ key: "team", value: "y" }] } },
    [{ path: "metadata[0].value", before: "x", after: "y" }],
  ],
] as const)("%s is a difference, told by its path", ([, before, after, changes]) => {
  expect(diffConfigs(config(loadedJob(before)), config(loadedJob(after)))).toEqual([
    { key: expect.any(String), change: "changed", changes },
  ]);
});

test.for([
  [["a"], []],
  [[], ["a"]],
  [
    ["a", "b"],
    ["x", "a", "b"],
  ],
] as const)("lists of texts, as %j and %j, differ as a whole", ([before, after]) => {
  expect(changesBetween({ x: before }, { x: after })).toEqual([{ path: "x", before, after }]);
});

test("a process that is on one side only is told as a whole", () => {
  const [difference] = diffConfigs(
    config(loadedJob({ task: { processes: [a] } })),
    config(loadedJob({ task: { processes: [a, b] } })),
  );
  expect(difference?.changes).toEqual([
    { path: "task.processes[b]", after: expect.objectContaining({ cmdline: "echo b", min_duration: 15 }) },
  ]);
});

test("jobs are matched by their keys, wherever they stand", () => {
  const other = (name: string, more = {}) => loadedJob({ job: { name, ...more } });
  expect(
    diffConfigs(
      config(other("one"), other("two"), other("gone")),
      config(other("new"), other("two", { instances: 2 }), other("one")),
    ),
  ).toEqual([
    {
      key: KEY.replace("hello", "two"),
      change: "changed",
      changes: [{ path: "instances", before: 1, after: 2 }],
    },
    { key: KEY.replace("hello", "gone"), change: "removed", changes: [] },
    { key: KEY.replace("hello", "new"), change: "added", changes: [] },
  ]);
});

test("of two jobs with one key the second is compared with the second", () => {
  const twice = config(loadedJob(), loadedJob({ job: { instances: 2 } }));
  expect(diffConfigs(twice, twice)).toEqual([]);
  expect(diffConfigs(twice, config(loadedJob()))).toEqual([
    { key: `${KEY} (2)`, change: "removed", changes: [] },
  ]);
});

test.for([
  [["a", "b", "c"], ["a", "c"], " a|-b| c"],
  [["a", "c"], ["a", "b", "c"], " a|+b| c"],
  [["a", "b"], ["a", "x"], " a|-b|+x"],
  [[], ["a"], "+a"],
  [["a"], ["a"], " a"],
  [["x", "a", "b", "y"], ["p", "a", "b", "q"], "-x|+p| a| b|-y|+q"],
] as const)("the lines of %j and %j", ([before, after, expected]) => {
  expect(
    diffLines(before, after)
      .map(({ sign, text }) => sign + text)
      .join("|"),
  ).toBe(expected);
});

test("a difference of lines holds both texts, and of equal ones no line is taken out", () => {
  const lines = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 30 });
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const diff = diffLines(before, after);
      const side = (sign: string) => diff.filter((line) => line.sign !== sign).map(({ text }) => text);
      expect(side("+")).toEqual(before);
      expect(side("-")).toEqual(after);
      expect(diffLines(before, before).every(({ sign }) => sign === " ")).toBe(true);
    }),
  );
});

test("texts of very many lines are compared in bounded time", () => {
  const before = Array.from({ length: 20_000 }, (_, index) => `a${index}`);
  const after = Array.from({ length: 20_000 }, (_, index) => `b${index}`);
  expect(diffLines(before, after)).toHaveLength(40_000);
});
