import { resolve } from "node:path";
import type { Problem } from "@borealis/schema";
import { expect, test } from "vitest";
import { groupAlike } from "../src/config-alike.ts";
import { differenceText } from "../src/config-diff-text.ts";
import { fileAndKey } from "../src/config-inspect.ts";
import { fileOf, problemLine } from "../src/config-problem.ts";
import { excerptOf } from "../src/config-source.ts";

const problem: Problem = { rule: "value", path: "jobs[0].role", message: "is wrong" };
const many = Array.from({ length: 30 }, (_, index) => `w${index}`);

test.for([
  [{}, "a.json: jobs[0].role: is wrong"],
  [{ line: 3, column: 7 }, "a.json:3:7: jobs[0].role: is wrong"],
  [{ line: 3 }, "a.json:3: jobs[0].role: is wrong"],
  [{ path: "" }, "a.json: is wrong"],
  [{ file: "base.aurora", line: 1, column: 1 }, "base.aurora:1:1: jobs[0].role: is wrong"],
  [{ seen: "x y" }, 'a.json: jobs[0].role: is wrong (saw "x y")'],
  [{ seen: null }, "a.json: jobs[0].role: is wrong (saw null)"],
  [{ seen: "x".repeat(200) }, `a.json: jobs[0].role: is wrong (saw "${"x".repeat(79)}…)`],
  [{ allowed: ["RO", "RW"] }, "a.json: jobs[0].role: is wrong; allowed: RO, RW"],
  [{ message: "must be RO or RW", allowed: ["RO", "RW"] }, "a.json: jobs[0].role: must be RO or RW"],
  [{ suggestion: "RW" }, 'a.json: jobs[0].role: is wrong; did you mean "RW"?'],
  [
    { seen: "rw", allowed: ["RO", "RW"], suggestion: "RW" },
    'a.json: jobs[0].role: is wrong (saw "rw"); allowed: RO, RW; did you mean "RW"?',
  ],
  [
    { allowed: many },
    `a.json: jobs[0].role: is wrong; allowed: ${many.slice(0, 12).join(", ")} … (30 in all)`,
  ],
  [{ allowed: many, suggestion: "w3" }, 'a.json: jobs[0].role: is wrong; did you mean "w3"?'],
  [
    { path: "", message: "no job x\n  a\n  b", suggestion: "a" },
    'a.json: no job x; did you mean "a"?\n  a\n  b',
  ],
  [
    { path: "\u001b[2J", message: "\u001b[31m", seen: "\u009b", file: "\u0007.json" },
    '\\u0007.json: \\u001b[2J: \\u001b[31m (saw "\\u009b")',
  ],
] as const)("a problem with %j is one line", ([more, line]) => {
  expect(problemLine({ ...problem, ...more }, "a.json")).toBe(line);
});

test.for([
  ["the file itself, by its absolute path", resolve("jobs/a.json"), "jobs/a.json", "jobs/a.json"],
  ["the file itself, written in another way", resolve("jobs/a.json"), "./jobs/a.json", "./jobs/a.json"],
  ["none", undefined, "jobs/a.json", "jobs/a.json"],
  ["an included one below us", resolve("jobs/base.aurora"), "jobs/a.aurora", "jobs/base.aurora"],
  ["an included one elsewhere", "/etc/base.aurora", "jobs/a.aurora", "/etc/base.aurora"],
  ["an included one, when paths are absolute anyway", resolve("b.aurora"), "/a.aurora", resolve("b.aurora")],
] as const)("a file is named as the person would name it: %s", ([, own, file, named]) => {
  expect(fileOf({ ...problem, file: own }, file)).toBe(named);
});

test("a warning is marked", () => {
  expect(problemLine(problem, "a.json", "warning: ")).toBe("a.json: warning: jobs[0].role: is wrong");
});

test.for([
  [
    "the line, and a caret below the column",
    ["  role = 1", 3, 8],
    ["    3 |   role = 1", "      |        ^"],
  ],
  ["no column, no caret", ["role", 12, undefined], ["   12 | role"]],
  ["tabs are two blanks", ["\trole", 1, 2], ["    1 |   role", "      |   ^"]],
  ["the end of a line", ["role", 1, 5], ["    1 | role", "      |     ^"]],
  ["a column beyond it", ["role", 1, 99], ["    1 | role", "      |     ^"]],
  ["control characters are shown", ["\u001bx", 1, 2], ["    1 | \\u001bx", "      |       ^"]],
  ["an emoji is one character wide or two, but not four", ["😀x", 1, 3], ["    1 | 😀x", "      |  ^"]],
] as const)("an excerpt: %s", ([, [text, line, column], lines]) => {
  expect(excerptOf(text, line, column)).toEqual(lines);
});

test("of a very long line a part around the column is shown", () => {
  const text = `${"a".repeat(5_000)}!${"b".repeat(5_000)}`;
  const [line = "", caret = ""] = excerptOf(text, 1, 5_001);
  expect(line.length).toBeLessThan(120);
  expect(line).toMatch(/\| …a+!b+…$/);
  expect(line[caret.length - 1]).toBe("!");
});

const changed = (path: string, before: unknown, after: unknown) =>
  differenceText({
    key: "c/r/prod/web",
    change: "changed",
    changes: [
      {
        path,
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
      },
    ],
  }).split("\n");

test.for([
  ["a value", 1, 2, ["    x: 1 → 2"]],
  ["a short text", "a", "b", ['    x: "a" → "b"']],
  ["one that was not there", undefined, true, ["    + x: true"]],
  ["one that is gone", "me", undefined, ['    - x: "me"']],
  ["a whole object", undefined, { a: 1, b: { c: "d" } }, ["    + x.a: 1", '    + x.b.c: "d"']],
  ["names in a list", ["a", "b"], ["b", "c"], ["    x: - a, + c"]],
  ["names in another order", ["a", "b"], ["b", "a"], ['    x: ["a","b"] → ["b","a"]']],
  [
    "lines of a long text, and two around them",
    "1\n2\n3\n4\n5\n6\n7\n8",
    "1\n2\n3\n4\nfive\n6\n7\n8",
    [
      "    x:",
      "      …",
      "        3",
      "        4",
      "      - 5",
      "      + five",
      "        6",
      "        7",
      "      …",
    ],
  ],
  [
    "one long line, without what is the same",
    `${"a ".repeat(60)}--port=1${" b".repeat(60)}`,
    `${"a ".repeat(60)}--port=2${" b".repeat(60)}`,
    ["    x:", "      - …", "      + …"],
  ],
  ["what drives a terminal", "\u001b[2J", "\u009b2J", ['    x: "\\u001b[2J" → "\\u009b2J"']],
] as const)("a difference: %s", ([, before, after, lines]) => {
  const [key, ...shown] = changed("x", before, after);
  expect(key).toBe("~ c/r/prod/web");
  expect(shown).toHaveLength(lines.length);
  for (const [index, line] of lines.entries()) {
    if (line.endsWith("…") && line.trim() !== "…") expect(shown[index]).toMatch(/^ {6}[-+] ….{0,80}…$/);
    else expect(shown[index]).toBe(line);
  }
});

test("a job that differs everywhere does not flood the screen", () => {
  const changes = Array.from({ length: 5_000 }, (_, index) => ({ path: `p${index}`, before: 1, after: 2 }));
  const lines = differenceText({ key: "k", change: "changed", changes }).split("\n");
  expect(lines.length).toBeLessThan(500);
  expect(lines.at(-1)).toContain("4600 more lines");
});

test.for([
  ["the file alone", "web.json", undefined, ["web.json", undefined]],
  ["the file first", "web.json", "web", ["web.json", "web"]],
  ["the key first", "www/prod/web", "web.json", ["web.json", "www/prod/web"]],
  ["a key that is a file's name too", "web.json", "b.json", ["web.json", "b.json"]],
  [
    "neither exists: the first is taken for the file, which then is not there",
    "nope.json",
    "x",
    ["nope.json", "x"],
  ],
] as const)("inspect takes %s", ([, first, second, [file, key]]) => {
  expect(fileAndKey(first, second, (path) => ["web.json", "b.json"].includes(path))).toEqual({ file, key });
});

test("a key without a file is told to need one", () => {
  expect(() => fileAndKey("www-data/prod/web", undefined, () => false)).toThrow(
    /looks like a job key: name the file/,
  );
  expect(fileAndKey("dir/sub/web.json", undefined, () => false)).toEqual({
    file: "dir/sub/web.json",
    key: undefined,
  });
});

test("what several jobs have from one object is shown once", () => {
  const at = (path: string, line: number): Problem => ({
    ...problem,
    path,
    file: "a.aurora",
    line,
    column: 1,
  });
  const found = [at("jobs[0].role", 3), at("jobs[1].role", 3), at("jobs[2].role", 9), at("jobs[3].name", 3)];
  expect(groupAlike(found).map(({ problem: { path }, more }) => [path, more])).toEqual([
    ["jobs[0].role", 1],
    ["jobs[2].role", 0],
    ["jobs[3].name", 0],
  ]);
});

test("what has no place is put together only with itself", () => {
  const found = ["jobs[0].role", "jobs[1].role"].map((path) => ({ ...problem, path }));
  expect(groupAlike(found)).toHaveLength(2);
});

test("what would turn text around on a terminal is shown, not obeyed", () => {
  expect(problemLine({ ...problem, message: "is \u202ewrong" }, "a.json")).toBe(
    "a.json: jobs[0].role: is \\u202ewrong",
  );
});
