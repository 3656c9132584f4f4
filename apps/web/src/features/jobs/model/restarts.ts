import type { InstanceRecord, RestartReport } from "@borealis/schema";

/** `FAILED: exit status 1`, of the task before this one. */
export function lastEnding({ restarts }: InstanceRecord): string | undefined {
  const last = restarts?.last;
  if (last === undefined) return undefined;
  return last.reason ? `${last.taskState}: ${last.reason}` : last.taskState;
}

/** Empty before the first time. */
export function restartedWords({ count }: RestartReport): string[] {
  if (count === 0) return [];
  return [count === 1 ? "restarted once" : `restarted ${count.toLocaleString("en")} times`];
}
