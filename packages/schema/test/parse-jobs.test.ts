import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatProblem, jobKeyOf, parseJobs } from "../src/index.ts";
import { processes, sampleJob } from "./sample.ts";

const problemsOf = (text: string) => parseJobs(text).problems ?? [];

describe("the text of a configuration", () => {
  it("may be one job", () => {
    const { jobs } = parseJobs(JSON.stringify(sampleJob()));
    expect(jobs?.map(jobKeyOf)).toEqual([{ role: "www-data", environment: "devel", name: "hello" }]);
  });

  it("may be a list of jobs", () => {
    const { jobs } = parseJobs(
      JSON.stringify({ jobs: [sampleJob(), sampleJob({ job: { name: "other" } })] }),
    );
    expect(jobs?.map(({ name }) => name)).toEqual(["hello", "other"]);
  });

  it.each([
    ["nothing", "", "is empty"],
    ["no JSON", "jobs = [", /^is not JSON: /],
    ["two values", "{} {}", /^is not JSON: /],
    ["a comment", "{} // fine", /^is not JSON: /],
    ["no jobs", '{"jobs": []}', "No job defined in this config!"],
    ["a number", "5", /./],
    ["null", "null", /./],
    ["a list", "[]", /./],
  ])("may not be %s", (_, text, message) => {
    const expected = typeof message === "string" ? message : expect.stringMatching(message);
    expect(problemsOf(text)[0]?.message).toEqual(expected);
  });

  it("may not hold anything beside its jobs", () => {
    expect(problemsOf(JSON.stringify({ jobs: [sampleJob()], hooks: [] }))).toMatchObject([
      { path: "hooks", message: 'is not known beside "jobs"' },
    ]);
  });

  it("yields every problem with its path, line and column", () => {
    const text = `{
  "jobs": [
    {
      "role": "www data",
      "cluster": "c",
      "enviroment": "prod",
      "task": { "processes": [{"name": "a", "max_failures": -1}], "resources": {"cpu": 1} }
    }
  ]
}`;
    const at = (line: number, what: string) => ({
      line,
      column: 1 + (text.split("\n")[line - 1]?.indexOf(what) ?? -1),
    });
    expect(problemsOf(text)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ path: "jobs[0].role", seen: "www data", ...at(4, '"role"') }),
        expect.objectContaining({
          path: "jobs[0].enviroment",
          message: "is not a known attribute",
          ...at(6, '"env'),
        }),
        expect.objectContaining({
          path: "jobs[0].task.processes[0].max_failures",
          seen: -1,
          ...at(7, '"max_f'),
        }),
        expect.objectContaining({
          path: "jobs[0].task.processes[0].cmdline",
          message: "is required",
          ...at(7, '{"name"'),
        }),
        expect.objectContaining({
          path: "jobs[0].task.resources.ram",
          message: "is required",
          ...at(7, '"resources"'),
        }),
      ]),
    );
    expect(problemsOf(text)).toHaveLength(6);
  });

  it("yields the place of a syntax error", () => {
    expect(problemsOf('{\n  "role": oops\n}')[0]).toMatchObject({ path: "", line: 2, column: 11 });
  });

  it("yields the place of what is wrong with the plan", () => {
    const task = { processes: processes({ a: {} }), constraints: [{ order: ["a", "b"] }] };
    expect(problemsOf(JSON.stringify(sampleJob({ task }), null, 1))).toMatchObject([
      { path: "task.constraints[0].order[1]", message: "is not a process of this task", seen: "b" },
    ]);
  });

  it("does not hide attributes behind __proto__", () => {
    const { role, ...rest } = sampleJob();
    const text = JSON.stringify(rest).replace(/\}$/, `,"__proto__":{"role":${JSON.stringify(role)}}}`);
    expect(problemsOf(text).map(({ path }) => path)).toEqual(expect.arrayContaining(["role", "__proto__"]));
  });

  it.each([
    ["lists", "[".repeat(200_000)],
    ["objects", '{"jobs":'.repeat(200_000)],
    ["closed lists", "[".repeat(4_000) + "]".repeat(4_000)],
  ])("may be deep: %s", (_, text) => {
    for (const problem of problemsOf(text)) expect(formatProblem(problem, "web.json")).toMatch(/^web\.json/);
    expect(problemsOf(text).length).toBeGreaterThan(0);
  });

  it("may be any text at all", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        const { jobs, problems } = parseJobs(text);
        expect((jobs === undefined) !== (problems === undefined)).toBe(true);
      }),
    );
  });

  it("may be any row of what JSON is made of, and of what only looks like it", () => {
    const pieces = [
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      '"',
      '"a"',
      "-",
      "0",
      "1.",
      "e9",
      "null",
      "/",
      "\\u",
      "\u00a0",
      "\ufeff",
      "\u0001",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 8 }), (row) => {
        const { jobs, problems } = parseJobs(row.join(""));
        expect((jobs === undefined) !== (problems === undefined)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it("may be any JSON at all, put in any place of a good job", () => {
    const places = ["", "role", "task", "announce", "constraints", "update_config", "instances"];
    const inTask = ["processes", "constraints", "resources", "name", "max_failures"];
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 4 }),
        fc.constantFrom(...places),
        fc.constantFrom("", ...inTask),
        (tree, place, within) => {
          const job =
            place === "" ? sampleJob({ task: { [within]: tree } }) : sampleJob({ job: { [place]: tree } });
          for (const text of [
            JSON.stringify(tree),
            JSON.stringify(job),
            JSON.stringify({ jobs: [tree, job] }),
          ]) {
            const { jobs, problems } = parseJobs(text);
            expect(jobs?.length ?? problems?.length).toBeGreaterThan(0);
            for (const problem of problems ?? [])
              expect(formatProblem(problem, "web.json")).not.toMatch(/undefined|\[object/);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("a problem in words", () => {
  it("has file, line, column, path and what was seen", () => {
    const problem = { path: "jobs[0].role", message: "must be text", seen: 5, line: 4, column: 7 };
    expect(formatProblem(problem, "web.json")).toBe("web.json:4:7: jobs[0].role: must be text (saw 5)");
    expect(formatProblem({ path: "", message: "is empty" }, "web.json")).toBe("web.json: is empty");
  });

  it("cuts what was seen", () => {
    const text = formatProblem({ path: "role", message: "is wrong", seen: "x".repeat(500) }, "f");
    expect(text.length).toBeLessThan(120);
  });
});
