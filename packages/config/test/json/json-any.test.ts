import { formatProblem } from "@borealis/schema";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJsonTrees } from "../../src/json/json-loader.ts";
import { plainJob } from "./json-text.ts";

/** What holds for any text: trees, with what is wrong in them, or problems; and both can be read. */
function parses(text: string): ReturnType<typeof parseJsonTrees> {
  const parsed = parseJsonTrees(text, "web.json");
  if ("problems" in parsed) {
    expect(parsed.problems.length).toBeGreaterThan(0);
    expect(parsed).not.toHaveProperty("jobs");
  } else expect(parsed.jobs.length).toBeGreaterThan(0);
  for (const problem of ("problems" in parsed ? parsed.problems : parsed.flaws) ?? []) {
    expect(problem.message).not.toMatch(/undefined|\[object/);
    expect(problem.line).toBeGreaterThan(0);
    expect(problem.column).toBeGreaterThan(0);
    expect(formatProblem(problem, "web.json")).toMatch(/^web\.json:/);
  }
  return parsed;
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const good = JSON.stringify(
  { jobs: [plainJob(), plainJob({ job: { instances: 2.5, announce: {} } })] },
  null,
  1,
);

describe("a JSON configuration", () => {
  it("may be any text at all", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => void parses(text)));
  });

  it("may be any row of what JSON is made of, and is refused as no JSON when JSON.parse refuses it", () => {
    const marks = [
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      '"',
      '"a"',
      '"jobs"',
      "'",
      "-",
      "0",
      "1.",
      "1",
      "e9",
      "E",
      "null",
    ];
    const others = [
      "true",
      "nul",
      "/",
      "//",
      "\\u",
      '"\\u0041"',
      '"\\x"',
      "\u00a0",
      "\ufeff",
      "\u0001",
      "\n",
      " ",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...marks, ...others), { maxLength: 8 }), (row) => {
        const text = row.join("");
        const parsed = parses(text);
        const refused = "problems" in parsed && parsed.problems.some(({ rule }) => rule === "syntax");
        expect(refused).toBe(!isJson(text.replace(/^\ufeff/, "")));
      }),
      { numRuns: 3_000 },
    );
  });

  it("may be any JSON at all, put in any place of a good job", () => {
    const places = ["role", "task", "announce", "constraints", "update_config", "instances", "container"];
    const inTask = ["processes", "constraints", "resources", "name", "max_failures"];
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 5 }),
        fc.constantFrom(...places),
        fc.constantFrom(...inTask),
        (tree, place, within) => {
          const jobs = [plainJob({ job: { [place]: tree } }), plainJob({ task: { [within]: tree } })];
          for (const value of [tree, jobs[0], { jobs: [tree, ...jobs] }, { jobs: tree }]) {
            parses(JSON.stringify(value));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it("may be a good one that was cut, doubled or overwritten anywhere", () => {
    const position = fc.nat({ max: good.length });
    const mutation = fc.tuple(position, position, fc.constantFrom("cut", "double", "overwrite"), fc.string());
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
        const mutated = mutations.reduce((text, [a, b, what, other]) => {
          const [from, to] = [Math.min(a, b), Math.max(a, b)];
          const middle = { cut: "", double: text.slice(from, to).repeat(2), overwrite: other }[what];
          return text.slice(0, from) + middle + text.slice(to);
        }, good);
        parses(mutated);
      }),
      { numRuns: 500 },
    );
  });
});
