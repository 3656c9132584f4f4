import { formatWallTime } from "@borealis/clock";
import type { ProcessReport } from "@borealis/schema";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** `0.4s`, `12s`, `3m 04s`, `2h 05m`, `3d 04h`: as much as one wants to know of it. */
export function formatSpan(ms: number): string {
  const pad = (value: number) => String(Math.floor(value)).padStart(2, "0");
  if (ms < 0) return "0s";
  if (ms < 10 * SECOND) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)}s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m ${pad((ms % MINUTE) / SECOND)}s`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h ${pad((ms % HOUR) / MINUTE)}m`;
  return `${Math.floor(ms / DAY)}d ${pad((ms % DAY) / HOUR)}h`;
}

/** `1.5 GB`, in thousands, as disks are sold and as `--max-space` is read. */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** How a run ended: `exit 3`, `SIGKILL`, or why that is not known; nothing while it has not. */
export function formatEnd({
  exitCode,
  signal,
  reason,
}: Pick<ProcessReport, "exitCode" | "signal" | "reason">): string {
  return exitCode === undefined ? (signal ?? reason ?? "") : `exit ${exitCode}`;
}

/** The machine's times may have fractions. */
export function formatAt(at: number | undefined): string {
  return at === undefined ? "" : formatWallTime(Math.round(at));
}

export function isLive({ state }: Pick<ProcessReport, "state">): boolean {
  return state === "FORKED" || state === "RUNNING";
}
