import type { Clock } from "@borealis/clock";
import type { Exit } from "../core/process-run.ts";

/** A process that can be told from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/<pid>/stat: clock ticks since the boot. */
  readonly startTime: string;
}

/** What has become of a run; `at` in milliseconds since the Unix epoch. News of a run come in this order. */
export type RunNews = {
  readonly process: string;
  readonly run: number;
  readonly at: number;
} & (
  | { readonly type: "started"; readonly pid: number }
  | { readonly type: "startFailed"; readonly reason: string }
  /** Comes when nothing of the run's tree is left. `leftBehind`: what could not be ended, as a sentence. */
  | { readonly type: "exited"; readonly exit: Exit; readonly leftBehind?: string }
  /** Nobody saw how it ended: whoever kept it was killed. Nothing of it is left. */
  | { readonly type: "lost"; readonly reason: string }
);

/** What becomes of one stream of a process's output. */
export interface OutputPlan {
  /** Appended to; made when it is not there, its directories below the run's own one, too; never through a link. */
  readonly file?: string;
  /** To our own stdout or stderr as well, or only. */
  readonly console: boolean;
  /** Bytes at which `file` becomes `file.1`, and how many of those are kept. */
  readonly rotate?: { readonly bytes: number; readonly backups: number };
}

export interface StartRequest {
  readonly process: string;
  readonly run: number;
  /** The whole command line, `setpriv …` included. */
  readonly command: readonly string[];
  readonly directory: string;
  /** The whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stdout: OutputPlan;
  readonly stderr: OutputPlan;
  /** `cgroup.procs` files that the process joins before it is executed. */
  readonly cgroups: readonly string[];
}

/**
 * Runs the processes of one task so that they do not depend on this program's life: each run has a keeper process of
 * its own that waits for it, writes down how it ended and ends what it left behind.
 */
export interface Keeper {
  /** Whether this run was ever launched, by us or by whoever had the task before. */
  launched(process: string, run: number): boolean;
  /** What comes of it is news. Never throws. */
  start(request: StartRequest): void;
  /** To everything that descends from the run's command, itself included. A run that is over is not an error. */
  signal(process: string, run: number, signal: "SIGTERM" | "SIGKILL"): void;
  /** Stops following and gives the task's directory back; what runs goes on. */
  close(): void;
}

export interface KeeperOptions {
  /** The task's own directory; `runs` in it is what keepers write. */
  readonly directory: string;
  /** Also marks what belongs to the task: `HOME=<sandbox>` is in the environment of each of its processes. */
  readonly sandbox: string;
  readonly launcher: Launcher;
  readonly clock: Clock;
  /** Everything that is in `runs` already comes first, before `keepTask` resolves, then what is new. */
  readonly onNews: (news: RunNews) => void;
  /** Sentences for the log. */
  readonly onProblem: (problem: string) => void;
  /** While our launcher was dead another executor took the task: nothing of it is ours any more. */
  readonly onTaken: () => void;
  /** Somebody put a file `kill` into the directory, or it was there already. */
  readonly onKillRequest: () => void;
}

/** What became of what a launcher was asked for on behalf of one task. */
export interface LauncherListener {
  /** The run's keeper has ended, or never came to be; what there is to know is in `runs`. */
  onEnded(process: string, run: number): void;
  /** All locks are gone, and what was asked for last may never have been read. */
  onDeath(): void;
}

/** One per program: a small helper process that forks keepers. When it dies, a new one is started at the next need. */
export interface Launcher {
  /** Undefined while none is needed. */
  readonly pid: number | undefined;
  /**
   * Takes the task whose directory this is, for as long as the launcher lives; busy as well when it died meanwhile.
   * @throws when it can not be started
   */
  lock(directory: string): Promise<"locked" | "busy">;
  /** From now on the task's listener hears of its runs. */
  follow(directory: string, listener: LauncherListener): void;
  /** Gives the task back. What runs goes on. */
  release(directory: string): void;
  launch(directory: string, request: StartRequest): void;
  close(): Promise<void>;
}
