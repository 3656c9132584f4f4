import { expect, test } from "vitest";
import { expectPlainError } from "./borealis.ts";
import { cells, corrupt, exited, signalled, started, stateWorld, tick } from "./task-world.ts";

test("status lists active tasks with who has them, and finished ones with how they ended", async () => {
  const { task, run } = await stateWorld();
  const held = await task("hello-0", { instance: "www-data/prod/hello/0", pid: process.pid });
  held.happened(tick, started("web"));
  const left = await task("hello-1", { instance: "www-data/prod/hello/1", pid: 2 ** 22 + 1 });
  left.happened(tick);
  const ended = await task("simple-1");
  ended.happened(tick, started("web"), exited("web", 3));
  await ended.finish();
  const { code, stdout } = await run(["status"]);
  expect(code).toBe(0);
  expect(cells(stdout)).toEqual([
    ["Active tasks:"],
    ["TASK", "INSTANCE", "STATE", "STARTED", "EXECUTOR"],
    ["hello-0", "www-data/prod/hello/0", "ACTIVE", "2023-11-14T22:13:20.000Z", `executor pid ${process.pid}`],
    [
      "hello-1",
      "www-data/prod/hello/1",
      "ACTIVE",
      "2023-11-14T22:13:20.000Z",
      "no executor: start one to go on with it",
    ],
    [""],
    ["Finished tasks:"],
    ["TASK", "INSTANCE", "STATE", "STARTED", "ENDED"],
    ["simple-1", "-", "FAILED", "2023-11-14T22:13:20.000Z", "2023-11-14T22:13:23.000Z"],
  ]);
});

test("patterns match ids and instances from their beginning on, as Thermos' did", async () => {
  const { task, run } = await stateWorld();
  await task("hello-0", { instance: "www-data/prod/hello/0" });
  await task("other-1", { instance: "www-data/prod/other/1" });
  const done = await task("hello-old");
  await done.finish();
  const idsOf = async (...args: string[]) => {
    const { stdout } = await run(["status", ...args, "-o", "json"]);
    return (JSON.parse(stdout) as { taskId: string }[]).map(({ taskId }) => taskId);
  };
  expect(await idsOf("hello")).toEqual(["hello-0", "hello-old"]);
  expect(await idsOf("ello")).toEqual([]);
  expect(await idsOf(".*ther", "hello-o")).toEqual(["other-1", "hello-old"]);
  expect(await idsOf("www-data/prod/hello")).toEqual(["hello-0"]);
  expect(await idsOf("--only", "active")).toEqual(["hello-0", "other-1"]);
  expect(await idsOf("--only", "finished")).toEqual(["hello-old"]);
});

test("no tasks are a negative answer, in words and as JSON", async () => {
  const { run } = await stateWorld();
  expect(await run(["status"])).toMatchObject({ code: 1, stdout: "No tasks found.\n" });
  expect(await run(["status", "-o", "json"])).toMatchObject({ code: 1, stdout: "[]\n" });
  const { code, stderr } = await run(["status", "a("]);
  expect(code).toBe(2);
  expect(stderr).toContain('"a(" is not a regular expression');
  expectPlainError(stderr);
});

test("--verbose adds user, ports, sandbox and how each process fares", async () => {
  const { task, run } = await stateWorld();
  const processes = ["web", "db", "log"].map((name) => ({ name, cmdline: "true", max_failures: 2 }));
  const { sandbox, happened } = await task("hello-0", { instance: "www-data/prod/hello/0", processes });
  happened(tick, started("web", 0, 17), started("db", 0, 18), exited("db", 3), signalled("log", "SIGKILL"));
  const { stdout } = await run(["status", "-v"]);
  expect(cells(stdout)).toEqual([
    ["Active tasks:"],
    ["hello-0"],
    ["instance", "www-data/prod/hello/0"],
    ["state", "ACTIVE"],
    ["started", "2023-11-14T22:13:20.000Z"],
    ["executor", "no executor: start one to go on with it"],
    ["user", "www-data"],
    ["ports", "http:31337"],
    ["sandbox", sandbox],
    ["PROCESS", "STATE", "RUN", "PID", "LAST END", "STARTED", "ENDED"],
    expect.arrayContaining(["web", "RUNNING", "17"]),
    expect.arrayContaining(["db", "WAITING", "1", "exit 3"]),
    expect.arrayContaining(["log", "WAITING", "1", "SIGKILL"]),
  ]);
});

test("a checkpoint that can not be read is shown as one, and hides no other", async () => {
  const { task, run, state } = await stateWorld();
  await task("broken");
  await task("fine");
  corrupt(state, "broken");
  const { code, stdout } = await run(["status", "-o", "ndjson"]);
  expect(code).toBe(0);
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { problem?: string });
  expect(lines).toMatchObject([{ taskId: "broken", problem: expect.any(String) }, { taskId: "fine" }]);
  expect(lines[1]?.problem).toBeUndefined();
  expect((await run(["status"])).stdout).toContain(lines[0]?.problem);
});

test("what a stranger wrote into a name does not drive the terminal", async () => {
  const { task, run } = await stateWorld();
  const processes = [{ name: "w\u001b[2Jeb", cmdline: "true" }];
  await task("hello-0", { processes, instance: "a/b/c\u0007/0" });
  const { stdout } = await run(["status", "-v"]);
  expect(stdout).not.toContain("\u001b");
  expect(stdout).not.toContain("\u0007");
  expect(stdout).toContain("\\u001b[2J");
});
