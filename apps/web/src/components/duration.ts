const STEPS = [
  { unit: "d", ms: 86_400_000 },
  { unit: "h", ms: 3_600_000 },
  { unit: "min", ms: 60_000 },
  { unit: "s", ms: 1_000 },
] as const;

/** `4 min`: one unit, rounded down; a glance at 3 a.m. needs no more. */
export function formatDuration(ms: number): string {
  const step = STEPS.find((candidate) => ms >= candidate.ms);
  return step === undefined ? "0 s" : `${Math.floor(ms / step.ms)} ${step.unit}`;
}

export function formatAgo(sinceMs: number, nowMs: number): string {
  const ms = nowMs - sinceMs;
  return ms < 1_000 ? "now" : `${formatDuration(ms)} ago`;
}

/** `2026-11-22 18:35:04 UTC`: the same in the server and in every browser. */
export function formatTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime())
    ? "unknown time"
    : `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
