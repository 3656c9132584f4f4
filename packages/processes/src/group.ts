import type { Clock } from "@borealis/clock";
import { liveMembers } from "./process-table.ts";

// SIGKILL takes effect within milliseconds, unless the process is stuck in the kernel; waiting longer would not help.
const DYING_DEADLINE_MS = 2_000;
const DYING_POLL_MS = 5;

/**
 * To every member of the process group. The number must still be the group's: its leader has not been reaped, or has
 * been only just now.
 * @returns false when nothing of the group is left.
 */
export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    // ESRCH: gone. EPERM: only members are left that changed their user, and those are not ours to end.
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ESRCH" && code !== "EPERM") throw error;
    return false;
  }
}

/** SIGKILLs the group, and waits for its members: they may hold a port or a file that the next run needs. */
export async function endGroup(group: number, clock: Clock): Promise<void> {
  if (!signalGroup(group, "SIGKILL")) return;
  const givenUpAt = clock.now() + DYING_DEADLINE_MS;
  let dying = await liveMembers(group);
  while (dying.length > 0 && clock.now() < givenUpAt) {
    await clock.sleep(DYING_POLL_MS);
    dying = await liveMembers(group, dying);
  }
}
