import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { search } from "@borealis/processes";
import { describe, expect, it, onTestFinished } from "vitest";
import { bootId } from "../../src/boot.ts";
import { everyProcess, isAlive, statOf } from "../../src/keeper/proc.ts";
import { otherExecutor } from "./executors.ts";
import {
  hurriedClock,
  keep,
  linesOf,
  newLauncher,
  newTask,
  requestFor,
  sweeplessClock,
  temporaryDirectory,
  written,
} from "./task-world.ts";

describe("a task whose executor was killed", () => {
  it("is taken over: what runs goes on, and how the others ended is known", async () => {
    const task = newTask();
    const other = await otherExecutor(task, [
      requestFor(task, "goes-on", "until [ -e go ]; do sleep 0.01; done; exit 5"),
      requestFor(task, "ends", "until [ -e end ]; do sleep 0.01; done; exit 6"),
      requestFor(task, "ended", "exit 7"),
    ]);
    await other.until("exited", "ended");
    await other.until("started", "ends");
    await other.until("started", "goes-on");
    await other.killed();
    writeFileSync(join(task.sandbox, "end"), "");
    await expect.poll(() => linesOf(task.directory).filter(({ type }) => type === "gone")).toHaveLength(2);

    const mine = await keep(task);
    const earlier = mine.news.filter(({ type }) => type === "exited");
    expect(earlier).toMatchObject([
      { process: "ended", exit: { exitCode: 7 } },
      { process: "ends", exit: { exitCode: 6 } },
    ]);
    for (const process of ["goes-on", "ends", "ended"]) expect(mine.keeper.launched(process, 0)).toBe(true);
    writeFileSync(join(task.sandbox, "go"), "");
    expect((await mine.until("exited", "goes-on")).exit).toEqual({ exitCode: 5 });
    expect(mine.news).toHaveLength(6);
  });

  it("is signalled by whoever has it now", async () => {
    const task = newTask();
    const other = await otherExecutor(task, [requestFor(task, "a", "exec sleep 1000")]);
    await other.until("started", "a");
    await other.killed();
    const mine = await keep(task);
    mine.keeper.signal("a", 0, "SIGTERM");
    expect((await mine.until("exited", "a")).exit).toEqual({ signal: "SIGTERM" });
  });

  it("is not lost between two words: a run that was asked for has been launched, or never will be", async () => {
    for (let round = 0; round < 3; round++) {
      const task = newTask();
      const other = await otherExecutor(
        task,
        Array.from({ length: 20 }, (_, at) =>
          requestFor(task, `p${at}`, `echo $$ >> ran-${at}; exec sleep 1000`),
        ),
      );
      await other.killed();
      const mine = await keep(task);
      for (let at = 0; at < 20; at++) {
        const process = `p${at}`;
        if (mine.keeper.launched(process, 0)) await mine.until("started", process);
        else mine.start(process, `echo $$ >> ran-${at}; exec sleep 1000`);
      }
      for (let at = 0; at < 20; at++) {
        const { pid } = await mine.until("started", `p${at}`);
        expect(await written(task, `ran-${at}`)).toBe(`${pid}\n`);
        mine.keeper.signal(`p${at}`, 0, "SIGKILL");
      }
      for (let at = 0; at < 20; at++) await mine.until("exited", `p${at}`);
      expect(linesOf(task.directory).filter(({ type }) => type === "kept")).toHaveLength(20);
      mine.keeper.close();
    }
  });
});

describe("a task that somebody has", () => {
  it("is busy, for as long as that somebody lives", async () => {
    const task = newTask();
    const other = await otherExecutor(task, []);
    await expect(keep(task, newLauncher(), hurriedClock)).rejects.toMatchObject({
      code: "TASK_BUSY",
      message: expect.stringContaining(task.directory),
    });
    const waiting = keep(task);
    await other.killed();
    await waiting;
  });

  it("can be had when that somebody closes it", async () => {
    const task = newTask();
    const first = await keep(task);
    first.keeper.close();
    await keep(task, newLauncher());
  });

  it("is not kept by what runs in it", async () => {
    const task = newTask();
    const first = await keep(task);
    first.start("a", "exec sleep 1000");
    await first.until("started", "a");
    first.keeper.close();
    const second = await keep(task, newLauncher());
    expect(second.news).toEqual(first.news);
    expect(second.keeper.launched("a", 0)).toBe(true);
  });
});

describe("a keeper that is killed", () => {
  it("has lost its run, and what is left of that run is ended; the task's other runs are not", async () => {
    const task = await keep(newTask(), newLauncher(), sweeplessClock);
    task.start(
      "other",
      "setsid sleep 1000 & echo $! >> spared; (setsid sleep 1000 & echo $! >> spared); echo $$ >> spared; wait",
    );
    await expect.poll(() => written(task, "spared")).toMatch(/(\d+\n){3}/);
    const spared = (await written(task, "spared")).trim().split("\n").map(Number);
    const child = "bash -c 'echo $$ >> pids; exec sleep 1000'";
    task.start(
      "a",
      `${child} & setsid ${child} & (setsid ${child} &) ; env -i setsid /bin/${child} & (env -i /bin/${child} &) ; echo $$ >> pids; wait`,
    );
    await expect.poll(() => written(task, "pids")).toMatch(/(\d+\n){6}/);
    const pids = (await written(task, "pids")).trim().split("\n").map(Number);

    process.kill(task.identities("a").keeper.pid, "SIGKILL");
    expect((await task.until("lost", "a")).reason).toBe("its keeper was killed");
    expect(pids.flatMap((pid) => statOf(pid)?.state ?? []).filter((state) => state !== "Z")).toEqual([]);
    expect(spared.map((pid) => statOf(pid)?.pid)).toEqual(spared);
    expect(task.news.filter(({ process }) => process === "other").map(({ type }) => type)).toEqual([
      "started",
    ]);
  });

  it("takes notice of a signal even if somebody has stopped it", async () => {
    const task = await keep();
    task.start("a", "exec sleep 1000");
    await task.until("started", "a");
    process.kill(task.identities("a").keeper.pid, "SIGSTOP");
    task.keeper.signal("a", 0, "SIGTERM");
    expect((await task.until("exited", "a")).exit).toEqual({ signal: "SIGTERM" });
  });

  it("before it could write down what it keeps has started nothing", async () => {
    const directory = temporaryDirectory();
    const runs = join(directory, "runs");
    execFileSync("mkfifo", [runs]);
    const full = openSync(runs, constants.O_RDWR | constants.O_NONBLOCK);
    onTestFinished(() => closeSync(full));
    expect(() => {
      for (;;) writeSync(full, Buffer.alloc(4096));
    }).toThrow("EAGAIN");
    const launcher = newLauncher();
    await launcher.lock(directory);
    launcher.launch(directory, requestFor({ directory, sandbox: directory }, "a", "echo > ran"));
    const children = (pid: number) => everyProcess().filter(({ parent }) => parent === pid);
    const family = () =>
      children(launcher.pid ?? 0).flatMap((keeper) => children(keeper.pid).map((child) => [keeper, child]));
    await expect.poll(family).toHaveLength(1);
    const [keeper, child] = family()[0] ?? [];
    if (keeper === undefined || child === undefined) throw new Error("no family");
    process.kill(keeper.pid, "SIGKILL");
    await expect.poll(() => isAlive(child)).toBe(false);
    expect(existsSync(join(directory, "ran"))).toBe(false);
  });

  it("while nobody was there is noticed by the next executor, before anything else is told", async () => {
    const task = newTask();
    const other = await otherExecutor(task, [requestFor(task, "a", "echo $$; exec sleep 1000")]);
    await other.until("started", "a");
    await written(task, "a.out");
    await other.killed();
    const kept = linesOf(task.directory).find((line) => line.type === "kept");
    if (kept?.type !== "kept") throw new Error("not kept");
    process.kill(kept.keeper.pid, "SIGKILL");
    await expect.poll(() => isAlive(kept.keeper)).toBe(false);
    const mine = await keep(task);
    expect(mine.news.map(({ type }) => type)).toEqual(["started", "lost"]);
    expect(isAlive(kept.command)).toBe(false);
    mine.keeper.close();
    const again = await keep(task);
    expect(again.news).toEqual(mine.news);
  });
});

it("keepers that are killed at whatever moment leave nothing behind, and no run without an end", async () => {
  const launcher = newLauncher();
  const task = await keep(newTask(), launcher);
  const children = () =>
    readFileSync(`/proc/${launcher.pid}/task/${launcher.pid}/children`, "latin1").trim().split(" ");
  const processes = Array.from({ length: 60 }, (_, at) => `p${at}`);
  for (const process of processes) task.start(process, "setsid sleep 1000 & sleep 1000 & wait");
  const over = () => task.news.filter(({ type }) => type !== "started");
  while (over().length < processes.length) {
    for (const child of children()) {
      try {
        if (child !== "") process.kill(Number(child), "SIGKILL");
      } catch {
        // Gone since the list was read.
      }
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(new Set(over().map(({ type }) => type))).toEqual(new Set(["lost"]));
  expect((await search(`HOME=${task.sandbox}`)).found).toEqual([]);
});

describe("a launcher that is killed", () => {
  it("takes nothing with it: runs go on, their ends are told, and new ones are started by another", async () => {
    const problems: string[] = [];
    const launcher = newLauncher({ onProblem: (problem) => problems.push(problem) });
    const task = await keep(newTask(), launcher);
    task.start("a", "until [ -e go ]; do sleep 0.01; done; exit 8");
    await task.until("started", "a");
    const first = launcher.pid ?? 0;
    process.kill(first, "SIGKILL");
    await expect.poll(() => task.problems).toHaveLength(1);
    task.start("b", "touch go");
    expect((await task.until("exited", "b")).exit).toEqual({ exitCode: 0 });
    expect((await task.until("exited", "a")).exit).toEqual({ exitCode: 8 });
    expect(launcher.pid).not.toBe(first);
    await expect(keep(task, newLauncher(), hurriedClock)).rejects.toMatchObject({ code: "TASK_BUSY" });
  });

  it("has lost the task, too, when another executor was waiting for it: nothing is started any more", async () => {
    const launcher = newLauncher();
    const task = await keep(newTask(), launcher, hurriedClock);
    const other = spawn("flock", [task.directory, "sleep", "1000"], { detached: true, stdio: "ignore" });
    onTestFinished(() => void process.kill(-(other.pid ?? 0), "SIGKILL"));
    await expect.poll(() => waitsForLock(other.pid ?? 0)).toBe(true);
    process.kill(launcher.pid ?? 0, "SIGKILL");
    await expect.poll(() => task.problems).toHaveLength(1);
    task.start("a", "touch started");
    await expect.poll(() => task.taken()).toBe(1);
    expect(existsSync(join(task.directory, "runs"))).toBe(false);
  });

  it("has lost the runs it was asked for last, unless their keepers were there already", async () => {
    const launcher = newLauncher();
    const task = await keep(newTask(), launcher);
    const first = launcher.pid ?? 0;
    // It reads nothing any more.
    process.kill(first, "SIGSTOP");
    task.start("a", "exit 0");
    process.kill(first, "SIGKILL");
    expect((await task.until("lost", "a")).reason).toBe("its keeper never came to be");
    task.start("a", "exit 1", { run: 1 });
    expect((await task.until("exited", "a", 1)).exit).toEqual({ exitCode: 1 });
  });

  it("does not outlive its executor", async () => {
    const other = await otherExecutor(newTask(), []);
    const launcher = statOf(other.launcher);
    if (launcher === undefined) throw new Error("no launcher");
    await other.killed();
    await expect.poll(() => isAlive(launcher)).toBe(false);
  });

  it("that can not be started is an error with the reason", async () => {
    const missing = newLauncher({ perl: "/nonesuch/perl", onProblem: () => {} });
    await expect(keep(newTask(), missing)).rejects.toMatchObject({
      code: "LAUNCHER",
      message: expect.stringContaining("not installed"),
    });
    const problems: string[] = [];
    const broken = newLauncher({ perl: "/bin/false", onProblem: (problem) => problems.push(problem) });
    await expect(keep(newTask(), broken)).rejects.toMatchObject({ code: "LAUNCHER" });
  });
});

describe("a number that is another's now", () => {
  async function bystander(): Promise<{ child: ChildProcess; pid: number }> {
    const child = spawn("/bin/sh", ["-c", "echo ready; read line"], { detached: true });
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child.stdout, "data");
    return { child, pid: child.pid ?? 0 };
  }

  function unfinished(process: string, pid: number, startTime: string, boot: string): string {
    const lines = [
      `kept ${process} 0 1 ${pid} ${startTime} ${pid} ${startTime} ${boot}`,
      `started ${process} 0 1 ${pid}`,
    ];
    return lines
      .map((line) => `\n${[...Buffer.from(line)].reduce((sum, byte) => sum + byte, 0)} ${line}\n`)
      .join("");
  }

  it("is neither signalled nor taken for a keeper", async () => {
    const task = newTask();
    const { child, pid } = await bystander();
    const startTime = statOf(pid)?.startTime ?? "";
    appendFileSync(
      join(task.directory, "runs"),
      unfinished("older", pid, `${Number(startTime) - 1}`, bootId()),
    );
    appendFileSync(join(task.directory, "runs"), unfinished("rebooted", pid, startTime, "another-boot"));
    const mine = await keep(task);
    expect(mine.news.filter(({ type }) => type === "lost")).toMatchObject([
      { process: "older", reason: "its keeper was killed" },
      { process: "rebooted", reason: "the host was restarted" },
    ]);
    for (const process of ["older", "rebooted"]) mine.keeper.signal(process, 0, "SIGKILL");
    expect(child.exitCode ?? child.signalCode).toBeNull();
    expect(statOf(pid)?.state).not.toBe("Z");
  });
});

describe("a file `kill` in the task's directory", () => {
  it("is a request, once", async () => {
    const task = await keep();
    expect(task.killRequests()).toBe(0);
    writeFileSync(join(task.directory, "kill"), "");
    await expect.poll(task.killRequests).toBe(1);
    writeFileSync(join(task.directory, "kill"), "again");
    task.start("a", "exit 0");
    await task.until("exited", "a");
    expect(task.killRequests()).toBe(1);
  });

  it("is one as well when it was there before us", async () => {
    const task = newTask();
    writeFileSync(join(task.directory, "kill"), "");
    expect((await keep(task)).killRequests()).toBe(1);
  });
});

/** In the kernel's list of those who wait for a lock: "1: -> FLOCK ADVISORY WRITE <pid> …". */
function waitsForLock(pid: number): boolean {
  return readFileSync("/proc/locks", "latin1")
    .split("\n")
    .some((line) => line.includes("->") && line.split(/\s+/).includes(String(pid)));
}
