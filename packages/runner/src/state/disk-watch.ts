import type { Clock } from "@borealis/clock";
import { diskUse } from "./disk-use.ts";

/** A tree that takes a second to look through is looked through every 20 seconds at most. */
const SHARE_OF_TIME = 0.05;

export interface DiskWatchOptions {
  readonly directory: string;
  readonly clock: Clock;
  /** From the end of one look to the next, at least. */
  readonly intervalMs: number;
  /** Before the first look; default: none. */
  readonly delayMs?: number;
  readonly limitBytes?: number;
  readonly onSample: (bytes: number) => void;
  /** Once. */
  readonly onOver?: (bytes: number) => void;
  /** Once: it is tried again all the same. */
  readonly onProblem?: (problem: string) => void;
  /** How to look; `du` otherwise. */
  readonly measure?: (directory: string, signal: AbortSignal) => Promise<number>;
}

/** Looks when `delayMs` has passed, then again and again, until it is disposed of. */
export function watchDisk(options: DiskWatchOptions): Disposable {
  const stopped = new AbortController();
  void lookOnAndOn(options, stopped.signal);
  return { [Symbol.dispose]: () => stopped.abort() };
}

async function lookOnAndOn(options: DiskWatchOptions, signal: AbortSignal): Promise<void> {
  const { clock, directory, intervalMs, limitBytes = Number.POSITIVE_INFINITY, measure = diskUse } = options;
  if (options.delayMs !== undefined) await clock.sleep(options.delayMs, signal).catch(() => {});
  let isOver = false;
  let isTold = false;
  while (!signal.aborted) {
    const began = clock.now();
    try {
      const bytes = await measure(directory, signal);
      if (signal.aborted) return;
      options.onSample(bytes);
      if (bytes > limitBytes && !isOver) {
        isOver = true;
        options.onOver?.(bytes);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!isTold)
        options.onProblem?.(`the disk use of ${directory} is not known: ${(error as Error).message}`);
      isTold = true;
    }
    const tookMs = clock.now() - began;
    const pauseMs = Math.max(intervalMs, tookMs * (1 / SHARE_OF_TIME - 1));
    await clock.sleep(pauseMs, signal).catch(() => {});
  }
}
