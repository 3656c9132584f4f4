import { existsSync } from "node:fs";
import { join } from "node:path";
import type { TaskHeader } from "../checkpoint/checkpoint.ts";
import { checkpointPath, readCheckpoint } from "../checkpoint/checkpoint-file.ts";
import { holderOf } from "../state/holder.ts";
import { listTasks } from "../state/state-directory.ts";

/** A task that was not finished when whoever ran it went. */
export interface LeftTask {
  readonly taskId: string;
  readonly directory: string;
  /** Undefined when its checkpoint can not be read: then `problem` says why. */
  readonly header?: TaskHeader;
  readonly problem?: string;
  /** As far as its checkpoint tells, whoever had it last still lives. */
  readonly held: boolean;
}

/**
 * What there is to go on with, or what another executor is busy with.
 * @param prefix only tasks whose id begins with it
 * @throws RunnerError STATE_DIRECTORY
 */
export async function leftTasks(stateDirectory: string, prefix = ""): Promise<LeftTask[]> {
  const all = await listTasks(stateDirectory, { active: true });
  const places = all.filter(({ taskId }) => taskId.startsWith(prefix));
  return places.flatMap(({ taskId, directory }): LeftTask[] => {
    // Whoever began it was killed before there was a task: nothing of it runs, and nothing is known of it.
    if (!existsSync(checkpointPath(directory)) && !existsSync(join(directory, "runs"))) return [];
    try {
      const { header, records } = readCheckpoint(directory);
      return [{ taskId, directory, header, held: holderOf(header, records)?.alive === true }];
    } catch (error) {
      return [{ taskId, directory, held: false, problem: (error as Error).message }];
    }
  });
}
