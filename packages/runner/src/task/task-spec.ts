import type { Clock } from "@borealis/clock";
import type { RunAs } from "@borealis/processes";
import type { ProcessReport, ResourceReport, Task, TaskState } from "@borealis/schema";
import type { Launcher } from "../keeper/keeper.ts";
import type { ResourceHost } from "../resources/resource-host.ts";

/** A task and all that it is bound to. */
export interface TaskSpec {
  readonly taskId: string;
  /** `role/environment/job/instance`; a task that is no job's has none. */
  readonly instance?: string;
  /** Nothing is left to fill in, in its command lines either. */
  readonly task: Task;
  readonly ports: Readonly<Record<string, number>>;
  /** USER and LOGNAME. */
  readonly user: string;
  /** Whose rights its processes get; needs an executor that runs as root. */
  readonly runAs?: RunAs;
  /** Added to the environment of every process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What the tasks of one executor share. */
export interface RunnerContext {
  readonly stateDirectory: string;
  readonly clock: Clock;
  readonly launcher: Launcher;
  readonly resources: ResourceHost;
  readonly sampleMs: number;
}

export interface TaskListener {
  /** After each change, never from within the call that starts the task. */
  readonly onChange: (snapshot: TaskSnapshot) => void;
  /** Somebody put a `kill` file there; without a listener the task is killed. */
  readonly onKillRequest?: () => void;
  /** It takes more of its disk than it may, and is to fail for it; without a listener it is failed. */
  readonly onOverDisk?: (reason: string) => void;
  /** Sentences for the log: what goes wrong beside the task itself. */
  readonly onProblem: (problem: string) => void;
  /** What it uses, now and then; never often. */
  readonly onResources?: (report: ResourceReport) => void;
}

export interface TaskSnapshot {
  readonly taskState: TaskState;
  /** Why the task ended as it did. */
  readonly reason?: string;
  readonly processes: readonly ProcessReport[];
}

export interface TaskEnd {
  readonly taskState: TaskState;
  readonly reason: string;
  /** Somebody asked for it with a `kill` file. */
  readonly onRequest: boolean;
}

export interface RunningTask {
  readonly taskId: string;
  /** An earlier executor left it. */
  readonly adopted: boolean;
  readonly sandbox: string;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  readonly snapshot: TaskSnapshot;
  /**
   * It is being asked to end by other means than signals: from now on nothing is started, and it ends KILLED, or FAILED
   * for this reason. A kill or a fail is to follow.
   */
  quit(failure?: string): void;
  /** Asks: SIGTERM, finalizers, at most finalization_wait. Asking again changes nothing. */
  kill(): void;
  /** As kill, and the task has FAILED, if it has not come to another end by then. */
  fail(reason: string): void;
  /** Ends everything at once with SIGKILL, whether or not it was asked before. */
  hurry(): void;
  /** Follows it no more: its processes go on, for whoever adopts the task. */
  detach(): void;
  /** Resolves when the task has ended and nothing of it runs any more; never once it is detached. */
  readonly ended: Promise<TaskEnd>;
}
