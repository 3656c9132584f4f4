import { lstat, mkdir, readdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isErrno, RunnerError, reasonOf } from "../errors.ts";

/**
 * What an executor leaves on the disk. Whoever knows a state directory finds every task that was ever run in it.
 *
 *   <state>/tasks/active/<taskId>/    checkpoint, runs       what runs, or ran when an executor was killed
 *   <state>/tasks/finished/<taskId>/  the same, renamed
 *   <state>/sandboxes/<taskId>/       what its processes see, .logs included
 *
 * A task's own directory is there before its sandbox and goes after it: a sandbox without one is nobody's.
 */
export interface TaskPlace {
  readonly taskId: string;
  readonly directory: string;
  readonly finished: boolean;
}

const NAME_MAX = 255;

/** Whether it can be the name of a directory and of nothing but a directory just below. */
function isTaskId(text: string): boolean {
  return text.length <= NAME_MAX && /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(text);
}

export function activeTask(stateDirectory: string, taskId: string): string {
  return join(stateDirectory, "tasks", "active", checked(taskId));
}

export function finishedTask(stateDirectory: string, taskId: string): string {
  return join(stateDirectory, "tasks", "finished", checked(taskId));
}

/** Where a task's processes run. */
export function sandboxPath(stateDirectory: string, taskId: string): string {
  return join(sandboxesPath(stateDirectory), checked(taskId));
}

export function sandboxesPath(stateDirectory: string): string {
  return join(stateDirectory, "sandboxes");
}

/** @throws RunnerError BAD_TASK when there is, or was, a task of this name; STATE_DIRECTORY */
export async function createTask(stateDirectory: string, taskId: string): Promise<string> {
  const directory = activeTask(stateDirectory, taskId);
  if (await exists(finishedTask(stateDirectory, taskId))) throw used(taskId);
  try {
    await mkdir(dirname(directory), { recursive: true, mode: 0o700 });
    await mkdir(directory, { mode: 0o700 });
    return directory;
  } catch (error) {
    if (isErrno(error, "EEXIST")) throw used(taskId);
    throw unusable(directory, "can not be made", error);
  }
}

/**
 * Once a task has ended and nothing of it runs. Done before, it is done: a crash in between is mended by calling this
 * again, as whoever finds a task that has ended among the active ones does.
 *
 * @returns its directory from now on
 * @throws RunnerError STATE_DIRECTORY
 */
export async function finishTask(stateDirectory: string, taskId: string): Promise<string> {
  const directory = activeTask(stateDirectory, taskId);
  const finished = finishedTask(stateDirectory, taskId);
  try {
    await mkdir(dirname(finished), { recursive: true, mode: 0o700 });
    await rename(directory, finished);
  } catch (error) {
    const isDone = isErrno(error, "ENOENT") && (await exists(finished));
    if (!isDone) throw unusable(directory, `can not be renamed to ${finished}`, error);
  }
  return finished;
}

/** In the order of their names, the active ones first; one that is finished meanwhile is not missed. */
export async function listTasks(
  stateDirectory: string,
  which: { readonly active?: boolean; readonly finished?: boolean } = { active: true, finished: true },
): Promise<TaskPlace[]> {
  const places = new Map<string, TaskPlace>();
  for (const finished of [false, true]) {
    if (!which[finished ? "finished" : "active"]) continue;
    const parent = join(stateDirectory, "tasks", finished ? "finished" : "active");
    for (const taskId of await listTaskIds(parent)) {
      // Seen in both it was renamed while we looked.
      places.set(taskId, { taskId, directory: join(parent, taskId), finished });
    }
  }
  return [...places.values()].sort(
    (a, b) => Number(a.finished) - Number(b.finished) || (a.taskId < b.taskId ? -1 : 1),
  );
}

/** Directories named as tasks are, and nothing else; none when there is no such directory. @throws RunnerError STATE_DIRECTORY */
export async function listTaskIds(parent: string): Promise<string[]> {
  try {
    const entries = await readdir(parent, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && isTaskId(entry.name)).map(({ name }) => name);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw unusable(parent, "can not be read", error);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return false;
    throw unusable(path, "can not be looked at", error);
  }
}

function checked(taskId: string): string {
  if (isTaskId(taskId)) return taskId;
  const rule = "letters, digits, _, - and ., not beginning with - or ., at most 255";
  throw new RunnerError("BAD_TASK", `${JSON.stringify(taskId)} can not be the id of a task; it has ${rule}`);
}

function used(taskId: string): RunnerError {
  return new RunnerError(
    "BAD_TASK",
    `there is a task "${taskId}" already, or its remains; choose another id`,
  );
}

function unusable(path: string, what: string, error: unknown): RunnerError {
  const advice = "give a directory that can be written with --state-dir";
  return new RunnerError("STATE_DIRECTORY", `${path} ${what} (${reasonOf(error)}); ${advice}`, error);
}
