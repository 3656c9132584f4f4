import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "@borealis/clock";
import { afterEach, expect } from "vitest";
import { keepTask } from "../../src/keeper/keep-task.ts";
import type { Keeper, Launcher, ProcessIdentity, RunNews, StartRequest } from "../../src/keeper/keeper.ts";
import { openLauncher } from "../../src/keeper/launcher.ts";
import { isAlive } from "../../src/keeper/proc.ts";
import { parseLine, type RunLine } from "../../src/keeper/runs-line.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "borealis-keeper-"));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export interface Task {
  readonly directory: string;
  readonly sandbox: string;
}

/** A task's directory and sandbox; what runs in it when the test is over is killed. */
export function newTask(): Task {
  const directory = join(temporaryDirectory(), "task-1");
  const sandbox = join(directory, "sandbox");
  mkdirSync(sandbox, { recursive: true });
  cleanups.push(async () => {
    for (const { keeper, command } of keptIn(directory)) {
      if (isAlive(keeper)) process.kill(keeper.pid, "SIGUSR2");
      await expect.poll(() => isAlive(keeper)).toBe(false);
      if (isAlive(command)) process.kill(-command.pid, "SIGKILL");
    }
  });
  return { directory, sandbox };
}

export function linesOf(directory: string): RunLine[] {
  return readFileSync(join(directory, "runs"))
    .toString("latin1")
    .split("\n")
    .flatMap((line) => parseLine(Buffer.from(line, "latin1")) ?? []);
}

function keptIn(directory: string) {
  try {
    return linesOf(directory).filter((line) => line.type === "kept");
  } catch {
    return [];
  }
}

export function newLauncher(
  options: { perl?: string; onProblem?: (problem: string) => void } = {},
): Launcher {
  const launcher = openLauncher({
    clock: systemClock,
    onProblem: (problem) => expect.unreachable(problem),
    ...options,
  });
  cleanups.push(() => launcher.close());
  return launcher;
}

export interface Kept extends Task {
  readonly keeper: Keeper;
  readonly news: RunNews[];
  readonly problems: string[];
  readonly taken: () => number;
  readonly killRequests: () => number;
  start(process: string, script: string, request?: Partial<StartRequest>): void;
  /** The news of this type of the process's run. */
  until<T extends RunNews["type"]>(type: T, process: string, run?: number): Promise<RunNews & { type: T }>;
  /** The run's keeper and command. */
  identities(process: string, run?: number): { keeper: ProcessIdentity; command: ProcessIdentity };
}

/** Its deadlines come a hundred times as early. */
export const hurriedClock: Clock = { ...systemClock, now: () => systemClock.now() * 100 };

/** Nothing is found out by looking again every few seconds. */
export const sweeplessClock: Clock = {
  ...systemClock,
  after: (delayMs, task) => (delayMs < 5_000 ? systemClock.after(delayMs, task) : () => {}),
};

export async function keep(
  task: Task = newTask(),
  launcher: Launcher = newLauncher(),
  clock: Clock = systemClock,
): Promise<Kept> {
  const news: RunNews[] = [];
  const problems: string[] = [];
  let killRequests = 0;
  let taken = 0;
  const { directory, sandbox } = task;
  const keeper = await keepTask({
    directory,
    sandbox,
    launcher,
    clock,
    onNews: (one) => news.push(one),
    onProblem: (problem) => problems.push(problem),
    onTaken: () => {
      taken += 1;
    },
    onKillRequest: () => {
      killRequests += 1;
    },
  });
  cleanups.push(() => keeper.close());
  return {
    ...task,
    keeper,
    news,
    problems,
    killRequests: () => killRequests,
    taken: () => taken,

    start: (process, script, request) => keeper.start({ ...requestFor(task, process, script), ...request }),

    async until(type, process, run = 0) {
      const find = () => news.find((one) => one.process === process && one.run === run && one.type === type);
      await expect.poll(find, { interval: 5 }).toBeDefined();
      return find() as never;
    },

    identities(process, run = 0) {
      const kept = keptIn(directory).find((line) => line.process === process && line.run === run);
      if (kept?.type !== "kept") throw new Error(`no keeper of ${process} ${run}`);
      return kept;
    },
  };
}

export function requestFor({ sandbox }: Task, process: string, script: string): StartRequest {
  return {
    process,
    run: 0,
    command: ["/bin/bash", "-c", script],
    directory: sandbox,
    environment: { HOME: sandbox, PATH: "/usr/bin:/bin" },
    stdout: { file: join(sandbox, `${process}.out`), console: false },
    stderr: { file: join(sandbox, `${process}.err`), console: false },
    cgroups: [],
  };
}

/** What a process has written into this file of its sandbox, as soon as it ends with a line. */
export async function written(task: Task, file: string): Promise<string> {
  const read = () => {
    try {
      return readFileSync(join(task.sandbox, file), "latin1");
    } catch {
      return "";
    }
  };
  await expect.poll(read, { interval: 5 }).toMatch(/\n$/);
  return read();
}
