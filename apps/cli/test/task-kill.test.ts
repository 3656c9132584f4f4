import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stateWorld, tick } from "./task-world.ts";

test("kill asks the executor that has the task, and waits until the task has ended", async () => {
  const { task, start, state } = await stateWorld();
  const held = await task("hello-0", { instance: "www-data/prod/hello/0", pid: process.pid });
  held.happened(tick);
  const killing = start(["kill", "www-data/prod/hello"]);
  const file = join(state, "tasks/active/hello-0/kill");
  await expect.poll(() => existsSync(file)).toBe(true);
  await expect.poll(() => killing.stdout).toBe("Killing hello-0...");
  expect(killing.child.exitCode).toBeNull();
  await held.finish();
  expect(await killing.exit).toBe(0);
  expect(killing.stdout).toBe("Killing hello-0...done.\n");
  expect(killing.stderr).toBe("");
});

test("all that match are asked before any is waited for", async () => {
  const { task, start, state } = await stateWorld();
  const tasks = [];
  for (const id of ["a-1", "a-2", "b-1"]) tasks.push(await task(id, { pid: process.pid }));
  const killing = start(["kill", "a"]);
  const asked = () =>
    ["a-1", "a-2", "b-1"].filter((id) => existsSync(join(state, "tasks/active", id, "kill")));
  await expect.poll(asked).toEqual(["a-1", "a-2"]);
  for (const each of tasks.slice(0, 2).reverse()) await each.finish();
  expect(await killing.exit).toBe(0);
  expect(killing.stdout).toBe("Killing a-1...done.\nKilling a-2...done.\n");
});

test("--no-wait only asks, and asking twice is no error", async () => {
  const { task, run, state } = await stateWorld();
  await task("hello-0", { pid: process.pid });
  for (const _ of [1, 2]) {
    expect(await run(["kill", "hello-0", "--no-wait"])).toMatchObject({
      code: 0,
      stdout: "Asked hello-0 to end.\n",
    });
  }
  expect(existsSync(join(state, "tasks/active/hello-0/kill"))).toBe(true);
});

test("one that does not end in time is told, with the exit code of a deadline", async () => {
  const { task, run } = await stateWorld();
  await task("hello-0", { pid: process.pid });
  const { code, stdout } = await run(["kill", "hello", "--wait", "0.3"]);
  expect({ code, stdout }).toEqual({ code: 9, stdout: "Killing hello-0...not yet.\n" });
});

test("nothing that matches is a negative answer, and finished tasks are never asked", async () => {
  const { task, run, state } = await stateWorld();
  const done = await task("hello-0");
  await done.finish();
  expect(await run(["kill", "hello"])).toMatchObject({ code: 1, stdout: "No active tasks matched.\n" });
  expect(existsSync(join(state, "tasks/finished/hello-0/kill"))).toBe(false);
});

test("the request says who asked", async () => {
  const { task, run, state } = await stateWorld();
  await task("hello-0", { pid: process.pid });
  await run(["kill", "hello", "--no-wait"], { SUDO_USER: "ann" });
  expect(readFileSync(join(state, "tasks/active/hello-0/kill"), "utf8")).toBe("ann\n");
});
