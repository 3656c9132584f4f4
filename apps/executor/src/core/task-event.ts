import type { TaskState } from "@borealis/schema";
import type { Exit } from "./process-run.ts";

/** What can happen to a task. `process` and `run` name the run meant: news of an older one is ignored. */
export type TaskEvent =
  | { readonly type: "started"; readonly process: string; readonly run: number; readonly pid: number }
  | { readonly type: "startFailed"; readonly process: string; readonly run: number; readonly reason: string }
  | { readonly type: "exited"; readonly process: string; readonly run: number; readonly exit: Exit }
  /** The run is over and nobody saw how. */
  | { readonly type: "lost"; readonly process: string; readonly run: number; readonly reason: string }
  /** SIGTERM, finalizers, at most finalization_wait. Once is enough: another changes nothing. */
  | { readonly type: "kill" }
  /** As kill, and the task has FAILED. Only while it is ACTIVE: later its verdict has fallen. */
  | { readonly type: "fail"; readonly reason: string }
  /** SIGKILL, whether or not a kill came before. */
  | { readonly type: "hurry" }
  /** Nothing happened but time. */
  | { readonly type: "tick" };

/** What the shell is to do, in this order. `ended` comes once, last. */
export type TaskEffect =
  | { readonly type: "start"; readonly process: string; readonly run: number }
  | {
      readonly type: "signal";
      readonly process: string;
      readonly run: number;
      readonly signal: "SIGTERM" | "SIGKILL";
    }
  /** Nothing to do but to tell: one step can pass through several stages. */
  | { readonly type: "stage"; readonly stage: "CLEANING" | "FINALIZING" }
  | { readonly type: "ended"; readonly taskState: TaskState; readonly reason: string };
