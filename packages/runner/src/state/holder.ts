import { readFileSync } from "node:fs";
import { bootId } from "../boot.ts";
import type { TaskHeader, TaskRecord } from "../checkpoint/checkpoint.ts";

/** The executor that had the task last. */
export interface Holder {
  readonly pid: number;
  readonly alive: boolean;
}

/** USER_HZ: what /proc counts in, whatever the kernel does. */
const TICK_MS = 10;
/** Between the start of a program and the moment it takes its first task, clocks are read more than once. */
const SLACK_MS = 1000;

export function holderOf(header: TaskHeader, records: readonly TaskRecord[]): Holder | undefined {
  const record = records.findLast((record) => "executor" in record);
  if (record === undefined || !("executor" in record)) return undefined;
  const { pid, bootId: itsBoot } = record.executor;
  if (itsBoot !== bootId()) return { pid, alive: false };
  const startedAfterBootMs = startOf(pid);
  if (startedAfterBootMs === undefined) return { pid, alive: false };
  // The task's time can be told from the host's only under the boot it began with.
  if (header.bootId !== itsBoot) return { pid, alive: true };
  // One that began later only has the same number.
  return { pid, alive: header.bootEpoch + startedAfterBootMs <= record.at + SLACK_MS };
}

/** When a process that has not ended began, or a little earlier: in milliseconds of CLOCK_MONOTONIC. */
function startOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // pid (name) state …; the name may hold anything, brackets included.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    return Number(fields[19]) * TICK_MS - asleepMs();
  } catch {
    return undefined;
  }
}

/** /proc counts the time that the host was suspended, CLOCK_MONOTONIC does not. */
function asleepMs(): number {
  const up = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1000;
  return Math.max(0, up - Number(process.hrtime.bigint()) / 1e6);
}
