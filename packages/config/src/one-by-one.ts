import { systemClock } from "@borealis/clock";

/** Longer without a turn for anybody else, and an interrupted command would seem not to hear. */
const LONGEST_TURN_MS = 50;

/**
 * Does a work that takes its time for each of many. Rejects when `signal` is aborted meanwhile.
 * @returns the results; undefined when they took longer than `mostMs`.
 */
export async function oneByOne<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => R,
  mostMs: number,
  signal: AbortSignal | undefined,
): Promise<readonly R[] | undefined> {
  const upAt = systemClock.now() + mostMs;
  let turnEndsAt = systemClock.now() + LONGEST_TURN_MS;
  const results: R[] = [];
  for (const [index, item] of items.entries()) {
    const now = systemClock.now();
    if (now > upAt) return undefined;
    if (now > turnEndsAt) {
      await systemClock.sleep(0, signal);
      turnEndsAt = systemClock.now() + LONGEST_TURN_MS;
    }
    results.push(work(item, index));
  }
  return results;
}
