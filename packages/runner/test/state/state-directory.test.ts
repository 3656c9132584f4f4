import { existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createSandbox } from "../../src/state/sandbox.ts";
import {
  activeTask,
  createTask,
  finishedTask,
  finishTask,
  listTasks,
  sandboxPath,
} from "../../src/state/state-directory.ts";
import { newState } from "./state-world.ts";

const modeOf = (path: string) => lstatSync(path).mode & 0o777;

it("makes a directory for a task that nobody else may look into, and moves it when the task has ended", async () => {
  const state = newState();
  const directory = await createTask(state, "a");
  expect(directory).toBe(activeTask(state, "a"));
  expect(modeOf(directory)).toBe(0o700);
  expect(modeOf(join(state, "tasks"))).toBe(0o700);
  writeFileSync(join(directory, "checkpoint"), "x");
  expect(await finishTask(state, "a")).toBe(finishedTask(state, "a"));
  expect(existsSync(directory)).toBe(false);
  expect(existsSync(join(finishedTask(state, "a"), "checkpoint"))).toBe(true);
});

it("finishes a task once, however often it is asked", async () => {
  const state = newState();
  await createTask(state, "a");
  await finishTask(state, "a");
  expect(await finishTask(state, "a")).toBe(finishedTask(state, "a"));
  await expect(finishTask(state, "b")).rejects.toMatchObject({ code: "STATE_DIRECTORY" });
});

it("gives the id of a task to no other, while it runs and after", async () => {
  const state = newState();
  await createTask(state, "a");
  await expect(createTask(state, "a")).rejects.toMatchObject({ code: "BAD_TASK" });
  await finishTask(state, "a");
  await expect(createTask(state, "a")).rejects.toThrow('there is a task "a" already, or its remains');
  expect(existsSync(activeTask(state, "a"))).toBe(false);
});

it("does not let one task's end overwrite another's remains", async () => {
  const state = newState();
  await createTask(state, "a");
  mkdirSync(finishedTask(state, "a"), { recursive: true });
  writeFileSync(join(finishedTask(state, "a"), "checkpoint"), "other");
  await expect(finishTask(state, "a")).rejects.toThrow(/can not be renamed to .*\(ENOTEMPTY\)/);
  expect(existsSync(activeTask(state, "a"))).toBe(true);
});

it.each(["", ".", "..", "../a", "a/b", "/a", ".hidden", "-rf", "a\0", "a\n", "ä", "a".repeat(256)])(
  "takes %j for no id of a task",
  async (taskId) => {
    const state = newState();
    for (const path of [activeTask, finishedTask, sandboxPath]) {
      expect(() => path(state, taskId)).toThrow(expect.objectContaining({ code: "BAD_TASK" }));
    }
    await expect(createTask(state, taskId)).rejects.toMatchObject({ code: "BAD_TASK", exitCode: 3 });
  },
);

it("lists the tasks there are: directories, active ones first, nothing else", async () => {
  const state = newState();
  expect(await listTasks(state)).toEqual([]);
  for (const taskId of ["b", "a", "c.1_x-2"]) await createTask(state, taskId);
  await finishTask(state, "b");
  writeFileSync(activeTask(state, "file"), "");
  symlinkSync("/", activeTask(state, "link"));
  mkdirSync(join(state, "tasks", "active", ".hidden"));
  const a = { taskId: "a", directory: activeTask(state, "a"), finished: false };
  const b = { taskId: "b", directory: finishedTask(state, "b"), finished: true };
  const c = { taskId: "c.1_x-2", directory: activeTask(state, "c.1_x-2"), finished: false };
  expect(await listTasks(state)).toEqual([a, c, b]);
  expect(await listTasks(state, { active: true })).toEqual([a, c]);
  expect(await listTasks(state, { finished: true })).toEqual([b]);
});

it("says what is wrong with a state directory that is none", async () => {
  const state = newState();
  writeFileSync(join(state, "tasks"), "");
  await expect(listTasks(state)).rejects.toMatchObject({ code: "STATE_DIRECTORY" });
  await expect(createTask(state, "a")).rejects.toThrow(/--state-dir/);
});

it("makes a sandbox once, for its user only", async () => {
  const state = newState();
  const sandbox = await createSandbox(state, "a", undefined);
  expect(sandbox).toBe(sandboxPath(state, "a"));
  expect(modeOf(sandbox)).toBe(0o700);
  await expect(createSandbox(state, "a", undefined)).rejects.toMatchObject({ code: "SANDBOX", exitCode: 4 });
});

it.skipIf(process.getuid?.() !== 0)("gives the sandbox to the user of its task (needs root)", async () => {
  const state = newState();
  const sandbox = await createSandbox(state, "a", { user: "nobody", uid: 65_534, gid: 65_534 });
  expect(lstatSync(sandbox)).toMatchObject({ uid: 65_534, gid: 65_534 });
});
