import { describe, expect, it } from "vitest";
import { formatProblem, type Problem } from "../src/index.ts";

describe("a problem in words", () => {
  it("has file, line, column, path and what was seen", () => {
    const problem: Problem = {
      rule: "type",
      path: "jobs[0].role",
      message: "must be text",
      seen: 5,
      line: 4,
      column: 7,
    };
    expect(formatProblem(problem, "web.json")).toBe("web.json:4:7: jobs[0].role: must be text (saw 5)");
    expect(formatProblem({ ...problem, file: "role.json" }, "web.json")).toMatch(/^role\.json:4:7: /);
    expect(formatProblem({ rule: "syntax", path: "", message: "is empty" }, "web.json")).toBe(
      "web.json: is empty",
    );
  });

  it.each([
    [
      { message: "is not a known attribute", allowed: ["cpu", "ram"], suggestion: "ram" },
      'is not a known attribute; allowed: cpu, ram; did you mean "ram"?',
    ],
    [{ message: "must be RO or RW", allowed: ["RO", "RW"] }, "must be RO or RW"],
  ])("ends with what could stand there, once: %j", (problem, text) => {
    expect(formatProblem({ rule: "value", path: "a", ...problem }, "f")).toBe(`f: a: ${text}`);
  });

  it("cuts what was seen", () => {
    const text = formatProblem(
      { rule: "value", path: "role", message: "is wrong", seen: "x".repeat(500) },
      "f",
    );
    expect(text.length).toBeLessThan(120);
  });
});
