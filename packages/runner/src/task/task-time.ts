import type { Clock } from "@borealis/clock";
import { bootId } from "../boot.ts";

/** CLOCK_MONOTONIC in milliseconds: the same for every process of this host, until it is booted again. */
function sinceBoot(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** What a new task's header keeps, so that whoever has the task later goes on with the same time. */
export function newBootEpoch(clock: Clock): number {
  return clock.wallTime() - sinceBoot();
}

/**
 * The time that a task's machine lives in: milliseconds, what the wall clock showed when the task was made plus what
 * has really passed since. It never goes back, nor jumps when somebody sets the wall clock.
 * After a reboot it goes on from the last record, or from the wall clock where that is later.
 */
export function taskTime(
  header: { readonly bootId: string; readonly bootEpoch: number },
  lastAt: number,
  clock: Clock,
): () => number {
  const sameBoot = header.bootId === bootId();
  const epoch = sameBoot ? header.bootEpoch : Math.max(lastAt, clock.wallTime()) - sinceBoot();
  return () => Math.max(lastAt, epoch + sinceBoot());
}
