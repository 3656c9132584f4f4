import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { systemClock } from "@borealis/clock";

/** A process of the demo: in a session of its own, so that Ctrl-C in the terminal reaches only us and we stop it in order. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** How it ended, in words; undefined while it runs. */
  readonly ended: string | undefined;
  readonly exit: Promise<void>;
  /** SIGTERM, and SIGKILL to its whole group after `graceMs`. Resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
  /** The last lines it wrote. */
  tail(lines: number): Promise<string>;
}

/** With it a child ends although we were killed with -9; part of util-linux, not there everywhere. */
const hasSetpriv = spawnSync("setpriv", ["--pdeathsig", "TERM", "true"], { stdio: "ignore" }).status === 0;

export function startChild(
  name: string,
  command: readonly string[],
  options: { logFile: string; env?: NodeJS.ProcessEnv; cwd?: string },
): Child {
  const log = openSync(options.logFile, "a", 0o600);
  const [program = "", ...args] = hasSetpriv ? ["setpriv", "--pdeathsig", "TERM", ...command] : command;
  const child = spawn(program, args, {
    detached: true,
    stdio: ["ignore", log, log],
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  closeSync(log);
  let ended: string | undefined;
  const exit = Promise.withResolvers<void>();
  child.once("error", (error) => {
    ended = `could not be started: ${error.message}`;
    exit.resolve();
  });
  child.once("exit", (code, signal) => {
    ended = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
    exit.resolve();
  });
  return {
    name,
    pid: child.pid ?? 0,
    get ended() {
      return ended;
    },
    exit: exit.promise,
    stop: (graceMs) => stop(child, exit.promise, graceMs),
    tail: async (lines) =>
      (await readFile(options.logFile, "utf8")).trimEnd().split("\n").slice(-lines).join("\n"),
  };
}

async function stop(child: ChildProcess, exit: Promise<void>, graceMs: number): Promise<void> {
  if (child.pid === undefined) return;
  child.kill("SIGTERM");
  const cancel = systemClock.after(graceMs, () => signalGroup(child.pid, "SIGKILL"));
  await exit;
  cancel();
  // What it may have left in its group.
  signalGroup(child.pid, "SIGKILL");
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in it.
  }
}
