import { watch } from "node:fs";
import type { Clock } from "@borealis/clock";
import { reasonOf } from "../errors.ts";

const SWEEP_MS = 5_000;
const SWEEP_UNWATCHED_MS = 500;

export interface DirectoryWatchOptions {
  readonly directory: string;
  readonly clock: Clock;
  /** `name` has changed in it; without one: it is time to look at everything again. */
  readonly onChange: (name?: string) => void;
  readonly onProblem: (problem: string) => void;
}

/**
 * Tells of changes at once where the kernel does, and all the same every few seconds: a file system may be one that
 * tells of nothing, and the end of a process is no change to a file. Where no watch is to be had, more often.
 */
export function watchDirectory({ directory, clock, onChange, onProblem }: DirectoryWatchOptions): () => void {
  let sweepMs = SWEEP_MS;
  let cancel = () => {};
  const unwatched = (error: unknown) => {
    if (sweepMs === SWEEP_UNWATCHED_MS) return;
    sweepMs = SWEEP_UNWATCHED_MS;
    onProblem(`${directory} can not be watched, and is looked at every ${sweepMs} ms (${reasonOf(error)})`);
    arm();
  };
  const arm = () => {
    cancel();
    cancel = clock.after(sweepMs, () => {
      arm();
      onChange();
    });
  };
  arm();
  const stopWatching = tryWatch(directory, (name) => onChange(name ?? undefined), unwatched);

  return () => {
    cancel();
    stopWatching();
  };
}

function tryWatch(
  directory: string,
  onChange: (name: string | null) => void,
  onError: (error: unknown) => void,
): () => void {
  try {
    const watcher = watch(directory, (_, name) => onChange(name));
    watcher.on("error", onError);
    return () => watcher.close();
  } catch (error) {
    onError(error);
    return () => {};
  }
}
