import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Clock } from "@borealis/clock";
import { inheritedPath } from "@borealis/processes";
import { RunnerError } from "../errors.ts";
import type { Launcher, LauncherListener, StartRequest } from "./keeper.ts";
import { encodeRequest, startFields } from "./launcher-request.ts";

const PROGRAM = fileURLToPath(new URL("launcher.pl", import.meta.url));
// One that ends before it has said a word will do so again.
const ATTEMPTS = 3;
const CLOSING_MS = 2_000;
// Keepers show what they keep in the place where their arguments were.
const ROOM_FOR_NAMES = "-".repeat(200);

export interface LauncherOptions {
  readonly clock: Clock;
  readonly onProblem: (problem: string) => void;
  readonly perl?: string;
}

type LockAnswer = "locked" | "busy";

/** Starts the program when it is first needed, and again when it is needed after it died. */
export function openLauncher({ clock, onProblem, perl = "perl" }: LauncherOptions): Launcher {
  const listeners = new Map<string, LauncherListener>();
  const waiting = new Map<string, PromiseWithResolvers<LockAnswer>>();
  let running: ChildProcess | undefined;
  let failures = 0;
  let lastWords = "no reason was given";

  function child(): ChildProcess {
    if (running !== undefined) return running;
    if (failures >= ATTEMPTS) throw new RunnerError("LAUNCHER", `processes can not be kept: ${lastWords}`);
    failures += 1;
    // 3 and 4 are our own stdout and stderr. A session of its own: Ctrl-C is for us to see.
    const started = spawn(perl, [PROGRAM, ROOM_FOR_NAMES], {
      cwd: "/",
      env: { PATH: inheritedPath(), LD_BIND_NOW: "1" },
      detached: true,
      stdio: ["pipe", "pipe", "pipe", 1, 2],
    });
    running = started;
    listen(started);
    return started;
  }

  function listen(started: ChildProcess): void {
    started.once("error", (error: NodeJS.ErrnoException) => {
      lastWords =
        error.code === "ENOENT" ? `${perl} is not installed (Debian package perl-base)` : error.message;
      died(started);
    });
    const { stdin, stdout, stderr } = started;
    // Without files for its pipes it has none; the error comes afterwards.
    if (!stdin || !stdout || !stderr) return;
    // That it is gone is told by its end.
    stdin.on("error", () => {});
    createInterface(stdout).on("line", hear);
    createInterface(stderr).on("line", (line) => {
      lastWords = line;
      onProblem(line);
    });
    // What it said last is still to be read when it has exited; keepers hold its stderr for much longer.
    void Promise.all([once(started, "exit"), once(stdout, "close")]).then(
      () => died(started),
      () => {},
    );
  }

  function died(which: ChildProcess): void {
    if (running !== which) return;
    running = undefined;
    which.stderr?.destroy();
    for (const answer of waiting.values()) answer.resolve("busy");
    waiting.clear();
    for (const listener of [...listeners.values()]) listener.onDeath();
  }

  function hear(line: string): void {
    const [type, directory = "", second = "", third = ""] = line.split(" ").map(decodeURIComponent);
    if (type === "ready") failures = 0;
    else if (type === "ended") listeners.get(directory)?.onEnded(second, Number(third));
    else if (type === "locked" || type === "busy") waiting.get(directory)?.resolve(type);
    else if (type === "refused")
      waiting.get(directory)?.reject(new RunnerError("LAUNCHER", `can not lock ${directory}: ${second}`));
    else onProblem(`the launcher said ${line}`);
    if (type !== "ended") waiting.delete(directory);
  }

  function send(...fields: readonly (string | number)[]): void {
    child().stdin?.write(encodeRequest(fields));
  }

  return {
    get pid() {
      return running?.pid;
    },

    async lock(directory) {
      const answer = waiting.get(directory) ?? Promise.withResolvers<LockAnswer>();
      if (!waiting.has(directory)) {
        send("lock", directory);
        waiting.set(directory, answer);
      }
      return answer.promise;
    },

    follow(directory, listener) {
      listeners.set(directory, listener);
    },

    release(directory) {
      listeners.delete(directory);
      if (running !== undefined) send("unlock", directory);
    },

    launch(directory: string, request: StartRequest) {
      send("start", ...startFields(directory, request));
    },

    async close() {
      const closing = running;
      if (closing === undefined) return;
      running = undefined;
      closing.stdin?.end();
      using deadline = clock.deadline(CLOSING_MS);
      try {
        await once(closing, "exit", { signal: deadline.signal });
      } catch {
        closing.kill("SIGKILL");
      }
      closing.stderr?.destroy();
    },
  };
}
