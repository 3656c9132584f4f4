import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, constants, existsSync, lstatSync, mkdirSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "@borealis/clock";
import { asUser, endGroup, inheritedPath, type RunAs, signalGroup } from "@borealis/processes";
import type { Exit } from "../core/process-run.ts";

const BASH = "/bin/bash";

export interface ProcessGroupOptions {
  readonly name: string;
  readonly run: number;
  /** Bound: no `{{…}}` is left in it. */
  readonly cmdline: string;
  readonly sandbox: string;
  /** USER and LOGNAME. */
  readonly user: string;
  /** Whose rights the process gets; needs an executor that runs as root. */
  readonly runAs?: RunAs;
  readonly clock: Clock;
  readonly bash?: string;
  readonly setpriv?: string;
}

export interface ProcessGroup {
  /** Of the group and of the shell that leads it; undefined when it could not be started. */
  readonly pid: number | undefined;
  /** To the whole group. A group that is gone is not an error. */
  signal(signal: "SIGTERM" | "SIGKILL"): void;
  /** Resolves once: with how the shell ended, when what it left behind has died too, or with why it never began. */
  readonly ended: Promise<Exit | { readonly problem: string }>;
}

/**
 * One run of one process: `/bin/bash -c cmdline`, leader of a session and process group of its own, so that Ctrl-C
 * does not reach it and a signal to the group reaches its children. What can go wrong in starting it is a value.
 *
 * Output goes straight from the process to its log files: nothing here reads, buffers or decodes it, and a process
 * does not stop writing when its executor does.
 */
export function startProcessGroup(options: ProcessGroupOptions): ProcessGroup {
  try {
    return supervise(launch(options), options);
  } catch (error) {
    return neverStarted(explain(error, options));
  }
}

function launch(options: ProcessGroupOptions): ChildProcess {
  const { cmdline, sandbox, runAs, bash = BASH, setpriv = "setpriv" } = options;
  // Both would be reported as "spawn … ENOENT", or by setpriv in the process's own log.
  if (!isDirectory(sandbox)) throw new Error(`the sandbox ${sandbox} is not a directory`);
  if (!existsSync(bash)) throw new Error(`${bash} does not exist`);
  const logs = logDirectory(options);
  const stdout = openLog(join(logs, "stdout"));
  let stderr: number | undefined;
  try {
    stderr = openLog(join(logs, "stderr"));
    const [file = "", ...args] = asUser(runAs, [bash, "-c", cmdline], setpriv);
    return spawn(file, args, {
      cwd: sandbox,
      env: environment(options),
      detached: true,
      stdio: ["ignore", stdout, stderr],
    });
  } finally {
    // The child has its own copies.
    closeSync(stdout);
    if (stderr !== undefined) closeSync(stderr);
  }
}

function supervise(child: ChildProcess, options: ProcessGroupOptions): ProcessGroup {
  const { pid } = child;
  const ended = new Promise<Exit | { problem: string }>((resolve) => {
    child.once("error", (error) => {
      if (pid === undefined) resolve({ problem: explain(error, options) });
    });
    child.once("exit", async (exitCode, signal) => {
      // Children the command left in the background: with their parent gone nobody else would ever end them.
      if (pid !== undefined) await endGroup(pid, options.clock);
      resolve(exitCode === null ? { signal: signal ?? "SIGKILL" } : { exitCode });
    });
  });
  return {
    pid,
    ended,
    signal(signal) {
      // Once the shell is gone its number may be another's; what is left of the group is being SIGKILLed anyway.
      if (pid !== undefined && child.exitCode === null && child.signalCode === null) signalGroup(pid, signal);
    },
  };
}

function neverStarted(problem: string): ProcessGroup {
  return { pid: undefined, signal: () => {}, ended: Promise.resolve({ problem }) };
}

/** Exactly these, whatever the executor's own environment holds; bash adds PWD, SHLVL and _. */
function environment({ sandbox, user }: ProcessGroupOptions): NodeJS.ProcessEnv {
  const profile = join(sandbox, ".thermos_profile");
  return {
    HOME: sandbox,
    USER: user,
    LOGNAME: user,
    PATH: inheritedPath(),
    ...(existsSync(profile) ? { BASH_ENV: profile } : {}),
  };
}

function logDirectory({ sandbox, name, run }: ProcessGroupOptions): string {
  return [".logs", name, String(run)].reduce((parent, part) => {
    const directory = join(parent, part);
    mkdirSync(directory, { recursive: true });
    // The sandbox is the task's to write in: a link there must not make us, who may be root, write elsewhere.
    if (!lstatSync(directory).isDirectory()) throw new Error(`${directory} is not a directory of its own`);
    return directory;
  }, sandbox);
}

function openLog(path: string): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o644);
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function explain(error: unknown, { runAs, setpriv = "setpriv", cmdline }: ProcessGroupOptions): string {
  if (runAs !== undefined && isErrno(error, "ENOENT"))
    return `${setpriv} is not installed (Debian package util-linux)`;
  if (isErrno(error, "E2BIG")) return `the command line is too long (${cmdline.length} characters)`;
  return error instanceof Error ? error.message : String(error);
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
