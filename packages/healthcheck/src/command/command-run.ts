import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { stat } from "node:fs/promises";
import type { Clock } from "@borealis/clock";
import { asUser, endEscaped, endGroup, inheritedPath, type RunAs, signalGroup } from "@borealis/processes";
import type { Output } from "./output-pipe.ts";

// Of the 50 ms in which a check has to settle after its deadline; the rest is for what else is going on.
const ENDING_MS = 30;
// What a dead process wrote is there already: only if another one holds the pipe does its end stay out.
const DRAINING_MS = 20;

/** How the shell ended, that it was ended when the time was up, or why it never began. */
export type CommandEnd =
  | { readonly exitCode: number }
  | { readonly killedBy: NodeJS.Signals }
  | { readonly stopped: string }
  | { readonly problem: string };

export interface CommandRun {
  readonly command: string;
  readonly directory?: string;
  readonly user: string;
  readonly runAs?: RunAs;
  readonly bash: string;
  readonly setpriv: string;
}

/**
 * Runs `/bin/bash -c command` to its end, or until `signal` aborts: then all of it is SIGKILLed at once. Either way
 * nothing of it is left, as far as that can be had by 30 ms after the abort; the rest dies without being waited for.
 *
 * Who is left when the shell has ended is known without a look at every process of the host, which is dear: the
 * group can still be signalled, or somebody holds the pipe. So each process is given that once more, as its fd 3:
 * `setsid daemon >/dev/null 2>&1 &` still has it. After a timeout we look in any case.
 *
 *   shell ended ──▶ group SIGKILLed ──▶ pipe has ended ──▶ done
 *                        └ had members ──┬──┘ not yet
 *   signal aborted ──▶ group SIGKILLed ──┴▶ all of /proc searched for the marker ──▶ done
 */
export async function runCommand(
  run: CommandRun,
  output: Output,
  clock: Clock,
  signal: AbortSignal,
): Promise<CommandEnd> {
  const marker = { name: "BOREALIS_CHECK", value: randomUUID() };
  const began = begin(run, { [marker.name]: marker.value }, output);
  if ("problem" in began) return { problem: await explain(began.problem, run) };
  const group = began.child.pid;
  const shell = await endOf(began.child, signal);
  if ("problem" in shell) return { problem: await explain(shell.problem, run) };
  if (group === undefined) return shell;
  // Of a shell that was stopped itself is left, at the least.
  const left = signalGroup(group, "SIGKILL");
  if (left || !(await within(DRAINING_MS, output.ended, clock))) {
    const gone = Promise.all([
      endGroup(group, clock),
      endEscaped(`${marker.name}=${marker.value}`, clock),
    ]).then(() => within(DRAINING_MS, output.ended, clock));
    await untilHurried(gone, signal, clock);
  }
  return shell;
}

function begin(run: CommandRun, marker: Record<string, string>, output: Output) {
  const { writer } = output;
  const { command, directory, user, runAs, bash, setpriv } = run;
  const own = { PATH: inheritedPath(), HOME: directory ?? "/", USER: user, LOGNAME: user };
  const [file = "", ...args] = asUser(runAs, [bash, "-c", command], setpriv);
  try {
    const child = spawn(file, args, {
      env: { ...own, ...marker },
      detached: true,
      stdio: ["ignore", writer, writer, writer],
      ...(directory === undefined ? {} : { cwd: directory }),
    });
    return { child };
  } catch (problem) {
    return { problem };
  } finally {
    output.started();
  }
}

type ShellEnd = Exclude<CommandEnd, { problem: string }> | { readonly problem: unknown };

function endOf(child: ChildProcess, signal: AbortSignal): Promise<ShellEnd> {
  return new Promise((resolve) => {
    const end = (how: ShellEnd) => {
      signal.removeEventListener("abort", stop);
      resolve(how);
    };
    const stop = () => end({ stopped: messageOf(signal.reason) });
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop);
    child.once("error", (problem) => end({ problem }));
    child.once("exit", (exitCode, killedBy) =>
      end(exitCode === null ? { killedBy: killedBy ?? "SIGKILL" } : { exitCode }),
    );
  });
}

/** @returns whether it came to its end by then. */
function within(delayMs: number, work: Promise<void>, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(delayMs, () => resolve(false));
    void work.then(() => {
      cancel();
      resolve(true);
    });
  });
}

/** Waits for `work` to settle, but not for much longer than `signal` does. */
function untilHurried(work: Promise<unknown>, signal: AbortSignal, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    let cancel = () => {};
    const hurry = () => {
      cancel = clock.after(ENDING_MS, done);
    };
    const done = () => {
      cancel();
      signal.removeEventListener("abort", hurry);
      resolve();
    };
    if (signal.aborted) hurry();
    else signal.addEventListener("abort", hurry);
    work.then(done, done);
  });
}

/** Why no process was started. */
export async function explain(problem: unknown, { directory, setpriv }: CommandRun): Promise<string> {
  // "spawn … ENOENT" names the program even if it is the directory that does not exist.
  if (directory !== undefined && !(await isDirectory(directory))) return `${directory} is not a directory`;
  const { code, path } = Object(problem) as { code?: unknown; path?: unknown };
  switch (code) {
    case "ENOENT":
      return path === setpriv
        ? `${setpriv} is not installed (Debian package util-linux)`
        : `${path} does not exist`;
    case "E2BIG":
      return "the command is too long for this system";
    case "EAGAIN":
      return "no process can be started: a limit of this host or its user is reached";
    default:
      return messageOf(problem);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
