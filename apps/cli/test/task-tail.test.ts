import {
  appendFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { expectPlainError } from "./borealis.ts";
import { exited, started, stateWorld, tick } from "./task-world.ts";

const INSTANCE = "www-data/prod/hello/0";
const AGAIN = [{ name: "web", cmdline: "true", max_failures: 0, min_duration: 0 }];

test("tail prints the last lines of the newest run, of a task or an instance, raw", async () => {
  const { task, run } = await stateWorld();
  const { log, happened, finish } = await task("hello-0", { instance: INSTANCE, processes: AGAIN });
  happened(tick, started("web"), exited("web", 1), tick, started("web", 1));
  writeFileSync(log("web", 0, "stdout"), "old\n");
  writeFileSync(log("web", 1, "stdout"), Array.from({ length: 12 }, (_, n) => `line ${n}\n`).join(""));
  writeFileSync(log("web", 1, "stderr"), Buffer.from([0xff, 0x1b, 0x5b, 0x4a]));
  const outOf = async (...args: string[]) => (await run(["tail", ...args])).stdout;
  expect((await outOf("hello-0")).split("\n")).toEqual([
    ...Array.from({ length: 10 }, (_, n) => `line ${n + 2}`),
    "",
  ]);
  expect(await outOf(INSTANCE, "web", "-n", "1")).toBe("line 11\n");
  expect(await outOf("hello-0", "-n", "0")).toBe("");
  expect((await outOf("hello-0", "-n", "all")).split("\n")).toHaveLength(13);
  expect(await outOf("hello-0", "--run", "0")).toBe("old\n");
  await finish();
  expect(await outOf(INSTANCE, "-n", "1")).toBe("line 11\n");
  // As the pipe decodes it: one byte that is no UTF-8, and a control sequence that nobody took out.
  expect(await outOf("hello-0", "--stderr")).toBe("\ufffd\u001b[J");
});

test("an instance is its active task, else the one that began last", async () => {
  const { task, run } = await stateWorld();
  for (const [taskId, startedAt] of [
    ["b", 2_000],
    ["a", 3_000],
    ["c", 1_000],
  ] as const) {
    const { log, happened, finish } = await task(taskId, { instance: INSTANCE, startedAt });
    happened(tick, started("web"));
    writeFileSync(log("web", 0, "stdout"), `${taskId}\n`);
    await finish();
  }
  expect((await run(["tail", INSTANCE])).stdout).toBe("a\n");
  const { log, happened } = await task("d", { instance: INSTANCE, startedAt: 500 });
  happened(tick, started("web"));
  writeFileSync(log("web", 0, "stdout"), "d\n");
  expect((await run(["tail", INSTANCE])).stdout).toBe("d\n");
});

test("what is asked for and is not there is named", async () => {
  const { task, run } = await stateWorld();
  const processes = ["web", "db"].map((name) => ({ name, cmdline: "true" }));
  await task("hello-0", { instance: INSTANCE, processes });
  const none = await run(["tail", "hello"]);
  expect(none).toMatchObject({ code: 1, stdout: "" });
  expect(none.stderr).toContain('there is no task "hello"');
  const several = await run(["tail", "hello-0"]);
  expect(several).toMatchObject({ code: 2, stdout: "" });
  expect(several.stderr).toContain("which process of hello-0? It has web, db");
  const other = await run(["tail", "hello-0", "../web"]);
  expect(other).toMatchObject({ code: 1, stdout: "" });
  expect(other.stderr).toContain('has no process "../web"; it has web, db');
  const quiet = await run(["tail", "hello-0", "db"]);
  expect(quiet).toMatchObject({ code: 1, stdout: "" });
  expect(quiet.stderr).toContain('there is no stdout of process "db", run 0');
  for (const { stderr } of [none, several, other, quiet]) expectPlainError(stderr);
});

/** As it is done with this many backups. */
function rotateAway(file: string, backups: number): void {
  for (let index = backups; index > 0; index -= 1) {
    const younger = index === 1 ? file : `${file}.${index - 1}`;
    if (existsSync(younger)) renameSync(younger, `${file}.${index}`);
  }
}

test.for([
  ["the log", (sandbox: string, secret: string) => symlinkSync(secret, join(sandbox, ".logs/web/0/stdout"))],
  [
    "its directory",
    (sandbox: string, secret: string) => symlinkSync(join(secret, ".."), join(sandbox, ".logs/web/0")),
  ],
  [
    "all logs",
    (sandbox: string, secret: string) => symlinkSync(join(secret, "../.."), join(sandbox, ".logs")),
  ],
] as const)("a link in the place of %s is not followed", async ([place, link]) => {
  const { task, run, state } = await stateWorld();
  const secret = join(state, "secret/0/stdout");
  mkdirSync(join(secret, ".."), { recursive: true });
  writeFileSync(secret, "secret\n");
  // What "all logs" leads to looks like logs.
  mkdirSync(join(state, "secret/web"));
  symlinkSync("../0", join(state, "secret/web/0"));
  const { sandbox, log, happened } = await task("hello-0");
  happened(tick, started("web"));
  if (place !== "all logs") log("web", 0, "stdout");
  if (place === "its directory") renameSync(join(sandbox, ".logs/web/0"), join(sandbox, "aside"));
  link(sandbox, secret);
  const { code, stdout, stderr } = await run(["tail", "hello-0"]);
  expect(stdout).toBe("");
  expect(code).toBe(4);
  expect(stderr).toContain("is not read");
  expectPlainError(stderr);
});

test("--follow goes on over rotations and new runs, tells each byte once, and ends with the task", async () => {
  const { task, start } = await stateWorld();
  const { log, happened, finish } = await task("hello-0", { processes: AGAIN });
  const file = log("web", 0, "stdout");
  happened(tick, started("web"));
  writeFileSync(file, "0\n1\n");
  const follower = start(["tail", "hello-0", "-f", "-n", "1"]);
  await expect.poll(() => follower.stdout).toBe("1\n");
  const rotate = () => rotateAway(file, 4);
  let expected = "1\n";
  for (let n = 2; n < 400; n += 1) {
    appendFileSync(file, `${n}\n`);
    expected += `${n}\n`;
    // Two at once: what it reads is then two files back.
    if (n % 50 === 0) {
      rotate();
      writeFileSync(file, `${n} between\n`);
      expected += `${n} between\n`;
      rotate();
      await expect.poll(() => follower.stdout).toBe(expected);
    }
  }
  await expect.poll(() => follower.stdout).toBe(expected);
  appendFileSync(file, "last of run 0");
  happened(exited("web", 1), tick, started("web", 1));
  writeFileSync(log("web", 1, "stdout"), "first of run 1\n");
  expected += "last of run 0first of run 1\n";
  await expect.poll(() => follower.stdout).toBe(expected);
  appendFileSync(log("web", 1, "stdout"), "end");
  happened({ type: "kill" }, exited("web", 0, 1));
  await finish();
  expect(await follower.exit).toBe(0);
  expect(follower.stdout).toBe(`${expected}end`);
  expect(follower.stderr).toBe("");
});

test("a log that is emptied in place is read from its beginning, and one run alone ends with it", async () => {
  const { task, start } = await stateWorld();
  const { log, happened } = await task("hello-0", { processes: AGAIN });
  happened(tick, started("web"));
  const file = log("web", 0, "stdout");
  writeFileSync(file, "before\n");
  const follower = start(["tail", "hello-0", "-f", "--run", "0"]);
  await expect.poll(() => follower.stdout).toBe("before\n");
  truncateSync(file);
  appendFileSync(file, "new\n");
  await expect.poll(() => follower.stdout).toBe("before\nnew\n");
  happened(exited("web", 1), tick, started("web", 1));
  expect(await follower.exit).toBe(0);
});

test("what was rotated out of existence before it was read is told to be missing, and the rest is read", async () => {
  const { task, start } = await stateWorld();
  const { log, happened, finish } = await task("hello-0");
  happened(tick, started("web"));
  const file = log("web", 0, "stdout");
  writeFileSync(file, "0\n");
  const follower = start(["tail", "hello-0", "-f"]);
  await expect.poll(() => follower.stdout).toBe("0\n");
  follower.child.kill("SIGSTOP");
  for (const n of [1, 2, 3, 4]) {
    rotateAway(file, 2);
    writeFileSync(file, `${n}\n`);
  }
  happened(exited("web", 0));
  await finish();
  follower.child.kill("SIGCONT");
  expect(await follower.exit).toBe(0);
  expect(follower.stdout).toBe("0\n2\n3\n4\n");
  expect(follower.stderr).toContain("some of it may be missing");
});

test("Ctrl-C ends it with 130", async () => {
  const { task, start } = await stateWorld();
  const { log, happened } = await task("hello-0");
  happened(tick, started("web"));
  writeFileSync(log("web", 0, "stdout"), "x\n");
  const follower = start(["tail", "hello-0", "--follow"]);
  await expect.poll(() => follower.stdout).toBe("x\n");
  follower.child.kill("SIGINT");
  expect(await follower.exit).toBe(130);
});

test("the last lines may be in what was rotated away", async () => {
  const { task, run } = await stateWorld();
  const { log, happened } = await task("hello-0");
  happened(tick, started("web"));
  const file = log("web", 0, "stdout");
  writeFileSync(`${file}.2`, "a\nb\n");
  writeFileSync(`${file}.1`, "c\nd");
  writeFileSync(file, "d\ne\n");
  expect((await run(["tail", "hello-0", "-n", "4"])).stdout).toBe("b\nc\ndd\ne\n");
});
