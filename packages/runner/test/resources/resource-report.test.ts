import { systemClock } from "@borealis/clock";
import { resourceReportSchema } from "@borealis/schema";
import { describe, expect, it } from "vitest";
import { openResourceHost, type ResourceHost } from "../../src/resources/resource-host.ts";
import { hostSentences, outOfMemory, resourceReport } from "../../src/resources/resource-report.ts";

const bare = await openResourceHost({ enforce: true, clock: systemClock, mountinfo: "" });
const LIMITS = { cpu: 0.5, ramBytes: 64 * 1024 ** 2, diskBytes: 1024 };
const GUESS = "What tasks use is estimated from /proc: processes that live shortly are not seen.";

const unified: ResourceHost["hierarchies"] = [
  {
    version: 2,
    mountPoint: "/sys/fs/cgroup",
    home: "/sys/fs/cgroup/borealis",
    controllers: ["cpu", "memory"],
  },
];

describe("what is said at start", () => {
  it("everything that this host does not hold tasks to", () => {
    expect(hostSentences(bare)).toEqual([
      "The cpu of tasks is not limited: no cgroups are mounted.",
      "The ram of tasks is not limited: no cgroups are mounted.",
      GUESS,
    ]);
  });

  it("nothing about limits that nobody asked for", async () => {
    const host = await openResourceHost({ enforce: false, clock: systemClock, mountinfo: "" });
    expect(hostSentences(host)).toEqual([GUESS]);
  });

  it("nothing when all is counted and limited", () => {
    expect(hostSentences({ ...bare, hierarchies: unified, notEnforced: [] })).toEqual([]);
  });
});

describe("what a record shows", () => {
  it("use, limits, and what of them does not hold", () => {
    const report = resourceReport({ at: 1, cpu: 0.25, cpuMs: 9, ramBytes: 10, processes: 2 }, LIMITS, {
      notEnforced: [{ what: "swap", why: "memory.swap.max does not take 0 (EACCES)" }],
    });
    expect(report).toEqual({
      cpu: 0.25,
      ramBytes: 10,
      processes: 2,
      limits: LIMITS,
      notEnforced: [
        "The ram of tasks is limited, but they may use swap as well: memory.swap.max does not take 0 (EACCES).",
      ],
    });
    expect(resourceReportSchema.parse(report)).toEqual(report);
  });

  it("nothing of what is not known", () => {
    expect(resourceReport({ at: 1 }, LIMITS, { notEnforced: [] })).toEqual({ limits: LIMITS });
  });

  it("the limit that a process was ended for", () => {
    expect(outOfMemory(LIMITS, { enforced: ["cpu", "ram"] })).toBe("out of memory: limit 64 MB");
    expect(outOfMemory(LIMITS, { enforced: [] })).toBe("out of memory: the host had none left");
  });
});
