import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TaskRecord } from "@borealis/runner";
import { Checkpoint, createTask, finishTask, sandboxPath } from "@borealis/runner";
import { taskSchema } from "@borealis/schema";
import { onTestFinished } from "vitest";
import { borealis, finished } from "./borealis.ts";

/** 2023-11-14T22:13:20.000Z */
export const BEGAN = 1_700_000_000_000;
const BOOT_ID = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();

type Event = Extract<TaskRecord, { event: unknown }>["event"];

export interface WrittenTask {
  readonly taskId: string;
  readonly sandbox: string;
  /** After what happened to it so far; one second each. */
  happened(...events: readonly Event[]): void;
  finish(): Promise<void>;
  /** A log of one of its runs, as the run would write it. */
  log(process: string, run: number, stream: string): string;
}

/** A state directory, and the commands that read it. */
export async function stateWorld() {
  const state = await mkdtemp(join(tmpdir(), "borealis-task-"));
  onTestFinished(() => rm(state, { recursive: true, force: true }));
  const env = { BOREALIS_STATE_DIR: state };
  return {
    state,
    env,
    run: (args: readonly string[], more: NodeJS.ProcessEnv = {}) =>
      finished(["executor", ...args], { ...env, ...more }),
    start: (args: readonly string[]) => borealis(["executor", ...args], env),
    task: (taskId: string, options: TaskOptions = {}) => writeTask(state, taskId, options),
  };
}

interface TaskOptions {
  readonly instance?: string;
  readonly processes?: readonly Record<string, unknown>[];
  readonly finalizationWait?: number;
  /** The executor that has it. */
  readonly pid?: number;
  readonly startedAt?: number;
}

/** A checkpoint as an executor writes it. */
async function writeTask(state: string, taskId: string, options: TaskOptions): Promise<WrittenTask> {
  const { instance, processes = [{ name: "web", cmdline: "true" }], pid, startedAt = BEGAN } = options;
  const sandbox = sandboxPath(state, taskId);
  mkdirSync(sandbox, { recursive: true });
  const task = taskSchema.parse({ processes, finalization_wait: options.finalizationWait ?? 30 });
  const header = {
    taskId,
    ...(instance === undefined ? {} : { instance }),
    startedAt,
    // Under another boot: what our own processes have for start times has nothing to do with BEGAN.
    bootId: "an-earlier-boot",
    bootEpoch: startedAt,
    user: "www-data",
    sandbox,
    ports: { http: 31_337 },
    environment: {},
    cgroups: [],
    task,
  };
  const checkpoint = Checkpoint.create(await createTask(state, taskId), header);
  let at = startedAt;
  if (pid !== undefined) checkpoint.append({ at, executor: { pid, bootId: BOOT_ID } });
  const written: WrittenTask = {
    taskId,
    sandbox,
    happened: (...events) => {
      for (const event of events) {
        at += 1_000;
        checkpoint.append({ at, event });
      }
    },
    finish: async () => {
      await finishTask(state, taskId);
    },
    log: (process, run, stream) => {
      const directory = join(sandbox, ".logs", process, String(run));
      mkdirSync(directory, { recursive: true });
      return join(directory, stream);
    },
  };
  onTestFinished(() => checkpoint.close());
  return written;
}

export const started = (process: string, run = 0, pid = 4_242): Event => ({
  type: "started",
  process,
  run,
  pid,
});
export const exited = (process: string, exitCode: number, run = 0): Event => ({
  type: "exited",
  process,
  run,
  exit: { exitCode },
});
export const signalled = (process: string, signal: string, run = 0): Event => ({
  type: "exited",
  process,
  run,
  exit: { signal },
});
export const tick: Event = { type: "tick" };

export function corrupt(state: string, taskId: string): void {
  writeFileSync(join(state, "tasks", "active", taskId, "checkpoint"), "something else\n");
}

/** A table as words: where columns are is not told by one blank. */
export function cells(stdout: string): string[][] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.trim().split(/ {2,}/));
}
