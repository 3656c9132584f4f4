import { execFileSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";

/** Where utime, stime, cutime and cstime stand in /proc/<pid>/stat, counted from behind the command's name. */
const UTIME = 11;
const CSTIME = 14;
const PPID = 1;

/** Memory in kB. `pss`: what is shared is counted in equal parts for all who share it. `own`: nobody shares it. */
export interface Memory {
  readonly pss: number;
  readonly own: number;
}

export async function memoryOfAll(pids: readonly number[]): Promise<Memory> {
  let [pss, own] = [0, 0];
  for (const pid of pids) {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
    const kb = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(rollup)?.[1]);
    pss += kb("Pss");
    own += kb("Private_Clean") + kb("Private_Dirty");
  }
  if (Number.isNaN(pss + own)) throw new Error("the kernel does not tell memory in smaps_rollup");
  return { pss, own };
}

/** Milliseconds that all threads of these have computed. Not in ticks: a thousand that do little have none each. */
export async function cpuMsOfAll(pids: readonly number[]): Promise<number> {
  let ns = 0;
  for (const pid of pids) {
    for (const thread of await readdir(`/proc/${pid}/task`)) {
      ns += Number((await readFile(`/proc/${pid}/task/${thread}/schedstat`, "utf8")).split(" ")[0]);
    }
  }
  return ns / 1e6;
}

/** Milliseconds of a process and of all descendants that were waited for. */
export async function cpuMsWithChildrenOf(pid: number): Promise<number> {
  const sum = (await statOf(pid)).slice(UTIME, CSTIME + 1).reduce((all, field) => all + Number(field), 0);
  return (sum * 1_000) / ticksPerSecond();
}

let ticks: number | undefined;

/** Asked for when it is needed: an executor whose start is measured has no use for it. */
function ticksPerSecond(): number {
  ticks ??= Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  return ticks;
}

export async function parentOf(pid: number): Promise<number> {
  return Number((await statOf(pid))[PPID]);
}

async function statOf(pid: number): Promise<readonly string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The name is in parentheses and may hold blanks and parentheses itself.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
