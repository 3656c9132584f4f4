import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { formatLine } from "../../src/keeper/runs-line.ts";
import { RunsLog } from "../../src/keeper/runs-log.ts";
import { temporaryDirectory } from "./task-world.ts";

function openLog() {
  const path = join(temporaryDirectory(), "runs");
  const problems: string[] = [];
  const log = new RunsLog(path, (problem) => problems.push(problem));
  onTestFinished(() => log.close());
  return { path, problems, read: () => [...log.read()].map(({ run }) => run) };
}

const line = (run: number) => formatLine("lost", { process: "a", run, at: 1 }, ["a reason"]);

describe("the log of runs", () => {
  it("is empty while it is not there, and tells each line once", () => {
    const { path, read } = openLog();
    expect(read()).toEqual([]);
    writeFileSync(path, line(0) + line(1));
    expect(read()).toEqual([0, 1]);
    expect(read()).toEqual([]);
    appendFileSync(path, line(2));
    expect(read()).toEqual([2]);
  });

  it("waits for the end of a line that is being written", () => {
    const { path, problems, read } = openLog();
    for (const character of line(0)) {
      expect(read()).toEqual([]);
      appendFileSync(path, character);
    }
    expect(read()).toEqual([0]);
    expect(problems).toEqual([]);
  });

  it("loses nothing but the line that was torn off or damaged, and says where that is", () => {
    const { path, problems, read } = openLog();
    writeFileSync(path, line(0) + line(1).slice(0, -9) + line(2) + line(3).replace("lost", "lust") + line(4));
    expect(read()).toEqual([0, 2, 4]);
    expect(problems).toHaveLength(2);
    expect(problems[0]).toContain(`the line at byte ${line(0).length + 1} is damaged`);
  });

  it("is read to its end however long it is, with anything in it", () => {
    const { path, problems, read } = openLog();
    const many = Array.from({ length: 5_000 }, (_, run) => run);
    writeFileSync(path, `${many.map(line).join("")}\n${"x".repeat(200_000)}\n${line(5_000)}`);
    expect(read()).toEqual([...many, 5_000]);
    expect(problems.length).toBeGreaterThan(0);
  });

  it("tells who asks for more in the middle of it what comes next", () => {
    const path = join(temporaryDirectory(), "runs");
    writeFileSync(path, line(0) + line(1));
    const log = new RunsLog(path, () => {});
    onTestFinished(() => log.close());
    const told: number[] = [];
    for (const { run } of log.read()) {
      told.push(run);
      if (run === 0) {
        appendFileSync(path, line(2));
        for (const inner of log.read()) told.push(inner.run);
      }
    }
    expect(told.sort()).toEqual([0, 1, 2]);
  });
});
