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

/** `0.02 s`, `1.2 s`, `45 s`, `4 min 12 s`: how long something took, where a fraction of a second is worth knowing. */
export function formatSpan(ms: number): string {
  const step = STEPS.find((candidate) => ms >= candidate.ms);
  if (step !== undefined && step.unit !== "s") {
    const rest = formatDuration(ms % step.ms);
    return rest === "0 s" ? formatDuration(ms) : `${formatDuration(ms)} ${rest}`;
  }
  const digits = ms < 100 ? 3 : ms < 1_000 ? 2 : ms < 10_000 ? 1 : 0;
  return `${Number((ms / 1_000).toFixed(digits))} s`;
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
