import { readFile } from "node:fs/promises";
import { type ProcessEntry, type ProcessTable, treeOf } from "./process-table.ts";

/** What a task used until `at`, which is a time of the clock. */
export interface Reading {
  readonly at: number;
  readonly cpuMs: number;
  readonly ramBytes: number;
  readonly processes: number;
}

/**
 * What a task uses as /proc tells it, for hosts without cgroups. Less than it really does: what starts and ends between
 * two looks is in neither. And more: memory that processes share counts for each of them.
 */
export class ProcUse {
  readonly #pids: () => readonly number[];
  readonly #processTable: ProcessTable;
  #counted = new Map<string, number>();
  #cpuMs = 0;

  /** @param pids the task's runs: what descends from them is found. */
  constructor(pids: () => readonly number[], processTable: ProcessTable) {
    this.#pids = pids;
    this.#processTable = processTable;
  }

  async read(): Promise<Reading> {
    const { at, entries } = await this.#processTable();
    const tree = treeOf(this.#pids(), entries);
    this.#count(tree);
    let ramBytes = 0;
    for (const { pid } of tree) ramBytes += await residentBytes(pid);
    return { at, cpuMs: this.#cpuMs, ramBytes, processes: tree.length };
  }

  /** What a process used stays used when it is gone. */
  #count(tree: readonly ProcessEntry[]): void {
    const counted = new Map<string, number>();
    for (const { pid, startTime, cpuMs } of tree) {
      const key = `${pid} ${startTime}`;
      this.#cpuMs += Math.max(0, cpuMs - (this.#counted.get(key) ?? 0));
      counted.set(key, cpuMs);
    }
    this.#counted = counted;
  }
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
