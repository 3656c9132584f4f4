import type { InstanceRecord, TaskState } from "@borealis/schema";

/** What is shown of a task: its state, or that the next one of its instance is not let start yet. */
export type ShownState = TaskState | "THROTTLED";

/** The record's task has ended then, and says only how. */
export function shownState({ restarts, taskState }: InstanceRecord): ShownState {
  return restarts?.throttledUntil === undefined ? taskState : "THROTTLED";
}

/** Nothing takes an instance down between two tasks. */
export function isStopping(record: InstanceRecord): boolean {
  const state = shownState(record);
  return (
    state === "CLEANING" || state === "FINALIZING" || (state === "ACTIVE" && record.stopping !== undefined)
  );
}
