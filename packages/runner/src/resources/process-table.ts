import { readdir, readFile } from "node:fs/promises";
import type { Clock } from "@borealis/clock";

/** A look through a host of a thousand processes costs 50 ms of processor time. */
const SHARE_OF_TIME = 0.005;
// Never all at once: file descriptors are needed elsewhere too, and the health checks want their turn.
const AT_ONCE = 8;
/** In what /proc/<pid>/stat counts processor time, on every Linux that Node runs on. */
const TICK_MS = 10;
/** What the keeper of a run calls itself; the kernel keeps 15 characters. */
const KEEPER = "borealis-keeper";

export interface ProcessEntry {
  readonly pid: number;
  readonly name: string;
  readonly parent: number;
  /** With the pid, what tells it from a later one of the same number. */
  readonly startTime: string;
  readonly cpuMs: number;
}

/** All processes of this host, as they were `at` this time of the clock. */
interface ProcessMoment {
  readonly at: number;
  readonly entries: ReadonlyMap<number, ProcessEntry>;
}

export type ProcessTable = () => Promise<ProcessMoment>;

/** One look serves all who ask until the next may be afforded. */
export function createProcessTable(clock: Clock, read = readProcesses): ProcessTable {
  let last: Promise<ProcessMoment> | undefined;
  let goodUntil = 0;

  return () => {
    if (last !== undefined && clock.now() < goodUntil) return last;
    const at = clock.now();
    goodUntil = Number.POSITIVE_INFINITY;
    last = read().then((entries) => {
      goodUntil = clock.now() + (clock.now() - at) / SHARE_OF_TIME;
      return { at, entries };
    });
    return last;
  };
}

/**
 * The roots, and what descends from them. What lost its parent was adopted by the root's keeper, so that the tree begins
 * there; the keeper itself is none of the task's.
 */
export function treeOf(
  roots: readonly number[],
  table: ReadonlyMap<number, ProcessEntry>,
): readonly ProcessEntry[] {
  const keepers = roots.flatMap((root) => {
    const keeper = table.get(table.get(root)?.parent ?? 0);
    return keeper?.name === KEEPER ? [keeper.pid] : [];
  });
  const children = Map.groupBy(table.values(), ({ parent }) => parent);
  const tree = new Map<number, ProcessEntry>();
  const unseen = [...roots, ...keepers].flatMap((pid) => table.get(pid) ?? []);
  for (let entry = unseen.pop(); entry !== undefined; entry = unseen.pop()) {
    // A table that was read while processes came and went may hold a circle.
    if (tree.has(entry.pid)) continue;
    tree.set(entry.pid, entry);
    unseen.push(...(children.get(entry.pid) ?? []));
  }
  return [...tree.values()].filter(({ pid }) => !keepers.includes(pid));
}

async function readProcesses(): Promise<ReadonlyMap<number, ProcessEntry>> {
  const names = await readdir("/proc").catch(() => []);
  const left = names.filter((name) => /^\d+$/.test(name)).values();
  const table = new Map<number, ProcessEntry>();
  const worker = async () => {
    for (const name of left) {
      const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => undefined);
      if (stat === undefined) continue;
      const entry = parseStat(stat);
      table.set(entry.pid, entry);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return table;
}

/** `pid (name) state parent …`; the name may hold anything, brackets included. */
export function parseStat(stat: string): ProcessEntry {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    pid: Number.parseInt(stat, 10),
    name: stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")")),
    parent: Number(fields[1]),
    startTime: fields[19] ?? "",
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
  };
}
