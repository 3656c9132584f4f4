import type { Clock } from "@borealis/clock";
import { search } from "./search.ts";

const DEADLINE_MS = 500;
const POLL_MS = 20;

/**
 * SIGKILLs every process that has this `NAME=value` in its environment, in whatever group: a child that called setsid
 * is in nobody's. Never ourselves.
 * Looks again until there is nothing to see: a process can fork, or hide in an exec, while the list is being read.
 */
export async function endEscaped(marker: string, clock: Clock, look = search): Promise<void> {
  for (const givenUpAt = clock.now() + DEADLINE_MS; ; await clock.sleep(POLL_MS)) {
    const { found, undecided } = await look(marker);
    for (const pid of found) kill(pid);
    if (found.length + undecided.length === 0 || clock.now() >= givenUpAt) return;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone, or of a user we may not signal.
  }
}
