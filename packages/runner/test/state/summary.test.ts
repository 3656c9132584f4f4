import { spawn } from "node:child_process";
import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@borealis/clock";
import { expect, it, onTestFinished } from "vitest";
import { bootId } from "../../src/boot.ts";
import type { TaskHeader } from "../../src/checkpoint/checkpoint.ts";
import { Checkpoint, checkpointPath } from "../../src/checkpoint/checkpoint-file.ts";
import { newTask, step } from "../../src/core/task.ts";
import { createTask, finishTask, listTasks, type TaskPlace } from "../../src/state/state-directory.ts";
import { summarise } from "../../src/state/summary.ts";
import { newBootEpoch, taskTime } from "../../src/task/task-time.ts";
import { HEADER } from "../checkpoint/checkpoint-data.ts";
import { taskOf } from "../core/task-world.ts";
import { newState } from "./state-world.ts";

const TASK = taskOf([{ name: "web" }, { name: "db" }]);

function headerOf(taskId: string): TaskHeader {
  const startedAt = systemClock.wallTime();
  return {
    ...HEADER,
    taskId,
    startedAt,
    bootId: bootId(),
    bootEpoch: newBootEpoch(systemClock),
    task: { ...TASK },
  };
}

async function leaveTask(
  state: string,
  executor: { readonly pid: number; readonly bootId?: string; readonly at?: number },
): Promise<TaskPlace> {
  const directory = await createTask(state, "a");
  const header = headerOf("a");
  const checkpoint = Checkpoint.create(directory, header);
  const at = executor.at ?? taskTime(header, 0, systemClock)();
  checkpoint.append({ at, executor: { pid: 1, bootId: "another" } });
  checkpoint.append({ at, executor: { pid: executor.pid, bootId: executor.bootId ?? bootId() } });
  checkpoint.append({ at, event: { type: "tick" } });
  checkpoint.append({ at: at + 1, event: { type: "started", process: "web", run: 0, pid: 77 } });
  checkpoint.close();
  return { taskId: "a", directory, finished: false };
}

it("shows a task as its executor knows it", async () => {
  const state = newState();
  const place = await leaveTask(state, { pid: process.pid });
  const summary = summarise(state, place);
  const at = (summary.lastAt ?? 0) - 1;
  const begun = step(newTask(TASK), { type: "tick" }, at).state;
  const machine = step(begun, { type: "started", process: "web", run: 0, pid: 77 }, at + 1).state;
  expect(summary).toEqual({
    ...place,
    header: expect.objectContaining({ taskId: "a" }),
    lastAt: at + 1,
    holder: { pid: process.pid, alive: true },
    machine,
  });
});

it("knows when nobody holds a task: the executor has ended, waits to be buried, or the host was booted", async () => {
  const ended = spawn("true");
  await new Promise((resolve) => ended.once("close", resolve));
  const stateOfEnded = newState();
  const afterEnd = summarise(stateOfEnded, await leaveTask(stateOfEnded, { pid: ended.pid ?? 0 }));
  expect(afterEnd.holder).toEqual({ pid: ended.pid, alive: false });

  // A parent that does not ask: its child stays a zombie.
  const parent = spawn("bash", ["-c", "true & echo $!; exec sleep 1000"]);
  onTestFinished(() => void parent.kill("SIGKILL"));
  const zombie = Number(await new Promise((resolve) => parent.stdout.once("data", resolve)));
  const stateOfZombie = newState();
  const place = await leaveTask(stateOfZombie, { pid: zombie });
  await expect.poll(() => summarise(stateOfZombie, place).holder).toEqual({ pid: zombie, alive: false });

  const stateOfBoot = newState();
  const afterBoot = summarise(
    stateOfBoot,
    await leaveTask(stateOfBoot, { pid: process.pid, bootId: "of before" }),
  );
  expect(afterBoot.holder).toEqual({ pid: process.pid, alive: false });
});

it("does not take for the executor what got its number later", async () => {
  const state = newState();
  const longAgo = systemClock.wallTime() - process.uptime() * 1000 - 60_000;
  const place = await leaveTask(state, { pid: process.pid, at: longAgo });
  expect(summarise(state, place).holder).toEqual({ pid: process.pid, alive: false });
});

it("finds a task that was finished after it had been listed", async () => {
  const state = newState();
  const place = await leaveTask(state, { pid: process.pid });
  const directory = await finishTask(state, "a");
  const summary = summarise(state, place);
  expect(summary).toMatchObject({ directory, finished: true, machine: { stage: "ACTIVE" } });
  expect(summary.problem).toBeUndefined();
});

it.each<[string, (file: string) => void, RegExp]>([
  ["gone", (file) => renameSync(file, `${file}.away`), /checkpoint: can not be read \(ENOENT\)/],
  ["foreign", (file) => writeFileSync(file, "hello\n"), /line 1: this is no checkpoint/],
  ["damaged", (file) => appendFileSync(file, "xx\nyy\n"), /line 6: it does not agree with its checksum/],
])("shows what is wrong when its checkpoint is %s, and throws nothing", async (_, damage, problem) => {
  const state = newState();
  const place = await leaveTask(state, { pid: process.pid });
  damage(checkpointPath(place.directory));
  expect(summarise(state, place)).toEqual({ ...place, problem: expect.stringMatching(problem) });
});

it("shows what there is of a checkpoint that can not be replayed, or is another task's", async () => {
  const state = newState();
  const directory = await createTask(state, "b");
  Checkpoint.create(directory, { ...headerOf("b"), task: { processes: "none" } }).close();
  await createTask(state, "c");
  Checkpoint.create(join(directory, "..", "c"), headerOf("d")).close();
  const [b, c] = (await listTasks(state)).map((place) => summarise(state, place));
  expect(b).toMatchObject({ header: { taskId: "b" }, problem: expect.stringMatching(/can not be replayed/) });
  expect(b).not.toHaveProperty("machine");
  expect(c).toMatchObject({ taskId: "c", problem: 'its checkpoint is of task "d"' });
});
