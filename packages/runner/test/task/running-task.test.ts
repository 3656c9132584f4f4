import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@borealis/clock";
import { type ProcessReport, type ResourceReport, taskSchema } from "@borealis/schema";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import {
  openRunner,
  type Runner,
  type RunningTask,
  startTask,
  type TaskSnapshot,
  type TaskSpec,
} from "../../src/index.ts";
import { openLauncher } from "../../src/keeper/launcher.ts";

let stateDirectory: string;
let sandbox: string;
let runner: Runner;
const tasks: RunningTask[] = [];
const problems: string[] = [];

beforeEach(async () => {
  stateDirectory = mkdtempSync(join(tmpdir(), "borealis-task-"));
  // A sandbox is its user's only, but the way to it is everybody's.
  chmodSync(stateDirectory, 0o755);
  sandbox = join(stateDirectory, "sandboxes", "task");
  runner = await openRunner({
    stateDirectory,
    clock: systemClock,
    sampleMs: 100,
    onProblem: (text) => problems.push(text),
  });
});

afterEach(async () => {
  for (const task of tasks.splice(0)) {
    task.hurry();
    await task.ended;
  }
  await runner.close();
  rmSync(stateDirectory, { recursive: true, force: true });
  expect(problems.splice(0)).toEqual([]);
});

const soon = { timeout: 10_000, interval: 10 };
const inSandbox = (...path: string[]) => join(sandbox, ...path);
const contentOf = (...path: string[]) => readFileSync(inSandbox(...path), "utf8");
const logOf = (process: string, run = 0, stream = "stdout") =>
  contentOf(".logs", process, String(run), stream);
const appears = (path: string) => expect.poll(() => existsSync(inSandbox(path)), soon).toBe(true);

/** A zombie has ended: it only waits to be reaped. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

async function start(
  processes: readonly object[],
  task: object = {},
  options: Partial<TaskSpec> & {
    readonly onChange?: (snapshot: TaskSnapshot) => void;
    readonly runner?: Runner;
  } = {},
) {
  const { onChange, runner: own = runner, ...spec } = options;
  const reports: ResourceReport[] = [];
  const snapshots: TaskSnapshot[] = [];
  const parsed = taskSchema.parse({
    name: "task",
    processes: processes.map((process) => ({ min_duration: 0, ...process })),
    resources: { cpu: 1, ram: 2 ** 26, disk: 2 ** 30 },
    ...task,
  });
  const running = await startTask(
    { taskId: "task", task: parsed, ports: {}, user: "www-data", ...spec },
    own.context,
    {
      onResources: (report) => reports.push(report),
      onChange: (snapshot) => {
        snapshots.push(snapshot);
        onChange?.(snapshot);
      },
      onProblem: (problem) => problems.push(problem),
    },
  );
  tasks.push(running);
  const report = (name: string): ProcessReport | undefined =>
    running.snapshot.processes.find((process) => process.name === name);
  const ended = running.ended.then(({ taskState, reason }) => ({ taskState, reason }));
  return { running, snapshots, report, reports, ended };
}

describe("a process", () => {
  it("that exits with 0 makes its task SUCCESS, through every stage", async () => {
    const { ended, snapshots, report } = await start([{ name: "web", cmdline: "exit 0" }]);
    expect(await ended).toEqual({ taskState: "SUCCESS", reason: "every process has finished" });
    expect([...new Set(snapshots.map(({ taskState }) => taskState))]).toEqual([
      "ACTIVE",
      "CLEANING",
      "FINALIZING",
      "SUCCESS",
    ]);
    expect(report("web")).toEqual({
      name: "web",
      state: "SUCCESS",
      run: 0,
      pid: expect.any(Number),
      exitCode: 0,
      startedAt: expect.any(Number),
      endedAt: expect.any(Number),
    });
  });

  it("that exits with 3 makes it FAILED, and the report has the exit code", async () => {
    const { ended, report, running } = await start([{ name: "web", cmdline: "exit 3" }]);
    const reason = 'process "web" exited with 3 and had 1 of 1 failures';
    expect(await ended).toEqual({ taskState: "FAILED", reason });
    expect(running.snapshot).toMatchObject({ taskState: "FAILED", reason });
    expect(report("web")).toMatchObject({ state: "FAILED", exitCode: 3 });
  });

  it("ended by a signal is no failure and runs again", async () => {
    const cmdline = "if [ -e once ]; then exit 0; fi; touch once; kill -9 $$";
    const { ended, snapshots } = await start([{ name: "a", cmdline }]);
    expect(await ended).toMatchObject({ taskState: "SUCCESS" });
    expect(snapshots.at(-1)?.processes[0]).toMatchObject({ run: 1, exitCode: 0 });
  });

  it("that fails max_failures times leaves a log directory for each run", async () => {
    const { ended } = await start([
      { name: "a", cmdline: "echo $RANDOM; echo oops >&2; exit 1", max_failures: 3 },
    ]);
    expect(await ended).toMatchObject({ taskState: "FAILED" });
    expect(readdirSync(inSandbox(".logs", "a"))).toEqual(["0", "1", "2"]);
    expect(logOf("a", 2, "stderr")).toBe("oops\n");
  });

  it("runs again min_duration after its last end", async () => {
    const cmdline = 'date +%s%N >> times; [ "$(wc -l < times)" = 2 ]';
    const { ended } = await start([{ name: "a", cmdline, max_failures: 2, min_duration: 1 }]);
    expect(await ended).toMatchObject({ taskState: "SUCCESS" });
    const [first = 0, second = 0] = contentOf("times")
      .trim()
      .split("\n")
      .map((nanos) => Number(nanos) / 1e6);
    expect(second - first).toBeGreaterThanOrEqual(1000);
  });

  it("goes on after a failing line, and its last line counts", async () => {
    const { ended } = await start([{ name: "a", cmdline: "false\necho second; exit $?" }]);
    expect(await ended).toMatchObject({ taskState: "SUCCESS" });
    expect(logOf("a")).toBe("second\n");
  });

  it("takes its background children with it when it ends", async () => {
    const { ended } = await start([{ name: "a", cmdline: "sleep 98 & echo $!" }]);
    await ended;
    expect(runs(Number(logOf("a")))).toBe(false);
  });

  it("leaves no child behind that made itself a session of its own", async () => {
    const { ended } = await start([
      {
        name: "a",
        cmdline: "setsid bash -c 'echo $$ > escaped; exec sleep 98' & until [ -s escaped ]; do :; done",
      },
    ]);
    await ended;
    expect(runs(Number(contentOf("escaped")))).toBe(false);
  });

  it("has nothing to read on stdin", async () => {
    const { ended } = await start([{ name: "a", cmdline: 'read line; echo "$? [$line]"' }]);
    await ended;
    expect(logOf("a")).toBe("1 []\n");
  });

  it("has its output stored as it is, whatever the encoding", async () => {
    const { ended } = await start([{ name: "a", cmdline: "printf '\\xff\\xfe\\x00ok'" }]);
    await ended;
    expect([...readFileSync(inSandbox(".logs", "a", "0", "stdout"))]).toEqual([0xff, 0xfe, 0, 0x6f, 0x6b]);
  });
});

describe("the environment of a process", () => {
  it("is HOME, LOGNAME, USER and PATH, and what bash adds; it works in the sandbox", async () => {
    const { ended } = await start([{ name: "a", cmdline: "env; pwd >&2" }]);
    await ended;
    const environment = Object.fromEntries(
      logOf("a")
        .trim()
        .split("\n")
        .map((line) => line.split(/=(.*)/s).slice(0, 2)),
    );
    expect(environment).toEqual({
      HOME: sandbox,
      LOGNAME: "www-data",
      USER: "www-data",
      PATH: process.env["PATH"],
      PWD: sandbox,
      SHLVL: expect.any(String),
      _: expect.any(String),
    });
    expect(logOf("a", 0, "stderr")).toBe(`${sandbox}\n`);
  });

  it("is extended by a .thermos_profile that an earlier process wrote", async () => {
    const { ended } = await start(
      [
        { name: "first", cmdline: "echo 'export FOO=bar' > .thermos_profile; echo \"[$FOO$BASH_ENV]\"" },
        { name: "second", cmdline: 'echo "[$FOO]"' },
      ],
      { constraints: [{ order: ["first", "second"] }] },
    );
    await ended;
    expect([logOf("first"), logOf("second")]).toEqual(["[]\n", "[bar]\n"]);
  });

  it.skipIf(process.getuid?.() !== 0)("with runAs is the same, with the rights of that user", async () => {
    const [uid, gid] = ["-u", "-g"].map((flag) =>
      Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" })),
    );
    const runAs = { user: "nobody", uid: uid ?? 0, gid: gid ?? 0 };
    const { ended } = await start(
      [{ name: "a", cmdline: "id -u; id -g; id -G; echo $HOME" }],
      {},
      { runAs, user: "nobody" },
    );
    await ended;
    expect(logOf("a")).toBe(`${uid}\n${gid}\n${gid}\n${sandbox}\n`);
  });
});

describe("a task", () => {
  it("runs its processes in order", async () => {
    const { ended } = await start(
      ["c", "a", "b"].map((name) => ({ name, cmdline: `echo ${name} >> order` })),
      { constraints: [{ order: ["a", "b", "c"] }] },
    );
    expect(await ended).toMatchObject({ taskState: "SUCCESS" });
    expect(contentOf("order")).toBe("a\nb\nc\n");
  });

  it("never runs two at once with max_concurrency 1", async () => {
    const cmdline = "mkdir alone && sleep 0.1 && rmdir alone";
    const { ended } = await start(
      ["a", "b", "c"].map((name) => ({ name, cmdline })),
      { max_concurrency: 1 },
    );
    expect(await ended).toMatchObject({ taskState: "SUCCESS" });
  });

  it("runs final processes after a failure, when nothing else runs any more", async () => {
    const { ended } = await start([
      { name: "fails", cmdline: "until [ -e running ]; do sleep 0.01; done; exit 1" },
      {
        name: "long",
        cmdline: "trap 'rm running; exit 0' TERM; touch running; while :; do sleep 0.01; done",
      },
      { name: "final", cmdline: "[ ! -e running ] && echo cleaned up", final: true },
    ]);
    expect(await ended).toMatchObject({ taskState: "FAILED" });
    expect(logOf("final")).toBe("cleaned up\n");
  });

  it("SIGKILLs what ignores SIGTERM when finalization_wait is over, and leaves finalizers out", async () => {
    const ignoring = "trap '' TERM; echo $$ > pid; touch ready; while :; do sleep 0.05; done";
    const { ended, report } = await start(
      [
        { name: "stubborn", cmdline: ignoring },
        { name: "fails", cmdline: "until [ -e ready ]; do sleep 0.01; done; exit 1" },
        { name: "final", cmdline: "touch finalized", final: true },
      ],
      { finalization_wait: 1 },
    );
    const startedAt = systemClock.now();
    expect(await ended).toMatchObject({ taskState: "FAILED" });
    expect(systemClock.now() - startedAt).toBeGreaterThan(990);
    expect(report("stubborn")).toMatchObject({ state: "KILLED", signal: "SIGKILL" });
    expect(runs(Number(contentOf("pid")))).toBe(false);
    expect(existsSync(inSandbox("finalized"))).toBe(false);
  });

  it("publishes no snapshot twice", async () => {
    const { ended, snapshots } = await start([
      { name: "fails", cmdline: "until [ -e ready ]; do sleep 0.01; done; exit 1" },
      { name: "long", cmdline: "trap 'sleep 0.05; exit 0' TERM; touch ready; while :; do sleep 0.01; done" },
    ]);
    await ended;
    for (const [index, snapshot] of snapshots.entries()) expect(snapshot).not.toEqual(snapshots[index - 1]);
  });
});

it("that can not be kept leaves nothing behind, and its id may be used again", async () => {
  const launcher = openLauncher({ clock: systemClock, perl: "/nowhere/perl", onProblem: () => {} });
  const context = { ...runner.context, launcher };
  await expect(
    start([{ name: "a", cmdline: "true" }], {}, { runner: { ...runner, context } }),
  ).rejects.toMatchObject({
    code: "LAUNCHER",
    message: expect.stringContaining("/nowhere/perl is not installed"),
  });
  expect(existsSync(sandbox)).toBe(false);
  expect(readdirSync(join(stateDirectory, "tasks", "active"))).toEqual([]);
  expect(await (await start([{ name: "a", cmdline: "true" }])).ended).toMatchObject({ taskState: "SUCCESS" });
});

describe("a task's resources", () => {
  const memoryLimited = (host: Runner) =>
    host.context.resources.hierarchies.some(({ controllers }) => controllers.includes("memory"));

  it("are told of: what it uses, beside what it may use", async () => {
    const { running, reports } = await start([{ name: "a", cmdline: "sleep 99" }]);
    await expect.poll(() => reports.length, soon).toBeGreaterThan(0);
    expect(reports[0]).toMatchObject({
      diskBytes: expect.any(Number),
      processes: expect.any(Number),
      limits: { cpu: 1, ramBytes: 2 ** 26, diskBytes: 2 ** 30 },
    });
    running.hurry();
  });

  it("end it when its sandbox takes more than its disk", async () => {
    const resources = { cpu: 1, ram: 2 ** 26, disk: 2 ** 20 };
    const cmdline = "head -c 3000000 /dev/zero > file; sleep 99";
    const { ended } = await start([{ name: "a", cmdline }], { resources });
    expect(await ended).toMatchObject({
      taskState: "FAILED",
      reason: expect.stringMatching(/^disk: its sandbox uses [23]\.\d MB, and 1\.0 MB is its limit$/),
    });
  });

  it("end a process that takes more memory than its ram, where they are enforced: a failure, with its reason", async ({
    skip,
  }) => {
    const enforcing = await openRunner({
      stateDirectory,
      clock: systemClock,
      enforceResources: true,
      onProblem: () => {},
    });
    onTestFinished(() => enforcing.close());
    skip(!memoryLimited(enforcing), "this host lets us make no cgroup with the controller memory");
    const cmdline = `exec '${process.execPath}' -e 'Buffer.alloc(3e8, 1)'`;
    const { ended, report } = await start([{ name: "a", cmdline }], {}, { runner: enforcing });
    expect(await ended).toMatchObject({
      taskState: "FAILED",
      reason: 'process "a" was ended by SIGKILL (out of memory: limit 64 MB) and had 1 of 1 failures',
    });
    expect(report("a")).toMatchObject({ state: "FAILED", signal: "SIGKILL" });
    expect(problems.splice(0)).toEqual(["run 0 of a ended by the kernel: out of memory: limit 64 MB"]);
  });
});

describe("kill", () => {
  it("sends SIGTERM to the whole group, runs the finalizers and ends KILLED", async () => {
    const { running, ended, report } = await start([
      { name: "a", cmdline: "sleep 99 & echo $! > child; touch ready; wait" },
      { name: "f", cmdline: "echo finalized", final: true },
    ]);
    await appears("ready");
    running.kill();
    expect(await ended).toEqual({ taskState: "KILLED", reason: "killed on request" });
    expect(report("a")).toMatchObject({ state: "KILLED", signal: "SIGTERM" });
    expect(runs(Number(contentOf("child")))).toBe(false);
    expect(logOf("f")).toBe("finalized\n");
  });

  it("reaches a process in the moment of its start", async () => {
    const { running, ended } = await start([{ name: "a", cmdline: "sleep 99" }]);
    await expect.poll(() => running.snapshot.processes[0]?.pid, { ...soon, interval: 1 }).toBeGreaterThan(0);
    running.kill();
    expect(await ended).toMatchObject({ taskState: "KILLED" });
  });

  it("before anything was started starts nothing but finalizers", async () => {
    const { running, ended } = await start([
      { name: "a", cmdline: "touch started" },
      { name: "f", cmdline: "touch finalized", final: true },
    ]);
    running.kill();
    expect(await ended).toMatchObject({ taskState: "KILLED" });
    expect([existsSync(inSandbox("started")), existsSync(inSandbox("finalized"))]).toEqual([false, true]);
  });

  it("a second time asks for nothing else: who is on its way out is let go on", async () => {
    const leaving = "touch told; until [ -e go ]; do sleep 0.01; done; exit 0";
    const { running, ended, report } = await start([
      { name: "a", cmdline: `trap '${leaving}' TERM; touch ready; while :; do sleep 0.01; done` },
      { name: "f", cmdline: "echo finalized", final: true },
    ]);
    await appears("ready");
    running.kill();
    await appears("told");
    running.kill();
    writeFileSync(inSandbox("go"), "");
    expect(await ended).toEqual({ taskState: "KILLED", reason: "killed on request" });
    expect(report("a")).toMatchObject({ exitCode: 0 });
    expect(logOf("f")).toBe("finalized\n");
  });

  it("may be called from a change, which is told to its end before the next one is", async () => {
    let telling = 0;
    const { running, ended } = await start(
      [{ name: "a", cmdline: "sleep 99" }],
      {},
      {
        onChange({ processes }) {
          expect(++telling).toBe(1);
          if (processes[0]?.state === "RUNNING") running.kill();
          telling--;
        },
      },
    );
    expect(await ended).toMatchObject({ taskState: "KILLED" });
  });
});

describe("hurry", () => {
  it.each([
    ["after a kill", true],
    ["without a kill before", false],
  ])("%s ends at once, without finalizers, what does not listen", async (_, killed) => {
    const { running, ended, report } = await start([
      { name: "a", cmdline: "trap '' TERM; touch ready; while :; do sleep 0.05; done" },
      { name: "f", cmdline: "touch finalized", final: true },
    ]);
    await appears("ready");
    const pid = running.snapshot.processes[0]?.pid;
    if (killed) running.kill();
    running.hurry();
    expect(await ended).toEqual({ taskState: "KILLED", reason: "killed on request; cut short on request" });
    expect(report("a")).toMatchObject({ state: "KILLED", signal: "SIGKILL" });
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(existsSync(inSandbox("finalized"))).toBe(false);
  });

  it("before anything was started starts nothing at all", async () => {
    const { running, ended } = await start([
      { name: "a", cmdline: "touch started" },
      { name: "f", cmdline: "touch finalized", final: true },
    ]);
    running.hurry();
    running.hurry();
    running.kill();
    expect(await ended).toMatchObject({ taskState: "KILLED" });
    expect([existsSync(inSandbox("started")), existsSync(inSandbox("finalized"))]).toEqual([false, false]);
  });
});

describe("a process that can not be started", () => {
  it("fails its task with a sentence, and nothing is written where a link leads out of the sandbox", async () => {
    const outside = mkdtempSync(join(tmpdir(), "borealis-outside-"));
    const { ended } = await start(
      [
        { name: "a", cmdline: `ln -s ${outside} .logs/b` },
        { name: "b", cmdline: "true" },
      ],
      { constraints: [{ order: ["a", "b"] }] },
    );
    expect(await ended).toMatchObject({
      taskState: "FAILED",
      reason: expect.stringMatching(
        /^process "b" could not be started \(.*is not a directory of its own: .*\) and had 1 of 1 failures$/,
      ),
    });
    expect(readdirSync(outside)).toEqual([]);
    rmSync(outside, { recursive: true });
  });
});
