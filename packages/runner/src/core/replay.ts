import type { TaskRecord } from "../checkpoint/checkpoint.ts";
import { step, type TaskMachine } from "./task.ts";

/** What a task has come to, from what was written down of it; whose it was in between changes nothing. */
export function replay(initial: TaskMachine, records: readonly TaskRecord[]): TaskMachine {
  return records.reduce((state, record) => {
    if ("snapshot" in record) return record.snapshot;
    return "event" in record ? step(state, record.event, record.at).state : state;
  }, initial);
}
