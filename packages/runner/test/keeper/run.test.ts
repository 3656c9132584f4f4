import { execFileSync } from "node:child_process";
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isAlive } from "../../src/keeper/proc.ts";
import { otherExecutor } from "./executors.ts";
import { keep, newTask, requestFor, temporaryDirectory, written } from "./task-world.ts";

describe("a run", () => {
  it("is started and exited, each once and in this order, and its keeper is gone after it", async () => {
    const task = await keep();
    task.start("a", "exit 3");
    await task.until("exited", "a");
    expect(task.news.map(({ type }) => type)).toEqual(["started", "exited"]);
    expect(task.news[1]).toMatchObject({ process: "a", run: 0, exit: { exitCode: 3 } });
    const { keeper, command } = task.identities("a");
    expect(task.news[0]).toMatchObject({ pid: command.pid });
    await expect.poll(() => isAlive(keeper)).toBe(false);
    expect(task.problems).toEqual([]);
  });

  it.each([
    ["exit 0", { exitCode: 0 }],
    ["exit 137", { exitCode: 137 }],
    ["kill -9 $$", { signal: "SIGKILL" }],
    ["kill -ABRT $$", { signal: "SIGABRT" }],
    ["bash -c 'kill -9 $$'; exit $?", { exitCode: 137 }],
  ])("of %j ends with %j", async (script, exit) => {
    const task = await keep();
    task.start("a", script);
    expect((await task.until("exited", "a")).exit).toEqual(exit);
  });

  it("has exactly the environment that was given, whatever the executor's own is", async () => {
    const task = await keep();
    const environment = { HOME: task.sandbox, NAME: "a=b\n\u00fc ", "with.dot": "", PATH: "/bin" };
    task.start("a", "", { command: ["/usr/bin/env", "-0"], environment });
    await task.until("exited", "a");
    const variables = readFileSync(join(task.sandbox, "a.out"), "utf8").split("\0").filter(Boolean);
    expect(variables.sort()).toEqual(
      Object.entries(environment)
        .map(([name, value]) => `${name}=${value}`)
        .sort(),
    );
  });

  it("gets every byte of its command line", async () => {
    const task = await keep();
    const args = ["", " ", "\n", "%41", "'\"$(", "\u00fc\u{1f980}"];
    task.start("a", "", { command: ["/usr/bin/printf", "%s\\0", ...args] });
    await task.until("exited", "a");
    expect(readFileSync(join(task.sandbox, "a.out"), "utf8").split("\0").slice(0, -1)).toEqual(args);
  });

  it("has three files open and no more, and reads nothing", async () => {
    const task = await keep();
    task.start("a", "cat; ls /proc/$$/fd > fds; pwd");
    await task.until("exited", "a");
    expect((await written(task, "fds")).trim().split("\n")).toEqual(["0", "1", "2"]);
    expect(await written(task, "a.out")).toBe(`${task.sandbox}\n`);
  });

  it("ignores and blocks no signal, and leads a session and group of its own", async () => {
    const task = await keep();
    task.start("a", "", {
      command: ["/bin/grep", "-E", "^(SigBlk|SigIgn|NSpid|NSpgid|NSsid)", "/proc/self/status"],
    });
    const { pid } = await task.until("started", "a");
    await task.until("exited", "a");
    const status = Object.fromEntries(
      (await written(task, "a.out"))
        .trim()
        .split("\n")
        .map((line) => line.split(":\t")),
    );
    expect(status).toMatchObject({ NSpid: `${pid}`, NSpgid: `${pid}`, NSsid: `${pid}` });
    expect(Number(status.SigBlk) + Number(status.SigIgn)).toBe(0);
  });

  it("writes its bytes itself, after what is in the file already", async () => {
    const task = await keep();
    writeFileSync(join(task.sandbox, "a.out"), "before");
    task.start("a", "printf '\\xff\\xfe\\n\\x80'; readlink /proc/self/fd/2 >&2");
    await task.until("exited", "a");
    expect(readFileSync(join(task.sandbox, "a.out"), "latin1")).toBe("before\xff\xfe\n\x80");
    expect(await written(task, "a.err")).toBe(`${task.sandbox}/a.err\n`);
  });

  it("has a name that ps shows", async () => {
    const task = await keep();
    task.start("a", "exec sleep 1000");
    await task.until("started", "a");
    const { keeper } = task.identities("a");
    expect(readFileSync(`/proc/${keeper.pid}/cmdline`, "latin1")).toMatch(/^borealis-keeper task-1 a 0/);
  });

  it("is not started twice", async () => {
    const task = await keep();
    task.start("a", "echo a");
    expect(task.keeper.launched("a", 0)).toBe(true);
    expect(task.keeper.launched("a", 1)).toBe(false);
    task.start("a", "echo b");
    await task.until("exited", "a");
    expect(await written(task, "a.out")).toBe("a\n");
    expect(task.problems).toHaveLength(1);
  });
});

it("files that its executor was started with are not open in it", async () => {
  const task = newTask();
  const request = requestFor(task, "a", "ls /proc/$$/fd; true");
  const other = await otherExecutor(
    task,
    [request],
    ["ignore", "inherit", "inherit", "ipc", "pipe", "pipe", "pipe"],
  );
  await other.until("exited", "a");
  expect(await written(task, "a.out")).toBe("0\n1\n2\n");
});

describe("a run that can not be", () => {
  it.each([
    ["a command", { command: ["/bin/nonesuch"] }, "can not execute /bin/nonesuch: No such file or directory"],
    ["a directory", { directory: "/nonesuch" }, "can not change to /nonesuch: No such file or directory"],
    [
      "a cgroup",
      { cgroups: ["/nonesuch/cgroup.procs"] },
      "can not join the cgroup of /nonesuch/cgroup.procs: No such",
    ],
    [
      "a log directory",
      { stdout: { file: "/nonesuch/out", console: false } },
      "can not open /nonesuch: No such file",
    ],
    ["room for its arguments", { command: ["/bin/true", "x".repeat(200_000)] }, "Argument list too long"],
    ["its bytes", { command: ["/bin/true", "\0"] }, "a NUL can not be passed"],
  ])("for want of %s has failed to start", async (_, request, reason) => {
    const task = await keep();
    task.start("a", "", request);
    expect((await task.until("startFailed", "a")).reason).toContain(reason);
    expect(task.news).toHaveLength(1);
    task.start("b", "exit 0");
    await task.until("exited", "b");
  });

  it.each(["logs", "logs/a", "logs/a/0"])("makes and writes nothing by way of a link: %s", async (link) => {
    const [task, elsewhere] = [await keep(), temporaryDirectory()];
    mkdirSync(join(task.sandbox, link, ".."), { recursive: true });
    symlinkSync(elsewhere, join(task.sandbox, link));
    const file = join(task.sandbox, "logs/a/0/stdout");
    task.start("a", "echo out", { stdout: { file, console: false } });
    expect((await task.until("startFailed", "a")).reason).toContain(
      `${join(task.sandbox, link)} is not a directory of its own`,
    );
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  it("makes the directories of its output, which may be there already", async () => {
    const task = await keep();
    const file = join(task.sandbox, "logs/a/0/stdout");
    for (const run of [0, 1]) {
      task.start("a", `echo ${run}`, { run, stdout: { file, console: false } });
      await task.until("exited", "a", run);
    }
    expect(readFileSync(file, "utf8")).toBe("0\n1\n");
  });

  it("writes through no link, and waits for no reader of a pipe", async () => {
    const task = await keep();
    const target = join(task.directory, "target");
    writeFileSync(target, "");
    symlinkSync(target, join(task.sandbox, "a.out"));
    execFileSync("mkfifo", [join(task.sandbox, "b.err")]);
    task.start("a", "echo written");
    task.start("b", "echo written");
    expect((await task.until("startFailed", "a")).reason).toContain("symbolic link");
    expect((await task.until("startFailed", "b")).reason).toContain("b.err");
    expect(readFileSync(target, "latin1")).toBe("");
    expect(lstatSync(join(task.sandbox, "a.out")).isSymbolicLink()).toBe(true);
  });

  it("joins the cgroups before it is executed", async () => {
    const task = await keep();
    const procs = join(task.directory, "cgroup.procs");
    writeFileSync(procs, "");
    task.start("a", `cat ${procs}`, { cgroups: [procs] });
    await task.until("exited", "a");
    expect(readFileSync(join(task.sandbox, "a.out"), "latin1")).toBe("0");
  });
});
