import { describe, expect, it } from "vitest";
import { predecessors } from "../src/index.ts";
import { issuesOf, processes, sampleJob } from "./sample.ts";

const plan = processes({
  a: {},
  b: {},
  c: {},
  daemon: { daemon: true },
  ephemeral: { ephemeral: true },
  ephemeral2: { ephemeral: true },
  final: { final: true },
  final2: { final: true },
});

function problemsOf(orders: readonly (readonly string[])[], of = plan): string[] {
  const constraints = orders.map((order) => ({ order }));
  const job = sampleJob({ job: { name: "job" }, task: { processes: of, constraints } });
  return issuesOf(job).map(({ path, message }) => `${path}: ${message}`);
}

describe("the order of processes", () => {
  it.each([
    ["one after the other", [["a", "b", "c"]]],
    [
      "the same twice",
      [
        ["a", "b"],
        ["a", "b"],
      ],
    ],
    ["one process alone", [["a"]]],
    ["final processes among each other", [["final", "final2"]]],
    ["a daemon after a regular process", [["a", "daemon"]]],
    ["an ephemeral process after a regular one", [["a", "ephemeral"]]],
    ["an ephemeral process after an ephemeral one", [["ephemeral", "ephemeral2"]]],
    ["names of which the task knows none", [["x", "y"]]],
    [
      "a circle of names of which the task knows none",
      [
        ["x", "y"],
        ["y", "x"],
      ],
    ],
    [
      "a diamond",
      [
        ["a", "b"],
        ["a", "c"],
        ["b", "daemon"],
        ["c", "daemon"],
      ],
    ],
  ])("may be %s", (_, orders) => {
    expect(problemsOf(orders)).toEqual([]);
  });

  it.each([
    [
      "two that wait for each other",
      [
        ["a", "b"],
        ["b", "a"],
      ],
      /^task\.constraints: Cycles detected in the task schedule!.*a, b/,
    ],
    [
      "a circle of three",
      [
        ["a", "b"],
        ["b", "c"],
        ["c", "a"],
      ],
      /Cycles detected in the task schedule!/,
    ],
    ["a process after itself", [["a", "a"]], /Cycles detected in the task schedule!/],
    ["nothing", [[]], /^task\.constraints\.0\.order: must name at least one process/],
    [
      "one unknown name among known ones",
      [["a", "x"]],
      /^task\.constraints\.0\.order\.1: is not a process of this task/,
    ],
    ["a final process after a regular one", [["a", "final"]], /a final process and a regular one/],
    ["a regular process after a final one", [["final", "a"]], /a final process and a regular one/],
    ["a process after a daemon", [["daemon", "a"]], /can not come after "daemon": a daemon never finishes/],
    ["a regular process after an ephemeral one", [["ephemeral", "a"]], /can not come after "ephemeral"/],
  ])("may not be %s", (_, orders, problem) => {
    expect(problemsOf(orders)).toEqual([expect.stringMatching(problem)]);
  });

  it("names only those that wait for each other when it is a circle", () => {
    expect(
      problemsOf([
        ["a", "b"],
        ["b", "a"],
        ["b", "c"],
      ]),
    ).toEqual([expect.stringMatching(/each other: a, b$/)]);
  });

  it("is not known for a name that two processes have", () => {
    const twice = [...plan, { name: "a", cmdline: "false" }];
    expect(problemsOf([], twice)).toEqual([
      expect.stringMatching(/^task\.processes\.8\.name: repeats the name of/),
    ]);
  });

  it("can be asked for what has to finish before a process", () => {
    const before = predecessors([{ order: ["a", "b", "c"] }, { order: ["a", "c"] }]);
    expect([...before].map(([name, waitsFor]) => [name, [...waitsFor]])).toEqual([
      ["a", []],
      ["b", ["a"]],
      ["c", ["b", "a"]],
    ]);
  });
});

it("a chain of 5,000 processes, listed from its middle outwards, is no cycle and closing it is one", () => {
  const names = Array.from({ length: 5_000 }, (_, index) => `p${index}`);
  const pairs = names.slice(1).map((name, index) => [names[index] ?? "", name]);
  const outwards = [...pairs.slice(0, 2_500).reverse(), ...pairs.slice(2_500)];
  const many = processes(Object.fromEntries(names.map((name) => [name, {}])));
  expect(problemsOf(outwards, many)).toEqual([]);
  expect(problemsOf([...outwards, [names.at(-1) ?? "", names[0] ?? ""]], many)).toHaveLength(1);
});
