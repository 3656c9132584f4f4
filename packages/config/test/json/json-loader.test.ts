import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadJson } from "../../src/json/json-loader.ts";
import type { Node, StructNode } from "../../src/template/node.ts";
import { jobsOf, plainJob, problemsOf } from "./json-text.ts";

const at = (text: string, line: number, what: string) => ({
  line,
  column: 1 + (text.split("\n")[line - 1]?.indexOf(what) ?? -1),
});

function inside(node: Node | undefined, ...steps: readonly (string | number)[]): Node | undefined {
  return steps.reduce<Node | undefined>((here, step) => {
    if (here?.kind === "struct") return here.fields.get(String(step));
    return here?.kind === "list" ? here.items[Number(step)] : undefined;
  }, node);
}

describe("the text of a JSON configuration", () => {
  it("may be one job, or a list of jobs", () => {
    expect(jobsOf(JSON.stringify(plainJob()))).toHaveLength(1);
    expect(jobsOf(JSON.stringify({ jobs: [plainJob(), plainJob()] }))).toHaveLength(2);
  });

  it("may say where its schema is", () => {
    const $schema = "borealis.schema.json";
    expect(jobsOf(JSON.stringify({ $schema, ...plainJob() }))).toHaveLength(1);
    expect(jobsOf(JSON.stringify({ $schema, jobs: [plainJob()] }))).toHaveLength(1);
  });

  it("may start with a byte order mark", () => {
    expect(jobsOf(`\ufeff${JSON.stringify(plainJob())}`)).toHaveLength(1);
  });

  it("gives every value its place, which is that of its name", () => {
    const text = JSON.stringify(
      { jobs: [plainJob({ job: { announce: { portmap: { a: "b" } } } })] },
      null,
      2,
    );
    const [job] = jobsOf(text);
    const lines = text.split("\n");
    const lineOf = (what: string) => lines.findIndex((line) => line.includes(what)) + 1;
    expect(job?.place).toEqual({ file: "web.json", line: 3, column: 5 });
    for (const [what, steps] of [
      ['"role"', ["role"]],
      ['"cmdline"', ["task", "processes", 0, "cmdline"]],
      ['"ram"', ["task", "resources", "ram"]],
      ['"portmap"', ["announce", "portmap"]],
    ] as const) {
      const expected = { file: "web.json", ...at(text, lineOf(what), what) };
      expect([what, inside(job, ...steps)?.place]).toEqual([what, expected]);
    }
    const portmap = inside(job, "announce", "portmap");
    const [[, target] = []] = portmap?.kind === "map" ? portmap.entries : [];
    expect(target?.place).toMatchObject(at(text, lineOf('"a"'), '"a"'));
  });

  it.each([
    ["1", 1],
    ["1.0", { float: 1 }],
    ["1e3", { float: 1000 }],
    ["0.5", { float: 0.5 }],
    ['"{{n}}"', "{{n}}"],
    ["true", true],
    ["null", null],
  ])("keeps %s as it was written", (written, expected) => {
    const text = JSON.stringify(plainJob({ job: { instances: "HERE" } })).replace('"HERE"', written);
    expect(inside(jobsOf(text)[0], "instances")).toMatchObject({ kind: "scalar", value: expected });
  });

  it.each([
    ["nothing", "", "syntax", "is empty"],
    ["blanks", " \n ", "syntax", "is empty"],
    ["no JSON", "jobs = [", "syntax", /^is not JSON: /],
    ["two values", "{} {}", "syntax", "is not JSON: something follows after the end"],
    ["a comment", "{} // fine", "syntax", "is not JSON: JSON has no comments"],
    ["a list", "[]", "type", /^is no configuration: /],
    ["a number", "5", "type", /^is no configuration: /],
    ["a number with a point", "5.0", "type", /^is no configuration: /],
    ["null", "null", "type", /^is no configuration: /],
    ["no jobs", '{"jobs": []}', "job", "No job defined in this config!"],
    ["jobs that are no list", '{"jobs": {}}', "type", "must be a list of job objects"],
    ["a job that is no object", '{"jobs": [3]}', "type", /^expected a dictionary/],
    ["a number without bounds", '{"instances": 1e999}', "value", "is too large a number"],
    [
      "deeper than anyone nests",
      `{"role": ${"[".repeat(300)}${"]".repeat(300)}}`,
      "limit",
      "is nested too deeply",
    ],
    ["deeper than a stack", "[".repeat(200_000), "limit", "is nested too deeply"],
  ])("may not be %s", (_, text, rule, message) => {
    const expected = typeof message === "string" ? message : expect.stringMatching(message);
    expect(problemsOf(text)).toEqual([expect.objectContaining({ rule, message: expected, line: 1 })]);
  });

  it.each([
    ["{\n  'role': 1}", 2, 3, "this is no value: text is put in double quotes"],
    ["{\n\n5: 1}", 3, 1, "a name in double quotes belongs here"],
    ["{\n  5: 1}", 2, 3, "a name in double quotes belongs here"],
    ['{\n  "role": oops\n}', 2, 11, "this is no value: text is put in double quotes"],
    ['{\n  "role": "a"\n  "name": "b"}', 3, 3, "a comma is missing before this"],
    ['{\n  "role" "a"}', 2, 10, "a colon is missing before this"],
    ['{\n  "role": "a\n}', 2, 11, "this text has no closing quote"],
    ['{\n  "role": }', 2, 11, "a value is missing here"],
  ])("yields the place of a syntax error: %j", (text, line, column, words) => {
    expect(problemsOf(text)).toEqual([
      { rule: "syntax", path: "", message: `is not JSON: ${words}`, file: "web.json", line, column },
    ]);
  });

  it("yields every problem at once, as the text has them", () => {
    const text = `{
  "hooks": [],
  "jobs": [
    {
      "role": "www-data",
      "enviroment": "prod",
      "role": "other",
      "task": { "processes": [{"name": "a", "cmd_line": "b"}, 5], "resources": [] }
    }
  ]
}`;
    expect(problemsOf(text)).toEqual([
      expect.objectContaining({ rule: "unknown-attribute", path: "hooks", ...at(text, 2, '"hooks"') }),
      expect.objectContaining({
        rule: "unknown-attribute",
        path: "jobs[0].enviroment",
        suggestion: "environment",
        ...at(text, 6, '"env'),
      }),
      expect.objectContaining({
        rule: "duplicate",
        path: "jobs[0].role",
        message: "is given twice: first at line 5, column 7",
        ...at(text, 7, '"role"'),
      }),
      expect.objectContaining({
        rule: "unknown-attribute",
        path: "jobs[0].task.processes[0].cmd_line",
        suggestion: "cmdline",
        ...at(text, 8, '"cmd_line'),
      }),
      expect.objectContaining({
        rule: "type",
        path: "jobs[0].task.processes[1]",
        seen: 5,
        ...at(text, 8, "5]"),
      }),
      expect.objectContaining({
        rule: "type",
        path: "jobs[0].task.resources",
        ...at(text, 8, '"resources"'),
      }),
    ]);
  });

  it("does not take attributes from __proto__", () => {
    const text = JSON.stringify(plainJob()).replace(/\}$/, ',"__proto__":{"instances":7}}');
    expect(problemsOf(text)).toMatchObject([{ rule: "unknown-attribute", path: "__proto__" }]);
    expect(({} as { instances?: number }).instances).toBeUndefined();
  });

  it("takes an object that looks like one of ours for what it is", () => {
    const node = { kind: "scalar", type: { kind: "String" }, value: "root", scopes: [] };
    expect(problemsOf(JSON.stringify(plainJob({ job: { role: node } })))).toMatchObject([{ path: "role" }]);
    expect(problemsOf(JSON.stringify(plainJob({ job: { instances: { float: 1 } } })))).toMatchObject([
      { path: "instances" },
    ]);
  });

  it("counts the problems that nobody would read", () => {
    const strangers = Object.fromEntries(Array.from({ length: 1_500 }, (_, index) => [`x${index}`, 1]));
    const problems = problemsOf(JSON.stringify({ ...strangers, jobs: [plainJob()] }));
    expect(problems).toHaveLength(1_001);
    expect(problems.at(-1)?.message).toBe("has 500 more problems");
  });

  it("is read however long: 1,000 jobs, then 2,000 with a problem each", () => {
    const many = (count: number, job: object) =>
      JSON.stringify({ jobs: Array.from({ length: count }, () => plainJob({ job })) }, null, 2);
    const good = many(1_000, {});
    const bad = many(2_000, { x: 1 });
    expect(jobsOf(good)).toHaveLength(1_000);
    expect(problemsOf(bad)).toHaveLength(1_001);
  });
});

describe("a JSON file", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "borealis-json-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const load = async (content: string | Uint8Array): Promise<unknown> => {
    const file = join(folder, "web.json");
    await writeFile(file, content);
    return loadJson(file, {});
  };

  it("is read with its places", async () => {
    const loaded = (await load(JSON.stringify(plainJob()))) as { jobs: StructNode[]; single: boolean };
    expect(loaded).toMatchObject({ single: true, tasks: [], notices: [] });
    expect(loaded.jobs[0]?.place).toEqual({ file: join(folder, "web.json"), line: 1, column: 1 });
  });

  it("may say where its schema is", () => {
    const $schema = "borealis.schema.json";
    expect(jobsOf(JSON.stringify({ $schema, ...plainJob() }))).toHaveLength(1);
    expect(jobsOf(JSON.stringify({ $schema, jobs: [plainJob()] }))).toHaveLength(1);
  });

  it("may start with a byte order mark", async () => {
    expect(await load(`\ufeff${JSON.stringify(plainJob())}`)).toHaveProperty("jobs");
  });

  it.each([
    ["a byte that is never one", [0xff], "is not UTF-8 text: byte 0xff is of no character"],
    ["Latin-1", [0xe4, 0x22], "is not UTF-8 text: byte 0xe4 is of no character"],
    ["a character that is cut off", [0xe2, 0x82], "is not UTF-8 text: it ends within a character"],
  ])("has to be UTF-8: %s", async (_, bytes, message) => {
    const place = { file: join(folder, "web.json"), line: 2, column: 4 };
    expect(await load(Buffer.concat([Buffer.from('{"é": 1,\n "ö'), Buffer.from(bytes)]))).toEqual({
      problems: [{ rule: "syntax", path: "", message, ...place }],
    });
  });

  it("may have 16 MB and no more, which is found out without reading it", async () => {
    const file = join(folder, "large.json");
    await writeFile(file, "{}");
    await truncate(file, 50 * 1024 ** 3);
    expect(await loadJson(file, {})).toEqual({
      problems: [{ rule: "limit", path: "", file, message: "is larger than 16 MB" }],
    });
  });

  it.each([
    ["missing.json", "does not exist"],
    [".", "is a directory"],
    ["/dev/null", "is no regular file"],
  ])("has to be a file: %s", async (name, message) => {
    const file = resolve(folder, name);
    expect(await loadJson(file, {})).toEqual({ problems: [{ rule: "load", path: "", file, message }] });
  });

  it("is left when nobody waits any more", async () => {
    await load("{}");
    await expect(loadJson(join(folder, "web.json"), { signal: AbortSignal.abort("enough") })).rejects.toBe(
      "enough",
    );
  });
});
