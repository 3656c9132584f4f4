import type { TaskMachine } from "../core/task.ts";
import type { TaskEvent } from "../core/task-event.ts";

/** What a task was started as; the first record of its checkpoint. Plain JSON, as all of it. */
export interface TaskHeader {
  readonly taskId: string;
  /** `role/environment/job/instance`, or nothing for a task that is no job's. */
  readonly instance?: string;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  /** /proc/sys/kernel/random/boot_id: what ran under another one is gone. */
  readonly bootId: string;
  /** The task's time when the host booted: its time is this and what CLOCK_MONOTONIC says, wall clocks being set or not. */
  readonly bootEpoch: number;
  /** Whose processes they are. */
  readonly user: string;
  readonly sandbox: string;
  readonly ports: Readonly<Record<string, number>>;
  /** What was added to the environment of its processes. */
  readonly environment: Readonly<Record<string, string>>;
  /** Directories of its cgroups: an executor that is started from elsewhere would look for them elsewhere. */
  readonly cgroups: readonly string[];
  /** The bound task (schema's Task): nothing is left to fill in. */
  readonly task: Readonly<Record<string, unknown>>;
}

/** What comes after it. `at` is the machine's time: milliseconds, near to the Unix epoch, never going back. */
export type TaskRecord =
  | { readonly at: number; readonly event: TaskEvent }
  /** Takes the place of everything before it. */
  | { readonly at: number; readonly snapshot: TaskMachine }
  /** Whom it belongs to from here on. */
  | { readonly at: number; readonly executor: { readonly pid: number; readonly bootId: string } };
