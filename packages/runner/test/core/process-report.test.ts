import { processReportSchema } from "@borealis/schema";
import { expect, it } from "vitest";
import { processReports } from "../../src/core/process-report.ts";
import { TaskWorld, taskOf } from "./task-world.ts";

const reportOf = (world: TaskWorld) => {
  const [report] = processReports(world.state);
  expect(processReportSchema.parse(report)).toEqual(report);
  return report;
};

it("tells of a run since when, and once it has ended how and until when", () => {
  const world = new TaskWorld(taskOf([{ name: "a", max_failures: 2, min_duration: 5 }]));
  expect(reportOf(world)).toEqual({ name: "a", state: "RUNNING", run: 0, pid: 1000, startedAt: 0 });
  world.pass(2);
  world.exit("a", 4);
  const failed = { exitCode: 4, startedAt: 0, endedAt: 2000, failures: 1 };
  expect(reportOf(world)).toEqual({ name: "a", state: "WAITING", run: 1, ...failed });
  world.pass(5);
  expect(reportOf(world)).toEqual({
    name: "a",
    state: "RUNNING",
    run: 1,
    pid: 1001,
    startedAt: 7000,
    failures: 1,
  });
  world.exit("a", 0);
  expect(reportOf(world)).toEqual({
    name: "a",
    state: "SUCCESS",
    run: 1,
    pid: 1001,
    exitCode: 0,
    startedAt: 7000,
    endedAt: 7000,
    failures: 1,
  });
});

it("tells of a run that is only forked neither a pid nor how the run before it ended", () => {
  const world = new TaskWorld(taskOf([{ name: "a", max_failures: 2, min_duration: 0 }]));
  const exit = { exitCode: 1 };
  world.send({ type: "exited", process: "a", run: 0, exit }, { start: false });
  expect(reportOf(world)).toEqual({ name: "a", state: "FORKED", run: 1, startedAt: 0, failures: 1 });
});

it("tells the exit status, the end and the failures of a process that FAILED for good", () => {
  const world = new TaskWorld(taskOf([{ name: "a" }]));
  world.pass(1);
  world.exit("a", 3);
  expect(reportOf(world)).toMatchObject({ state: "FAILED", run: 0, exitCode: 3, endedAt: 1000, failures: 1 });
});

it.each([
  ["FAILED", { type: "startFailed", reason: "no such directory" }, 0],
  ["LOST", { type: "lost", reason: "its keeper was killed" }, 0],
] as const)("says why there is no exit status: %s", (state, news, run) => {
  const world = new TaskWorld(taskOf([{ name: "a" }, { name: "b", final: true }]));
  world.kill();
  world.send({ ...news, process: "a", run });
  expect(reportOf(world)).toMatchObject({ state, reason: news.reason });
  expect(reportOf(world)).not.toHaveProperty("exitCode");
});

it("never has a run end before it started, whatever clock the news of its end came by", () => {
  const world = new TaskWorld(taskOf([{ name: "a" }]));
  world.now = -5;
  world.exit("a", 0);
  expect(reportOf(world)).toMatchObject({ startedAt: 0, endedAt: 0 });
});
