import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@borealis/clock";
import { describe, expect, it } from "vitest";
import { createTaskCgroup, openTaskCgroup } from "../../src/resources/make-task-cgroup.ts";
import { openResourceHost, type ResourceHost } from "../../src/resources/resource-host.ts";
import type { TaskCgroup } from "../../src/resources/task-cgroup.ts";
import { adopt, CgroupWorld, endOf, HERE, HERE_V1, LIMITS, MB } from "./cgroup-world.ts";

/** Why a test can not be made here, or "". */
function lacks(host: ResourceHost, ...controllers: readonly ("cpu" | "memory" | "pids")[]): string {
  if (host.hierarchies.length === 0) return " — skipped: this host lets us make no cgroups";
  const has = host.hierarchies.flatMap((hierarchy) => hierarchy.controllers);
  const missing = controllers.filter((controller) => !has.includes(controller));
  return missing.length === 0 ? "" : ` — skipped: this host gives us no cgroups for ${missing.join(", ")}`;
}

/** What the kernel counts in one of the task's cgroups. */
function counted(cgroup: TaskCgroup, file: string, name: string): number {
  for (const directory of cgroup.directories) {
    if (!existsSync(join(directory, file))) continue;
    const line = readFileSync(join(directory, file), "utf8")
      .split("\n")
      .find((each) => each.startsWith(`${name} `));
    if (line !== undefined) return Number(line.slice(name.length));
  }
  return 0;
}

/** Leaves the session, and its parent as well. */
const ESCAPES = "(setsid bash -c 'sleep 1000 & exec sleep 1000' &) ; exit 3";

for (const [name, host] of [
  ["cgroups of this host", HERE],
  ["cgroups of version 1 alone", HERE_V1],
] as const) {
  describe(name, () => {
    const none = lacks(host);

    it.skipIf(none)(`a process, and all that it starts, is counted${none}`, async () => {
      await using world = new CgroupWorld();
      const { cgroup } = await world.cgroup(host);
      expect(await cgroup.sample()).toMatchObject({ processes: 0 });
      world.start(cgroup, "sleep 1000 & sleep 1000 & wait");
      await expect.poll(() => CgroupWorld.processes(cgroup)).toBe(3);
      expect(await cgroup.oomKills()).toBe(0);
    });

    const noMemory = lacks(host, "memory");
    it.skipIf(noMemory)(`memory that files take and can give back is not the task's${noMemory}`, async () => {
      // Not in /tmp, which may be memory itself.
      const directory = mkdtempSync("/var/tmp/borealis-");
      try {
        await using world = new CgroupWorld();
        const { cgroup } = await world.cgroup(host);
        const writes = world.start(
          cgroup,
          `head -c 60000000 /dev/zero > ${directory}/file && sync ${directory}/file`,
        );
        expect(await endOf(writes)).toEqual([0, null]);
        const forgettable = Math.max(
          ...["inactive_file", "total_inactive_file"].map((name) => counted(cgroup, "memory.stat", name)),
        );
        expect(forgettable).toBeGreaterThan(40 * MB);
        expect((await cgroup.sample()).ramBytes).toBeLessThan(20 * MB);
        world.start(cgroup, `exec perl -e '$x = "x" x (40 << 20); sleep 1000'`);
        await expect.poll(async () => (await cgroup.sample()).ramBytes).toBeGreaterThan(40 * MB);
      } finally {
        rmSync(directory, { recursive: true });
      }
    });

    it.skipIf(none)(
      `processor time is counted, and goes on being so when its process has ended${none}`,
      async () => {
        await using world = new CgroupWorld();
        const { cgroup } = await world.cgroup(host);
        expect(await cgroup.sample()).not.toHaveProperty("cpu");
        expect(await endOf(world.start(cgroup, "for i in {1..200000}; do :; done"))).toEqual([0, null]);
        const { cpu, cpuMs } = await cgroup.sample();
        expect(cpu).toBeGreaterThan(0);
        expect(cpuMs).toBeGreaterThan(0);
        expect((await cgroup.sample()).cpuMs).toBe(cpuMs);
      },
    );

    it.skipIf(noMemory)(
      `who takes more memory than the limit is ended by the kernel, and it is told${noMemory}`,
      async () => {
        await using world = new CgroupWorld();
        const { cgroup } = await world.cgroup(host, { ramBytes: 48 * MB });
        expect(cgroup.enforced).toContain("ram");
        const greedy = world.start(cgroup, `exec perl -e '$x = "x" x (256 << 20); sleep 1000'`);
        expect(await endOf(greedy)).toEqual([null, "SIGKILL"]);
        expect(await cgroup.oomKills()).toBe(1);
      },
    );

    const noCpu = lacks(host, "cpu");
    it.skipIf(noCpu)(`who would take more of the processor is held back${noCpu}`, async () => {
      await using world = new CgroupWorld();
      const { cgroup } = await world.cgroup(host, { cpu: 0.2 });
      expect(cgroup.enforced).toContain("cpu");
      world.start(cgroup, "while :; do :; done");
      await expect.poll(() => counted(cgroup, "cpu.stat", "nr_throttled")).toBeGreaterThan(2);
    });

    const noPids = lacks(host, "pids");
    it.skipIf(noPids)(`processes are limited when somebody asks for it${noPids}`, async () => {
      await using world = new CgroupWorld();
      const { cgroup } = await world.cgroup(host, { processes: 1 });
      expect(cgroup.enforced).toContain("processes");
      const child = world.start(cgroup, "exec perl -e 'exit(defined fork ? 0 : 7)'");
      expect(await endOf(child)).toEqual([7, null]);
    });

    it.skipIf(none)(`what left its session and its parent is ended with the rest${none}`, async () => {
      await using world = new CgroupWorld();
      const { cgroup } = await world.cgroup(host);
      expect(await endOf(world.start(cgroup, ESCAPES))).toEqual([3, null]);
      await expect.poll(() => CgroupWorld.processes(cgroup)).toBe(2);
      expect(await cgroup.kill()).toBeUndefined();
      expect(await CgroupWorld.processes(cgroup)).toBe(0);
    });

    it.skipIf(none)(`a task can be started in it again after all was ended${none}`, async () => {
      await using world = new CgroupWorld();
      const { cgroup } = await world.cgroup(host, { processes: 100 });
      world.start(cgroup, "sleep 1000");
      await expect.poll(() => CgroupWorld.processes(cgroup)).toBe(1);
      await cgroup.kill();
      expect(await endOf(world.start(cgroup, "sleep 0 & wait"))).toEqual([0, null]);
    });

    it.skipIf(none)(`cgroups that the task made within its own are the task's${none}`, async () => {
      await using world = new CgroupWorld();
      const { cgroup } = await world.cgroup(host);
      const inner = cgroup.directories.map((directory) => join(directory, "inner"));
      for (const directory of inner) mkdirSync(directory);
      world.start({ procs: inner.map((directory) => join(directory, "cgroup.procs")) }, "exec sleep 1000");
      await expect.poll(() => CgroupWorld.processes(cgroup)).toBe(1);
      expect(await cgroup.kill()).toBeUndefined();
      expect(await cgroup.remove()).toBeUndefined();
      expect(cgroup.directories.filter(existsSync)).toEqual([]);
    });

    it.skipIf(none)(`nothing is left of it when it is removed, twice as well as once${none}`, async () => {
      await using world = new CgroupWorld();
      const { cgroup } = await world.cgroup(host);
      expect(cgroup.directories.filter(existsSync)).toHaveLength(host.hierarchies.length);
      expect(await cgroup.remove()).toBeUndefined();
      expect(await cgroup.remove()).toBeUndefined();
      expect(cgroup.directories.filter(existsSync)).toEqual([]);
    });
  });
}

describe("an executor that comes back", () => {
  const none = lacks(HERE, "cpu", "memory");

  it.skipIf(none)(
    `finds the cgroup, its limits and what is in it, though it wants no limits itself${none}`,
    async () => {
      await using world = new CgroupWorld();
      const { taskId, cgroup } = await world.cgroup(HERE, { ramBytes: 64 * MB });
      world.start(cgroup, "sleep 1000");
      await expect.poll(() => CgroupWorld.processes(cgroup)).toBe(1);

      const adopted = await adopt(await openResourceHost({ enforce: false, clock: systemClock }), taskId);
      expect([...adopted.directories].sort()).toEqual([...cgroup.directories].sort());
      expect(adopted.enforced).toEqual(["cpu", "ram"]);
      expect(adopted.notEnforced).toEqual([]);
      expect(await CgroupWorld.processes(adopted)).toBe(1);
      expect(await adopted.kill()).toBeUndefined();
      expect(await adopted.remove()).toBeUndefined();
      expect(await openTaskCgroup(HERE, taskId)).toBeUndefined();
    },
  );

  it.skipIf(none)(`says what a task that was started without limits is not held to${none}`, async () => {
    await using world = new CgroupWorld();
    const { taskId, cgroup } = await world.cgroup(
      await openResourceHost({ enforce: false, clock: systemClock }),
    );
    // In a cgroup with that controller it would be scheduled as if it were one process.
    expect(cgroup.directories.filter((directory) => existsSync(join(directory, "cpu.cfs_quota_us")))).toEqual(
      [],
    );
    expect(cgroup.enforced).toEqual([]);
    expect(cgroup.notEnforced.map(({ what }) => what)).toEqual(["cpu", "ram"]);
    const adopted = await adopt(HERE, taskId);
    expect(adopted.enforced).toEqual([]);
    expect(adopted.notEnforced).toEqual([
      { what: "cpu", why: "the task was started without" },
      { what: "ram", why: "the task was started without" },
    ]);
  });

  it.skipIf(none)(`finds it by what was written down, where it would not make it itself${none}`, async () => {
    await using world = new CgroupWorld();
    const { taskId, cgroup } = await world.cgroup(HERE);
    const elsewhere = { ...HERE, homes: [] };
    expect(await openTaskCgroup(elsewhere, taskId)).toBeUndefined();
    const adopted = await openTaskCgroup(elsewhere, taskId, undefined, cgroup.directories);
    expect(adopted?.directories).toEqual(cgroup.directories);
  });

  it.skipIf(none)(
    `takes no cgroup for the task's that has not its name: all in it would be ended${none}`,
    async () => {
      const others = HERE.hierarchies.flatMap(({ home, mountPoint }) => [home, mountPoint]);
      expect(await openTaskCgroup(HERE, "test-of-nobody", undefined, others)).toBeUndefined();
    },
  );
});

describe("while a cgroup of version 1 is being ended", () => {
  const noPids = lacks(HERE_V1, "pids");

  it.skipIf(noPids)(`nothing is forked in it: that would be in no list of whom to end${noPids}`, async () => {
    await using world = new CgroupWorld();
    const seen: string[] = [];
    const clock = {
      ...systemClock,
      sleep: (delayMs: number) => {
        const [file = ""] = cgroup.directories
          .map((directory) => join(directory, "pids.max"))
          .filter(existsSync);
        seen.push(readFileSync(file, "utf8").trim());
        return systemClock.sleep(delayMs);
      },
    };
    const { cgroup } = await world.cgroup({ ...HERE_V1, clock });
    world.start(cgroup, "sleep 1000");
    await expect.poll(() => CgroupWorld.processes(cgroup)).toBe(1);
    expect(await cgroup.kill()).toBeUndefined();
    expect(new Set(seen)).toEqual(new Set(["0"]));
  });
});

describe("a cgroup that is in use", () => {
  const none = lacks(HERE);

  it.skipIf(none)(`it is not removed, and that is told${none}`, async () => {
    await using world = new CgroupWorld();
    const { cgroup } = await world.cgroup(HERE);
    world.start(cgroup, "sleep 1000");
    await expect.poll(() => CgroupWorld.processes(cgroup)).toBe(1);
    expect(await cgroup.remove()).toMatch(/could not be removed: EBUSY/);
  });
});

describe("a host without cgroups", () => {
  it("says what tasks are not held to, and counts what it can by /proc", async () => {
    const host = await openResourceHost({ enforce: true, clock: systemClock, mountinfo: "" });
    expect(host.hierarchies).toEqual([]);
    await using world = new CgroupWorld();
    const { cgroup, taskId } = await world.cgroup(host);
    expect(cgroup.procs).toEqual([]);
    expect(cgroup.enforced).toEqual([]);
    expect(cgroup.notEnforced).toEqual([
      { what: "cpu", why: "no cgroups are mounted" },
      { what: "ram", why: "no cgroups are mounted" },
    ]);
    expect(await cgroup.oomKills()).toBe(0);
    expect(await cgroup.kill()).toBeUndefined();
    expect(await cgroup.remove()).toBeUndefined();
    expect(await openTaskCgroup(host, taskId)).toBeUndefined();
  });

  it("a task's processes are its runs' descendants", async () => {
    await using world = new CgroupWorld();
    const child = world.start({ procs: [] }, "sleep 1000 & sleep 1000 & echo; wait");
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    const host = await openResourceHost({ enforce: true, clock: systemClock, mountinfo: "" });
    const cgroup = await createTaskCgroup(host, "test-estimate", LIMITS, () => [child.pid ?? 0]);
    const { processes, ramBytes, cpuMs } = await cgroup.sample();
    expect(processes).toBe(3);
    expect(ramBytes).toBeGreaterThan(MB);
    expect(cpuMs).toBeGreaterThanOrEqual(0);
  });
});
