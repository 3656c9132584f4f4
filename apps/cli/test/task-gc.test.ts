import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { expectPlainError } from "./borealis.ts";
import { cells, stateWorld } from "./task-world.ts";

const DAY_S = 86_400;

/** Finished tasks, the last of them ended just now, the one before a day and an hour ago, and so on. */
async function finishedTasks(...taskIds: readonly string[]) {
  const world = await stateWorld();
  for (const [index, taskId] of taskIds.entries()) {
    const { log, finish } = await world.task(taskId);
    writeFileSync(log("web", 0, "stdout"), "x".repeat(100_000));
    await finish();
    const age = (taskIds.length - 1 - index) * (DAY_S + 3_600);
    const at = Date.now() / 1_000 - age;
    utimesSync(join(world.state, "tasks/finished", taskId, "checkpoint"), at, at);
  }
  const left = () => readdirSync(join(world.state, "tasks/finished")).sort();
  const sandboxes = () => readdirSync(join(world.state, "sandboxes")).sort();
  return { ...world, left, sandboxes };
}

test("gc removes the sandboxes and checkpoints of finished tasks and tells what it freed, never of active ones", async () => {
  const { run, task, left, sandboxes } = await finishedTasks("old", "new");
  await task("running");
  const { code, stdout, stderr } = await run(["gc", "--force"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(cells(stdout)).toEqual([
    ["TASK", "ENDED", "SIZE"],
    ["old", expect.stringMatching(/Z$/), expect.stringMatching(/ kB$/)],
    ["new", expect.stringMatching(/Z$/), expect.stringMatching(/ kB$/)],
    [expect.stringMatching(/^2 tasks removed, \d+ kB freed$/)],
  ]);
  expect(left()).toEqual([]);
  expect(sandboxes()).toEqual(["running"]);
  expect(await run(["gc", "--force"])).toMatchObject({ code: 0, stdout: "Nothing to remove.\n" });
});

test("rules say which: older than, more than, larger than", async () => {
  const { run, left } = await finishedTasks("d", "c", "b", "a");
  await run(["gc", "--force", "--max-age", "3d"]);
  expect(left()).toEqual(["a", "b", "c"]);
  await run(["gc", "--force", "--max-tasks", "2"]);
  expect(left()).toEqual(["a", "b"]);
  await run(["gc", "--force", "--max-space", "150kB"]);
  expect(left()).toEqual(["a"]);
  await run(["gc", "--force", "--max-age", "1d", "--max-tasks", "9", "--max-space", "1GB"]);
  expect(left()).toEqual(["a"]);
});

test("only those that are named go, and an active one is refused", async () => {
  const { run, task, left } = await finishedTasks("a", "b");
  await task("running");
  const refused = await run(["gc", "a", "running", "--force"]);
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toContain("task running is active; borealis executor kill ends it");
  const unknown = await run(["gc", "../finished/b", "--force"]);
  expect(unknown).toMatchObject({ code: 1, stdout: "" });
  expect(unknown.stderr).toContain('there is no task "../finished/b"');
  expect(left()).toEqual(["a", "b"]);
  expect((await run(["gc", "b", "--force"])).code).toBe(0);
  expect(left()).toEqual(["a"]);
});

test("what is to be kept is kept", async () => {
  const { run, left, sandboxes, state } = await finishedTasks("a");
  writeFileSync(join(state, "sandboxes/a/data"), "x");
  await run(["gc", "--force", "--keep-logs", "--keep-metadata"]);
  expect(existsSync(join(state, "sandboxes/a/data"))).toBe(false);
  expect(existsSync(join(state, "sandboxes/a/.logs/web/0/stdout"))).toBe(true);
  expect(left()).toEqual(["a"]);
  await run(["gc", "--force", "--keep-data"]);
  expect(left()).toEqual([]);
  expect(sandboxes()).toEqual(["a"]);
});

test("--dry-run tells and removes nothing", async () => {
  const { run, left, sandboxes } = await finishedTasks("a");
  const { code, stdout } = await run(["gc", "--dry-run"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/1 task would be removed, \d+ kB would be freed\n$/);
  expect([left(), sandboxes()]).toEqual([["a"], ["a"]]);
});

test("where there is nobody to ask it removes nothing without --force", async () => {
  const { run, left } = await finishedTasks("a");
  const { code, stderr } = await run(["gc"]);
  expect(code).toBe(2);
  expect(stderr).toContain("there is nobody to ask: give --force, or --dry-run");
  expectPlainError(stderr);
  expect(left()).toEqual(["a"]);
});

test.for([
  ["y", 0, []],
  ["no", 130, ["a"]],
  ["", 130, ["a"]],
] as const)(
  "on a terminal it shows what would go and asks; %j is the answer",
  async ([answer, code, kept]) => {
    const { env, left } = await finishedTasks("a");
    const bin = join(import.meta.dirname, "../bin/borealis.mjs");
    const command = `'${process.execPath}' '${bin}' executor gc`;
    const child = spawn("script", ["-qec", command, "/dev/null"], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], TERM: "xterm", ...env },
    });
    onTestFinished(() => void child.kill());
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    const exit = once(child, "close");
    await expect.poll(() => output, { timeout: 15_000 }).toContain("Remove them? [y/N]");
    expect(output).toMatch(/1 task would be removed, \d+ kB would be freed/);
    expect(left()).toEqual(["a"]);
    child.stdin.write(`${answer}\n`);
    expect(await exit).toEqual([code, null]);
    expect(left()).toEqual(kept);
  },
);

test.for([
  [["--keep-data", "--keep-metadata"], "nothing to remove"],
  [["--keep-data", "--delete-data"], "not both"],
  [["--max-age", "3"], "as in 90s"],
  [["--max-space", "10"], "as in 500MB"],
  [["--max-tasks", "-1"], "at least 0"],
] as const)("%j is wrong usage", async ([args, expected]) => {
  const { run } = await stateWorld();
  const { code, stderr } = await run(["gc", "--force", ...args]);
  expect(code).toBe(2);
  expect(stderr).toContain(expected);
});
