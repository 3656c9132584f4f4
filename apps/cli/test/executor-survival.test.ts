import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { instanceRecordSchema } from "@borealis/schema";
import { expect, onTestFinished, test } from "vitest";
import { borealis, finished } from "./borealis.ts";
import { freePort, RESOURCES, readNode, serviceJob, untilMembers, useWorld, writeJob } from "./world.ts";

const world = useWorld();
const setOf = (name: string) => `/aurora/www-data/prod/${name}`;

async function recordOf(name: string) {
  const { data } = instanceRecordSchema.safeParse(
    await readNode(world, `/borealis/jobs/www-data/prod/${name}/instances/0`),
  );
  return data;
}

const taskOf = (cmdline: string) => ({ processes: [{ name: "only", cmdline }], resources: RESOURCES });

test("an executor that was killed is followed by one that has its task, its process and its member", async () => {
  const port = await freePort();
  const file = await writeJob(world, "killed", serviceJob("killed"));
  const args = ["executor", "run", file, "-P", `http:${port}`, "--as-current-user", "--hostname", "host-a"];
  const first = borealis(args, world.env);
  await untilMembers(world, setOf("killed"), 1);
  const before = await recordOf("killed");
  const pid = before?.processes[0]?.pid ?? 0;
  first.child.kill("SIGKILL");
  await first.exit;
  process.kill(pid, 0);

  const second = borealis(args, world.env);
  await expect.poll(() => second.stderr).toContain(`goes on with task ${before?.taskId}`);
  await expect.poll(async () => (await recordOf("killed"))?.announced.state).toBe("announced");
  const after = await recordOf("killed");
  expect(after).toMatchObject({ taskId: before?.taskId, taskState: "ACTIVE", processes: [{ pid, run: 0 }] });
  expect(second.stderr).not.toContain("are others now");
  await untilMembers(world, setOf("killed"), 1);
  second.child.kill("SIGTERM");
  expect(await second.exit).toBe(0);
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});

test("one that can not read what was left starts no second copy, and says what to do", async () => {
  const job = { ...serviceJob("damaged"), announce: undefined, task: taskOf("exec sleep 600") };
  const file = await writeJob(world, "damaged", job);
  const args = ["executor", "run", file, "--as-current-user"];
  const first = borealis(args, world.env);
  await expect.poll(async () => (await recordOf("damaged"))?.processes[0]?.state).toBe("RUNNING");
  const { taskId = "", processes = [] } = (await recordOf("damaged")) ?? {};
  first.child.kill("SIGKILL");
  await first.exit;
  const checkpoint = join(world.env["BOREALIS_STATE_DIR"] ?? "", "tasks", "active", taskId, "checkpoint");
  const whole = await readFile(checkpoint, "utf8");
  for (const damage of [whole.replace('"at"', '"aT"'), undefined]) {
    if (damage === undefined) await rm(checkpoint);
    else await writeFile(checkpoint, damage);
    const second = await finished(args, world.env);
    expect(second.code).toBe(4);
    expect(second.stderr).toContain(checkpoint);
    expect(second.stderr).not.toContain("RUNNING");
  }
  await writeFile(checkpoint, whole);
  expect((await finished(["executor", "kill", taskId], world.env)).stdout).toContain("done.");
  expect(alive(processes[0]?.pid ?? 0)).toBe(false);
});

test("one that waits for another of the same host starts its own task when that one has stopped", async () => {
  const job = { ...serviceJob("handover"), announce: undefined, task: taskOf("exec sleep 600") };
  const file = await writeJob(world, "handover", job);
  const args = ["executor", "run", file, "--as-current-user"];
  const first = borealis(args, world.env);
  await expect.poll(async () => (await recordOf("handover"))?.processes[0]?.state).toBe("RUNNING");
  const before = await recordOf("handover");
  const second = borealis(args, world.env);
  await expect.poll(() => second.stderr).toContain("waiting up to");
  first.child.kill("SIGTERM");
  expect(await first.exit).toBe(0);
  await expect.poll(async () => (await recordOf("handover"))?.processes[0]?.state).toBe("RUNNING");
  expect((await recordOf("handover"))?.taskId).not.toBe(before?.taskId);
});

test("what ended while there was no executor is known to the next one, and the exit code is its result", async () => {
  const job = {
    ...serviceJob("meanwhile"),
    announce: undefined,
    task: taskOf("until [ -e go ]; do sleep 0.05; done; exit 9"),
  };
  const file = await writeJob(world, "meanwhile", job);
  const args = ["executor", "run", file, "--as-current-user"];
  const first = borealis(args, world.env);
  await expect.poll(async () => (await recordOf("meanwhile"))?.processes[0]?.state).toBe("RUNNING");
  const pid = (await recordOf("meanwhile"))?.processes[0]?.pid ?? 0;
  first.child.kill("SIGKILL");
  await first.exit;
  const sandbox = /sandbox (\S+?)"/.exec(first.stderr)?.[1];
  await finished(["executor", "simplerun", "--", "touch", `${sandbox}/go`], world.env);
  await expect.poll(() => alive(pid)).toBe(false);
  const second = await finished(args, world.env);
  expect(second.code).toBe(4);
  expect(second.stderr).toContain("exited with 9");
});

test("a service whose task ends is started again, later each time, and is THROTTLED meanwhile", async () => {
  const job = { ...serviceJob("flapping"), service: true, announce: undefined, task: taskOf("exit 3") };
  const file = await writeJob(world, "flapping", job);
  const args = ["executor", "run", file, "--as-current-user", "--restart-delay", "0.1"];
  const running = borealis(args, world.env);
  await expect.poll(async () => (await recordOf("flapping"))?.restarts?.count).toBeGreaterThan(2);
  const record = await recordOf("flapping");
  expect(record?.restarts?.last).toMatchObject({
    taskState: "FAILED",
    reason: expect.stringContaining("exited with 3"),
  });
  const sandboxes = running.stderr.match(/sandbox [^"]+/g) ?? [];
  expect(new Set(sandboxes).size).toBe(sandboxes.length);
  expect(running.stderr).toContain("THROTTLED: the next task starts in");
  running.child.kill("SIGTERM");
  // Stopped between two tasks, or when one had just failed.
  expect([0, 4]).toContain(await running.exit);
});

test("a task of another job is started again until max_task_failures, and that is the result", async () => {
  const job = { ...serviceJob("twice"), announce: undefined, max_task_failures: 2, task: taskOf("exit 3") };
  const file = await writeJob(world, "twice", job);
  const args = ["executor", "run", file, "--as-current-user", "--restart-delay", "0.1"];
  const { code, stderr } = await finished(args, world.env);
  expect(code).toBe(4);
  expect(stderr.match(/FAILED: process/g)).toHaveLength(2);
});

test("a service that is waiting for its next task is stopped at once", async () => {
  const job = { ...serviceJob("waiting"), service: true, announce: undefined, task: taskOf("true") };
  const file = await writeJob(world, "waiting", job);
  const running = borealis(
    ["executor", "run", file, "--as-current-user", "--restart-delay", "3600"],
    world.env,
  );
  await expect
    .poll(async () => (await recordOf("waiting"))?.restarts?.throttledUntil)
    .toBeGreaterThan(Date.now() + 1_000_000);
  running.child.kill("SIGTERM");
  expect(await running.exit).toBe(0);
});

test("a service that is waiting for its next task is seen, and can be ended by hand", async () => {
  const job = { ...serviceJob("seen"), service: true, announce: undefined, task: taskOf("true") };
  const file = await writeJob(world, "seen", job);
  const running = borealis(
    ["executor", "run", file, "--as-current-user", "--restart-delay", "3600"],
    world.env,
  );
  await expect.poll(() => running.stderr).toContain("THROTTLED");
  const status = () => finished(["executor", "status", "www-data/prod/seen"], world.env);
  await expect.poll(async () => (await status()).stdout).toMatch(/www-data\/prod\/seen\/0 +0 +\d{4}-/);
  const killed = await finished(["executor", "kill", "www-data/prod/seen"], world.env);
  expect(killed).toMatchObject({ code: 0, stdout: expect.stringContaining("THROTTLED...done.") });
  expect(await running.exit).toBe(0);
  expect((await status()).stdout).not.toContain("Throttled");
});

test("a kill by hand takes an announced service out of its set before its processes are told", async () => {
  const file = await writeJob(world, "left", serviceJob("left"));
  const running = borealis(
    ["executor", "run", file, "-P", `http:${await freePort()}`, "--as-current-user"],
    world.env,
  );
  await untilMembers(world, setOf("left"), 1);
  expect((await finished(["executor", "kill", "www-data/prod/left"], world.env)).code).toBe(0);
  expect(await running.exit).toBe(0);
  const steps = running.stderr.match(/asked to end by executor kill|"withdrawn"|CLEANING/g);
  expect(steps).toEqual(["asked to end by executor kill", '"withdrawn"', "CLEANING"]);
});

test.skipIf(process.getuid?.() !== 0)(
  "a task of another user has its sandbox where nobody had been before, and is gone on with as that user",
  async () => {
    // Of all that leads there only this was somebody's before.
    const home = await mkdtemp(join(tmpdir(), "borealis-fresh-"));
    await chmod(home, 0o755);
    onTestFinished(() => rm(home, { recursive: true, force: true }));
    const state = join(home, "lib", "borealis");
    const args = ["executor", "simplerun", "--state-dir", state, "--task-id", "theirs"];
    const script = 'cd; id -un >> "$HOME/who"; [ -e go ] || { sleep 600; }';
    const first = borealis([...args, "--user", "nobody", "--", script], world.env);
    const who = join(state, "sandboxes", "theirs", "who");
    await expect.poll(() => readFile(who, "utf8").catch(() => "")).toBe("nobody\n");
    first.child.kill("SIGKILL");
    await first.exit;
    await writeFile(join(state, "sandboxes", "theirs", "go"), "");
    const pid = Number(/RUNNING \(pid (\d+)\)/.exec(first.stderr)?.[1]);
    // Not by us: a signal is no failure, and the process runs again.
    process.kill(pid, "SIGKILL");
    const second = borealis([...args, "--", "echo another"], world.env);
    await expect.poll(() => readFile(who, "utf8"), { timeout: 25_000 }).toBe("nobody\nnobody\n");
    expect(second.stderr).toContain("goes on with task theirs");
    expect(await second.exit).toBe(0);
  },
);

test("a kill of the task by hand ends a service for good", async () => {
  const job = { ...serviceJob("byhand"), service: true, announce: undefined, task: taskOf("sleep 600") };
  const file = await writeJob(world, "byhand", job);
  const running = borealis(["executor", "run", file, "--as-current-user"], world.env);
  await expect.poll(async () => (await recordOf("byhand"))?.processes[0]?.state).toBe("RUNNING");
  const killed = await finished(["executor", "kill", "www-data/prod/byhand"], world.env);
  expect(killed).toMatchObject({ code: 0, stdout: expect.stringContaining("done.") });
  expect(await running.exit).toBe(0);
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
