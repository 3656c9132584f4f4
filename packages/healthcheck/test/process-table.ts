import { readdirSync, readFileSync } from "node:fs";

/** Processes with this `NAME=value` in their environment. Those that have ended have none any more. */
export function processesWith(variable: string): readonly number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => textOf(`/proc/${pid}/environ`).split("\0").includes(variable));
}

/** A zombie has ended: it only waits to be reaped. */
export function runs(pid: number): boolean {
  return /^State:\s+[^ZX]/m.test(textOf(`/proc/${pid}/status`));
}

export function endAll(pids: readonly number[]): void {
  for (const pid of pids) if (runs(pid)) process.kill(pid, "SIGKILL");
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
