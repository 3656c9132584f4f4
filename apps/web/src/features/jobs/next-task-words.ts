import { formatDuration } from "../../components/duration.ts";

/** `next task in 23 s`; of a begun second the whole is still to come. */
export function nextTaskWords(untilMs: number, nowMs: number): string {
  const ms = Math.ceil((untilMs - nowMs) / 1_000) * 1_000;
  return ms > 0 ? `next task in ${formatDuration(ms)}` : "next task is due";
}
