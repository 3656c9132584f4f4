import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createTestClock } from "@borealis/clock/testing";
import { expect, it, onTestFinished } from "vitest";
import { GarbageCollector, type GarbagePolicy } from "../../src/state/gc.ts";
import { leaveSandbox, leaveTask, newState } from "./state-world.ts";

const SECOND = 1000;
// Sandboxes of no task are as old as their directory, which a test can not set: it looks from the far future.
const NOW = 4_000_000_000 * SECOND;
const clock = createTestClock({ wallTime: NOW });

const collect = (state: string, policy: GarbagePolicy, signal?: AbortSignal) =>
  new GarbageCollector(state, clock).collect(policy, signal);
const idsOf = (tasks: readonly { readonly taskId: string }[]) => tasks.map(({ taskId }) => taskId);
const leftIn = (state: string, ...names: readonly string[]) => readdirSync(join(state, ...names)).sort();

function threeTasks(): string {
  const state = newState();
  for (const [taskId, age] of Object.entries({ old: 300, older: 500, young: 1 })) {
    leaveTask(state, taskId, { endedAt: NOW - age * SECOND, bytes: 100_000 });
  }
  return state;
}

it("removes what has ended long ago, the oldest first, and says how much that frees", async () => {
  const state = threeTasks();
  const { removed, bytes, failed, left } = await collect(state, { maxAgeMs: 100 * SECOND });
  expect(idsOf(removed)).toEqual(["older", "old"]);
  expect(bytes).toBeGreaterThan(200_000);
  expect(bytes).toBe(removed.reduce((sum, one) => sum + one.bytes, 0));
  expect({ failed, left }).toEqual({ failed: [], left: 0 });
  expect(leftIn(state, "tasks", "finished")).toEqual(["young"]);
  expect(leftIn(state, "sandboxes")).toEqual(["young"]);
});

it("keeps as many and as much as it may", async () => {
  const state = threeTasks();
  expect(idsOf((await collect(state, { maxTasks: 2 })).removed)).toEqual(["older"]);
  expect(idsOf((await collect(state, { maxBytes: 150_000 })).removed)).toEqual(["old"]);
  expect(leftIn(state, "sandboxes")).toEqual(["young"]);
});

it("never takes anything of an active task, however old", async () => {
  const state = newState();
  leaveTask(state, "active", { finished: false, endedAt: 0, bytes: 100 });
  // A crash can not bring this about, an operator with `cp` can.
  leaveTask(state, "both", { finished: false });
  leaveTask(state, "both", { finished: true });
  const { removed } = await collect(state, { maxAgeMs: 0, maxTasks: 0, maxBytes: 0 });
  expect(removed).toEqual([]);
  expect(leftIn(state, "sandboxes")).toEqual(["active", "both"]);
  expect(leftIn(state, "tasks", "active")).toEqual(["active", "both"]);
});

it("removes a sandbox of no task once it is old", async () => {
  const state = newState();
  leaveSandbox(state, "orphan");
  expect((await collect(state, { maxTasks: 0, maxBytes: 0 })).removed).toEqual([]);
  expect((await collect(state, { maxAgeMs: 2 * NOW })).removed).toEqual([]);
  expect((await collect(state, { maxAgeMs: SECOND })).removed).toMatchObject([
    { taskId: "orphan", orphan: true },
  ]);
  expect(leftIn(state, "sandboxes")).toEqual([]);
});

it.each<[string, GarbagePolicy, { metadata: string[]; sandbox: string[] | undefined }]>([
  ["the logs", { keepLogs: true }, { metadata: [], sandbox: [".logs"] }],
  ["the checkpoint", { keepMetadata: true }, { metadata: ["a"], sandbox: undefined }],
  ["the sandbox", { keepSandbox: true }, { metadata: [], sandbox: [".logs", "core"] }],
  ["logs and checkpoint", { keepLogs: true, keepMetadata: true }, { metadata: ["a"], sandbox: [".logs"] }],
])("keeps %s when told to, and finds nothing more to do after", async (_, keep, expected) => {
  const state = newState();
  leaveTask(state, "a", { bytes: 100_000 });
  const policy = { maxAgeMs: 0, ...keep };
  const foretold = await collect(state, { ...policy, dryRun: true });
  const before = execFileSync("du", ["-s", "--block-size=1", state], { encoding: "utf8" });
  const { removed, bytes } = await collect(state, policy);
  const after = execFileSync("du", ["-s", "--block-size=1", state], { encoding: "utf8" });
  expect(idsOf(removed)).toEqual(["a"]);
  expect(bytes).toBe(Number.parseInt(before, 10) - Number.parseInt(after, 10));
  expect(foretold.bytes).toBe(bytes);
  expect(leftIn(state, "tasks", "finished")).toEqual(expected.metadata);
  const sandbox = join(state, "sandboxes", "a");
  expect(existsSync(sandbox) ? leftIn(sandbox) : undefined).toEqual(expected.sandbox);
  expect(await collect(state, policy)).toEqual({ removed: [], bytes: 0, failed: [], left: 0 });
});

it("removes a task whose sandbox is not there any more", async () => {
  const state = newState();
  leaveTask(state, "a");
  execFileSync("rm", ["-rf", join(state, "sandboxes")]);
  expect(idsOf((await collect(state, { maxAgeMs: 0, keepLogs: true })).removed)).toEqual(["a"]);
  expect(leftIn(state, "tasks", "finished")).toEqual([]);
});

it("tells what it would do, and does not", async () => {
  const state = threeTasks();
  const dry = await collect(state, { maxTasks: 0, dryRun: true });
  expect(idsOf(dry.removed)).toEqual(["older", "old", "young"]);
  expect(dry.bytes).toBeGreaterThan(300_000);
  expect(leftIn(state, "sandboxes")).toEqual(["old", "older", "young"]);
});

it("does a little at a time", async () => {
  const state = newState();
  for (let task = 0; task < 7; task++) leaveTask(state, `t${task}`, { endedAt: task * SECOND });
  const collector = new GarbageCollector(state, clock);
  const policy = { maxTasks: 0, maxRemovals: 3 };
  const rounds = [
    await collector.collect(policy),
    await collector.collect(policy),
    await collector.collect(policy),
  ];
  expect(rounds.map(({ removed }) => idsOf(removed))).toEqual([
    ["t0", "t1", "t2"],
    ["t3", "t4", "t5"],
    ["t6"],
  ]);
  expect(rounds.map(({ left }) => left)).toEqual([4, 1, 0]);
});

it("stops when it is told to, and what it left is found by the next round", async () => {
  const state = threeTasks();
  const cancel = new AbortController();
  cancel.abort();
  expect(await collect(state, { maxTasks: 0 }, cancel.signal)).toMatchObject({ removed: [], bytes: 0 });
  expect(leftIn(state, "sandboxes")).toHaveLength(3);

  const later = new AbortController();
  const collecting = collect(state, { maxTasks: 0 }, later.signal);
  await expect.poll(() => leftIn(state, "tasks", "finished").length).toBeLessThan(3);
  later.abort();
  const { removed, left } = await collecting;
  expect(removed.length + left).toBe(3);
  await collect(state, { maxTasks: 0 });
  expect([...leftIn(state, "tasks", "finished"), ...leftIn(state, "sandboxes")]).toEqual([]);
});

/** What processes can do to their own directory. */
function leaveHostileTask(state: string, elsewhere: string): void {
  leaveTask(state, "hostile");
  const sandbox = join(state, "sandboxes", "hostile");
  writeFileSync(join(elsewhere, "precious"), "still here");
  symlinkSync(elsewhere, join(sandbox, "link"));
  symlinkSync(join(elsewhere, "precious"), join(sandbox, ".logs", "link-to-file"));
  for (const name of ["-rf", "a\nb", "*", "{}", "; rm"]) writeFileSync(join(sandbox, name), "x");
  writeFileSync(Buffer.from(`${sandbox}/\xff\xfe`, "latin1"), "x");
  const deep =
    'cd "$1"; n=$(printf "a%.0s" $(seq 200)); for i in $(seq 60); do mkdir $n && cd $n; done; echo >f';
  execFileSync("bash", ["-c", deep, "bash", sandbox]);
  mkdirSync(join(sandbox, "closed", "below"), { recursive: true });
  writeFileSync(join(sandbox, "closed", "below", "f"), "x");
  chmodSync(join(sandbox, "closed", "below"), 0);
  chmodSync(join(sandbox, "closed"), 0);
}

it.each([{}, { keepLogs: true }])(
  "removes whatever a process may leave, and nothing behind a link (%j)",
  async (keep) => {
    const state = newState();
    const elsewhere = newState();
    leaveHostileTask(state, elsewhere);
    expect((await collect(state, { maxAgeMs: 0, ...keep })).failed).toEqual([]);
    expect(leftIn(state, "sandboxes")).toEqual("keepLogs" in keep ? ["hostile"] : []);
    expect(readFileSync(join(elsewhere, "precious"), "utf8")).toBe("still here");
    expect(lstatSync(elsewhere).isDirectory()).toBe(true);
  },
);

it.skipIf(process.getuid?.() !== 0)(
  "opens closed directories where it is not root (needs root to be somebody else)",
  async () => {
    const state = newState();
    const elsewhere = newState();
    leaveHostileTask(state, elsewhere);
    execFileSync("chown", ["-hR", "65534:65534", state, elsewhere]);
    const program = `
    import { systemClock } from "@borealis/clock";
    import { GarbageCollector } from "./src/state/gc.ts";
    const report = await new GarbageCollector(process.argv[1], systemClock).collect({ maxTasks: 0 });
    console.log(JSON.stringify(report.failed));
  `;
    const output = execFileSync(process.execPath, ["--input-type=module", "-e", program, state], {
      cwd: join(import.meta.dirname, "..", ".."),
      uid: 65_534,
      gid: 65_534,
      encoding: "utf8",
    });
    expect(JSON.parse(output)).toEqual([]);
    expect(leftIn(state, "sandboxes")).toEqual([]);
    expect(readFileSync(join(elsewhere, "precious"), "utf8")).toBe("still here");
  },
);

const mayMount = spawnSync("unshare", ["--mount", "true"]).status === 0;

it.skipIf(!mayMount)(
  "says what it could not remove, and does not let that keep it from the rest (needs mount)",
  async () => {
    const state = newState();
    for (const taskId of ["a", "b", "c"])
      leaveTask(state, taskId, { endedAt: taskId.charCodeAt(0) * SECOND });
    writeFileSync(join(state, "sandboxes", "a", "core"), Buffer.alloc(100_000, 1));
    const mounted = join(state, "sandboxes", "a", "mounted");
    mkdirSync(mounted);
    execFileSync("mount", ["-t", "tmpfs", "none", mounted]);
    onTestFinished(() => void execFileSync("umount", [mounted]));
    writeFileSync(join(mounted, "theirs"), "");

    const collector = new GarbageCollector(state, clock);
    const policy = { maxTasks: 0, maxRemovals: 1 };
    const why = expect.stringMatching(/different device/);
    expect(await collector.collect(policy)).toMatchObject({
      removed: [],
      failed: [{ taskId: "a", why }],
      left: 3,
    });
    expect(idsOf((await collector.collect(policy)).removed)).toEqual(["b"]);
    expect(idsOf((await collector.collect(policy)).removed)).toEqual(["c"]);
    // Of what is left there is less than there was.
    const { removed } = await collector.collect({ maxTasks: 0, dryRun: true });
    expect(removed).toMatchObject([
      { taskId: "a", bytes: expect.toSatisfy((bytes: number) => bytes < 100_000) },
    ]);
    expect(existsSync(join(mounted, "theirs"))).toBe(true);
    expect(leftIn(state, "tasks", "finished")).toEqual(["a"]);
  },
);
