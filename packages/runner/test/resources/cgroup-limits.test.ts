import { describe, expect, it } from "vitest";
import { isLimit, limitWrites } from "../../src/resources/cgroup-limits.ts";
import { cgroupName } from "../../src/resources/make-task-cgroup.ts";

const LIMITS = { cpu: 0.2, ramBytes: 64 * 1024 ** 2, diskBytes: 1 };
const ALL = ["cpu", "cpuacct", "memory", "pids"] as const;

const written = (...[version, controllers, limits]: Parameters<typeof limitWrites>) =>
  limitWrites(version, controllers, limits).map(({ file, value }) => `${file}=${value}`);

describe("limits as the kernel takes them", () => {
  it("version 2", () => {
    expect(written(2, ALL, LIMITS)).toEqual([
      "cpu.max=20000 100000",
      "memory.max=67108864",
      "memory.swap.max=0",
    ]);
  });

  it("version 1: memory and swap together no less than memory, so after it", () => {
    expect(written(1, ALL, LIMITS)).toEqual([
      "cpu.cfs_period_us=100000",
      "cpu.cfs_quota_us=20000",
      "memory.limit_in_bytes=67108864",
      "memory.memsw.limit_in_bytes=67108864",
    ]);
  });

  it("only what the cgroup has a controller for", () => {
    expect(written(2, ["pids"], LIMITS)).toEqual([]);
    expect(written(1, ["memory"], LIMITS)).toHaveLength(2);
  });

  it("processes when somebody asked for it", () => {
    expect(written(2, ["pids"], { ...LIMITS, processes: 100 })).toEqual(["pids.max=100"]);
    expect(written(1, ["pids"], { ...LIMITS, processes: 100 })).toEqual(["pids.max=100"]);
  });

  it("so little cpu that the kernel would refuse it is the least it takes", () => {
    expect(written(2, ["cpu"], { ...LIMITS, cpu: 0.001 })).toEqual(["cpu.max=1000 100000"]);
  });

  it.each([
    ["max", false],
    ["max 100000", false],
    ["-1", false],
    ["9223372036854771712", false],
    [undefined, false],
    ["20000 100000", true],
    ["67108864", true],
    ["0", true],
  ])("%s is a limit: %s", (value, expected) => {
    expect(isLimit(value)).toBe(expected);
  });
});

describe("the name of a task's cgroup", () => {
  it("is the task's id where that is a plain name", () => {
    expect(cgroupName("www-data-prod-hello-0-5f0c_1")).toBe("www-data-prod-hello-0-5f0c_1");
  });

  it.each(["", "..", "a/b", ".hidden", "cgroup.procs", "line\nfeed", "x".repeat(256), "größe"])(
    "%j is another, and always the same",
    (taskId) => {
      expect(cgroupName(taskId)).toMatch(/^task-[0-9a-f]{32}$/);
      expect(cgroupName(taskId)).toBe(cgroupName(taskId));
    },
  );
});
