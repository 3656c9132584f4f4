import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";

const TICKS_PER_SECOND = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
/** Where utime and stime stand in /proc/<pid>/stat, counted from behind the command's name. */
const UTIME = 11;
const STIME = 12;

/** Milliseconds that all threads of a process have computed, in the kernel too. */
export async function cpuMsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The name is in parentheses and may hold blanks and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[UTIME]) + Number(fields[STIME])) * 1_000) / TICKS_PER_SECOND;
}

/** Milliseconds that its first thread was ready to compute and had no processor: others had them. */
export async function waitedMsOf(pid: number): Promise<number> {
  const [, waitedNs] = (await readFile(`/proc/${pid}/schedstat`, "utf8")).split(" ");
  return Number(waitedNs) / 1e6;
}

/** Resident memory in MB (10^6 bytes): now, and the most it has ever been. */
export async function memoryOf(pid: number): Promise<{ readonly rssMb: number; readonly peakMb: number }> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return { rssMb: mbOf(status, "VmRSS"), peakMb: mbOf(status, "VmHWM") };
}

function mbOf(status: string, field: string): number {
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
  if (kib === undefined) throw new Error(`no ${field} in a process's status`);
  return (Number(kib) * 1_024) / 1e6;
}
