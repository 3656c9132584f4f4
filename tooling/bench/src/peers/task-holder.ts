import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { systemClock } from "@borealis/clock";
import { adoptTask, openRunner, type RunningTask, startTask, type TaskSnapshot } from "@borealis/runner";
import { checkTask, type ProcessReport } from "@borealis/schema";
import { nowMs } from "../monotonic.ts";
import { cpuMsWithChildrenOf } from "../task-cost.ts";

/**
 * An executor that knows tasks and nothing else. Each line on stdin is answered by one of JSON:
 *
 *   bash                 how long `bash -c true` takes, started by the same Node
 *   run <id> <file>      runs the task of this file to its end
 *   hold <id> <file>     starts it; answers when all of its processes run
 *   adopt <id>           goes on with it; answers when all of its processes are known to run
 *   gone <process>       answers when that one does not run any more: the signal that has ended it
 *   end                  ends what it holds
 *
 * Told to go by the end of stdin; ends what it holds then.
 */
export interface Ran {
  readonly taskState: string;
  readonly ms: number;
  /** Of this program. */
  readonly cpuMs: number;
  /** Of its launcher and all that this one has waited for: keepers, and what those have. */
  readonly keptCpuMs: number;
  readonly sandbox: string;
}

export interface Held {
  readonly launcher: number;
  readonly sandbox: string;
  /** By process. */
  readonly pids: Readonly<Record<string, number>>;
  /** Monotonic. */
  readonly atMs: number;
}

/** Until the launcher has waited for the last keepers. */
const REAPED_MS = 100;

const [stateDirectory = "", ...adoption] = process.argv.slice(2);
const complain = (problem: string) => void process.stderr.write(`${problem}\n`);
const runner = await openRunner({ stateDirectory, clock: systemClock, onProblem: complain });
const { context } = runner;
let held: RunningTask | undefined;
let look: (snapshot: TaskSnapshot) => void = () => {};
const listener = { onChange: (snapshot: TaskSnapshot) => look(snapshot), onProblem: complain };

async function bash(): Promise<number> {
  const startedAt = nowMs();
  await once(spawn("/bin/bash", ["-c", "true"], { stdio: "ignore" }), "exit");
  return nowMs() - startedAt;
}

async function start(taskId: string, file: string): Promise<RunningTask> {
  const { task, issues } = checkTask(JSON.parse(await readFile(file, "utf8")));
  if (task === undefined) throw new Error(issues.map(({ message }) => message).join(", "));
  return await startTask({ taskId, task, ports: {}, user: "bench" }, context, listener);
}

async function run(taskId: string, file: string): Promise<Ran> {
  const before = await cpu();
  const startedAt = nowMs();
  const task = await start(taskId, file);
  const { taskState } = await task.ended;
  const ms = nowMs() - startedAt;
  await systemClock.sleep(REAPED_MS);
  const after = await cpu();
  return {
    taskState,
    ms,
    cpuMs: after.own - before.own,
    keptCpuMs: after.kept - before.kept,
    sandbox: task.sandbox,
  };
}

async function cpu() {
  const { user, system } = process.cpuUsage();
  const { pid } = context.launcher;
  return { own: (user + system) / 1_000, kept: pid === undefined ? 0 : await cpuMsWithChildrenOf(pid) };
}

async function hold(task: Promise<RunningTask>): Promise<Held> {
  held = await task;
  const { processes } = await until(({ processes }) => processes.every(({ state }) => state === "RUNNING"));
  const pids = Object.fromEntries(processes.map(({ name, pid }) => [name, pid ?? Number.NaN]));
  return { launcher: context.launcher.pid ?? Number.NaN, sandbox: held.sandbox, pids, atMs: nowMs() };
}

function until(isSo: (snapshot: TaskSnapshot) => boolean): Promise<TaskSnapshot> {
  return new Promise((resolve) => {
    look = (snapshot) => {
      if (isSo(snapshot)) resolve(snapshot);
    };
    if (held !== undefined) look(held.snapshot);
  });
}

async function gone(name: string): Promise<string | null> {
  const isGone = (one: ProcessReport) => one.name === name && one.state !== "RUNNING";
  const { processes } = await until(({ processes }) => processes.some(isGone));
  return processes.find(isGone)?.signal ?? null;
}

async function end(): Promise<string> {
  held?.hurry();
  const ended = await held?.ended;
  held = undefined;
  return ended?.taskState ?? "";
}

async function answer(line: string): Promise<unknown> {
  const [command, first = "", second = ""] = line.split(" ");
  switch (command) {
    case "bash":
      return await bash();
    case "run":
      return await run(first, second);
    case "hold":
      return await hold(start(first, second));
    case "adopt":
      return await hold(adoptTask(first, undefined, context, listener));
    case "gone":
      return await gone(first);
    default:
      return await end();
  }
}

const say = (what: unknown) => process.stdout.write(`${JSON.stringify(what)}\n`);
say(process.pid);
if (adoption.length > 0) say(await answer(adoption.join(" ")));
for await (const line of createInterface({ input: process.stdin })) say(await answer(line));
await end();
await runner.close();
process.exit();
