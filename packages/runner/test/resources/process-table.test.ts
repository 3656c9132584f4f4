import { createTestClock } from "@borealis/clock/testing";
import { describe, expect, it } from "vitest";
import { ProcUse } from "../../src/resources/proc-use.ts";
import {
  createProcessTable,
  type ProcessEntry,
  parseStat,
  treeOf,
} from "../../src/resources/process-table.ts";

function table(
  ...entries: readonly (readonly [pid: number, parent: number, name?: string, cpuMs?: number])[]
) {
  return new Map(
    entries.map(([pid, parent, name = "sh", cpuMs = 0]): [number, ProcessEntry] => [
      pid,
      { pid, parent, name, startTime: "1", cpuMs },
    ]),
  );
}

const pidsOf = (entries: readonly ProcessEntry[]) => entries.map(({ pid }) => pid).sort((a, b) => a - b);

describe("a line of /proc/<pid>/stat", () => {
  it("is read although the name is made to look like the rest of it", () => {
    const stat = "42 (a) R 1 (b) S 7 42 42 0 -1 4194560 91 0 0 0 25 5 0 0 20 0 1 0 8765 2 3 4";
    expect(parseStat(stat)).toEqual({ pid: 42, name: "a) R 1 (b", parent: 7, startTime: "8765", cpuMs: 300 });
  });
});

describe("the processes of a task", () => {
  it("are its runs and all that descends from them", () => {
    const entries = table([1, 0], [10, 1], [11, 10], [12, 11], [20, 1], [21, 20], [30, 1]);
    expect(pidsOf(treeOf([10, 20], entries))).toEqual([10, 11, 12, 20, 21]);
  });

  it("include what the keeper adopted, without the keeper", () => {
    const entries = table(
      [5, 1, "borealis-keeper"],
      [10, 5],
      [11, 10],
      [12, 5],
      [6, 1, "borealis-keeper"],
      [13, 6],
    );
    expect(pidsOf(treeOf([10], entries))).toEqual([10, 11, 12]);
  });

  it("are not those of whoever else is the parent: that could be init, or this program", () => {
    expect(pidsOf(treeOf([10], table([1, 0], [10, 1], [20, 1])))).toEqual([10]);
  });

  it("are none when the runs are gone", () => {
    expect(treeOf([10], table([1, 0], [11, 1]))).toEqual([]);
  });

  it("are found in a table that was read while numbers were used again", () => {
    expect(pidsOf(treeOf([10], table([10, 11], [11, 10])))).toEqual([10, 11]);
  });
});

describe("what a task used", () => {
  it("stays used when a process ends, and does not pass to one that has its number later", async () => {
    const later: ProcessEntry = { pid: 11, parent: 10, name: "sh", startTime: "2", cpuMs: 5 };
    const moments = [
      table([10, 1, "sh", 100], [11, 10, "sh", 40]),
      new Map([...table([10, 1, "sh", 150]), [11, later]]),
      table([10, 1, "sh", 150]),
    ];
    let at = 0;
    const use = new ProcUse(
      () => [10],
      async () => ({ at: at++, entries: moments.shift() ?? new Map() }),
    );
    expect((await use.read()).cpuMs).toBe(140);
    expect((await use.read()).cpuMs).toBe(195);
    expect((await use.read()).cpuMs).toBe(195);
  });
});

describe("the table of processes", () => {
  it("is read once for all who ask at once, and not again before its cost is paid", async () => {
    const clock = createTestClock();
    let reads = 0;
    const look = createProcessTable(clock, async () => {
      reads += 1;
      await clock.sleep(10);
      return table([reads, 0]);
    });
    const both = Promise.all([look(), look()]);
    await clock.advance(10);
    const [one, other] = await both;
    expect(one).toBe(other);
    await clock.advance(1_999);
    expect(await look()).toBe(one);
    await clock.advance(1);
    const next = look();
    await clock.advance(10);
    expect(await next).toMatchObject({ at: 2_010 });
    expect(reads).toBe(2);
  });

  it("holds this process", async () => {
    const { entries } = await createProcessTable(createTestClock())();
    expect(entries.get(process.pid)).toMatchObject({ pid: process.pid, parent: process.ppid });
  });
});
