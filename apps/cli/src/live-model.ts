import type { ShownTask } from "@borealis/executor";
import { isTerminal } from "@borealis/schema";

/** What a view draws: a task, and since when. Times are milliseconds since the Unix epoch. */
export interface LiveModel extends ShownTask {
  readonly since: number;
  readonly endedAt?: number;
}

/** A service has one task after the other: one that runs where another has ended is new. */
export function liveModel(before: LiveModel | undefined, shown: ShownTask, now: number): LiveModel {
  const goesOn = before !== undefined && (before.endedAt === undefined || isTerminal(shown.taskState));
  const since = goesOn ? before.since : now;
  return isTerminal(shown.taskState)
    ? { ...shown, since, endedAt: before?.endedAt ?? now }
    : { ...shown, since };
}
