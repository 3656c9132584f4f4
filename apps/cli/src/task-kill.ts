import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "@borealis/clock";
import { activeTask, listTasks, summarise, type TaskSummary, unmarkThrottled } from "@borealis/runner";
import { env } from "./env.ts";
import type { KillOptions } from "./executor-kill.ts";
import { EXIT } from "./exit-codes.ts";
import { CliError } from "./fail.ts";
import { note } from "./health-text.ts";
import { printable } from "./table.ts";
import { findTasks, findThrottled } from "./task-find.ts";

const MILLISECONDS = 1000;
const LOOK_MS = 100;
/** For what comes before SIGTERM: leaving the ServerSet, draining, asking over HTTP. */
const SLACK_MS = 30_000;
const DEFAULT_FINALIZATION_WAIT_MS = 30_000;

/** Aurora's executor had a request of its own for this; here a file says it, whoever has the task by then. */
const KILL_FILE = "kill";

export async function kill(patterns: readonly string[], options: KillOptions): Promise<void> {
  const { stateDir, wait } = options;
  const tasks = await findTasks(stateDir, patterns, { active: true, finished: false });
  const throttled = findThrottled(stateDir, patterns);
  for (const { instance } of throttled) {
    unmarkThrottled(stateDir, instance);
    process.stdout.write(`Killing ${printable(instance)}, which is THROTTLED...done.\n`);
  }
  if (tasks.length + throttled.length === 0) {
    process.stdout.write("No active tasks matched.\n");
    process.exitCode = EXIT.negative;
    return;
  }
  // All are asked before any is waited for.
  const asked = await Promise.all(tasks.map((task) => ask(stateDir, task)));
  if (wait === false) {
    for (const { taskId } of asked) process.stdout.write(`Asked ${printable(taskId)} to end.\n`);
    return;
  }
  const ends = asked.map((task) => untilEnded(stateDir, task, waitMs(task, wait)));
  // One that fails is told when its turn comes.
  for (const end of ends) end.catch(() => {});
  for (const [index, { taskId }] of asked.entries()) {
    process.stdout.write(`Killing ${printable(taskId)}...`);
    await tell(taskId, ends[index]);
  }
}

async function tell(taskId: string, end: Promise<boolean> | undefined): Promise<void> {
  try {
    if (await end) {
      process.stdout.write("done.\n");
      return;
    }
    process.stdout.write("not yet.\n");
    process.exitCode = EXIT.timeout;
  } catch (error) {
    process.stdout.write("failed.\n");
    const { message, exitCode = EXIT.failed } = error as Error & { exitCode?: number };
    process.stderr.write(`borealis: ${printable(`${taskId}: ${message}`)}\n`);
    process.exitCode = exitCode;
  }
}

async function ask(stateDir: string, task: TaskSummary): Promise<TaskSummary> {
  const path = join(activeTask(stateDir, task.taskId), KILL_FILE);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;
  try {
    const file = await open(path, flags, 0o600);
    await file.writeFile(`${env.sudoUser ?? env.user}\n`);
    await file.close();
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    // It has ended just now.
    if (code === "ENOENT") return task;
    const denied = code === "EACCES" || code === "EPERM" || code === "EROFS";
    throw new CliError(
      `can not ask ${task.taskId} to end (${code || message}): ${path} can not be written`,
      denied ? EXIT.auth : EXIT.failed,
    );
  }
  return task;
}

/** False when the time is over. What nobody has is ended here, in its own time. */
async function untilEnded(stateDir: string, { taskId }: TaskSummary, waitMs: number): Promise<boolean> {
  using deadline = systemClock.deadline(waitMs);
  const sleep = () => systemClock.sleep(LOOK_MS, deadline.signal).then(yes, no);
  let adopted = false;
  do {
    const place = await activePlace(stateDir, taskId);
    if (place === undefined) return true;
    const { holder, problem, header } = summarise(stateDir, place);
    if (problem !== undefined && header === undefined) throw new CliError(problem, EXIT.failed);
    // The executor that had it may be killed while we wait.
    if (holder?.alive !== true && !adopted) {
      adopted = true;
      await endAbandoned(stateDir, taskId).catch(unlessTaken);
    }
  } while (await sleep());
  return (await activePlace(stateDir, taskId)) === undefined;
}

async function endAbandoned(stateDir: string, taskId: string): Promise<void> {
  const { killAbandoned } = await import("@borealis/executor");
  await killAbandoned(stateDir, taskId, {
    clock: systemClock,
    onProblem: (problem) => note(`${taskId}: ${problem}`),
  });
}

/** An executor was faster than we were, and it does what the file says. */
function unlessTaken(error: unknown): void {
  if ((error as { readonly code?: unknown }).code !== "TASK_BUSY") throw error;
}

async function activePlace(stateDir: string, taskId: string) {
  const active = await listTasks(stateDir, { active: true });
  return active.find((place) => place.taskId === taskId);
}

function waitMs({ machine }: TaskSummary, wait: number | boolean | undefined): number {
  if (typeof wait === "number") return wait * MILLISECONDS;
  return (machine?.plan.finalizationWaitMs ?? DEFAULT_FINALIZATION_WAIT_MS) + SLACK_MS;
}

const yes = () => true;
const no = () => false;
