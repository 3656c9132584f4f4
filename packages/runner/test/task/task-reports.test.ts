import { createTestClock } from "@borealis/clock/testing";
import { describe, expect, it } from "vitest";
import { newTask, step, type TaskMachine } from "../../src/core/task.ts";
import { TaskReports } from "../../src/task/task-reports.ts";
import type { TaskSnapshot } from "../../src/task/task-spec.ts";
import { taskOf } from "../core/task-world.ts";

/** A task whose processes have been started, and what is told of it. */
function reportsOf(count: number) {
  const names = Array.from({ length: count }, (_, index) => `p${index}`);
  const clock = createTestClock();
  const told: TaskSnapshot[] = [];
  let machine: TaskMachine = newTask(taskOf(names.map((name) => ({ name }))));
  machine = step(machine, { type: "tick" }, 0).state;
  const reports = new TaskReports({ clock, machine: () => machine, tell: (snapshot) => told.push(snapshot) });
  reports.open();
  const run = (index: number) => {
    machine = step(machine, { type: "started", process: `p${index}`, run: 0, pid: 100 + index }, 0).state;
    reports.changed();
  };
  const running = () =>
    told.map(({ processes }) => processes.filter(({ state }) => state === "RUNNING").length);
  return { clock, reports, told, run, running };
}

const turn = () => new Promise(setImmediate);

describe("what is told of a task", () => {
  it("is all that has happened in a turn, at once", async () => {
    const { run, running } = reportsOf(3);
    run(0);
    run(1);
    await turn();
    run(2);
    await turn();
    expect(running()).toEqual([2, 3]);
  });

  it("comes in pieces when its processes are many, and lacks nothing in the end", async () => {
    const { clock, run, running } = reportsOf(100);
    for (let index = 0; index < 50; index++) {
      run(index);
      await turn();
    }
    expect(running()).toEqual([1]);
    await clock.advance(50);
    await turn();
    expect(running()).toEqual([1, 50]);
    await clock.advance(50);
    run(50);
    await turn();
    expect(running()).toEqual([1, 50, 51]);
  });

  it("is a change of its stage at once, with what waited before it", async () => {
    const { clock, reports, run, told, running } = reportsOf(100);
    run(0);
    await turn();
    run(1);
    reports.stage("CLEANING");
    expect(running()).toEqual([1, 2]);
    expect(told.at(-1)?.taskState).toBe("CLEANING");
    await clock.advance(50);
    await turn();
    expect(told).toHaveLength(2);
  });

  it("is nothing after a stop but the end, and no timer stays", async () => {
    const { clock, reports, run, told } = reportsOf(100);
    run(0);
    await turn();
    run(1);
    reports.stop();
    expect(clock.armed).toBe(0);
    run(2);
    reports.stage("CLEANING");
    await turn();
    expect(told).toHaveLength(1);
    reports.end("KILLED", "killed on request");
    expect(told.at(-1)).toMatchObject({ taskState: "KILLED", reason: "killed on request" });
    expect(reports.snapshot).toBe(told.at(-1));
  });
});
