import { readdirSync, readFileSync } from "node:fs";
import type { ProcessIdentity } from "./keeper.ts";

export interface ProcessStat extends ProcessIdentity {
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
}

/** Undefined when there is no such process. */
export function statOf(pid: number): ProcessStat | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  // pid (name) state parent group session …; the name may hold anything, brackets included.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state = "X", parent, group, session] = fields;
  const startTime = fields[19] ?? "";
  return { pid, startTime, state, parent: Number(parent), group: Number(group), session: Number(session) };
}

/** A zombie runs nothing and holds nothing, but may never be reaped. */
export function isAlive(process: ProcessIdentity): boolean {
  const stat = statOf(process.pid);
  return stat !== undefined && stat.startTime === process.startTime && !isZombie(stat);
}

export function isZombie({ state }: ProcessStat): boolean {
  return state === "Z" || state === "X";
}

export function everyProcess(): readonly ProcessStat[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => statOf(Number(entry)) ?? []);
}
