import type { TaskHeader, TaskRecord } from "../checkpoint/checkpoint.ts";
import { CheckpointError } from "../checkpoint/checkpoint-error.ts";
import { readCheckpoint } from "../checkpoint/checkpoint-file.ts";
import { replay } from "../core/replay.ts";
import { newTask, type TaskMachine } from "../core/task.ts";
import type { PlannedTask } from "../core/task-plan.ts";
import { isErrno } from "../errors.ts";
import { type Holder, holderOf } from "./holder.ts";
import { finishedTask, type TaskPlace } from "./state-directory.ts";

/** What can be said of a task from its directory, whether or not an executor has it. */
export interface TaskSummary extends TaskPlace {
  readonly header?: TaskHeader;
  /** As it was at `lastAt`: of a task that nobody holds, processes may have ended since. */
  readonly machine?: TaskMachine;
  /** The task's time of its latest record. */
  readonly lastAt?: number;
  /** The executor that had it last. */
  readonly holder?: Holder;
  /** Why some of it is missing, as a sentence. */
  readonly problem?: string;
}

/** Never throws: a task that can not be read is to be shown as one that can not be read. */
export function summarise(stateDirectory: string, place: TaskPlace): TaskSummary {
  try {
    return { ...place, ...contentsOf(place) };
  } catch (error) {
    if (place.finished || !isGone(error)) return { ...place, problem: (error as Error).message };
  }
  // It was finished between the list and now.
  const { taskId } = place;
  const moved = { taskId, directory: finishedTask(stateDirectory, taskId), finished: true };
  const summary = summarise(stateDirectory, moved);
  return summary.header === undefined ? { ...summary, ...place } : summary;
}

function contentsOf({ directory, taskId }: TaskPlace): Partial<TaskSummary> {
  const { header, records } = readCheckpoint(directory);
  if (header.taskId !== taskId) return { problem: `its checkpoint is of task "${header.taskId}"` };
  const lastAt = records.reduce((latest, { at }) => Math.max(latest, at), header.startedAt);
  const holder = holderOf(header, records);
  const known = { header, lastAt, ...(holder === undefined ? {} : { holder }) };
  try {
    return { ...known, machine: replayed(header, records) };
  } catch (error) {
    return { ...known, problem: `its checkpoint can not be replayed: ${(error as Error).message}` };
  }
}

/** What its checksum vouches for is taken as it was written: what ran under laxer rules can be shown under stricter. */
function replayed(header: TaskHeader, records: readonly TaskRecord[]): TaskMachine {
  return replay(newTask(header.task as unknown as PlannedTask), records);
}

function isGone(error: unknown): boolean {
  return error instanceof CheckpointError && isErrno(error.cause, "ENOENT");
}
