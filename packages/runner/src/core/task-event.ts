import type { TaskState } from "@borealis/schema";
import type { Exit } from "./process-run.ts";

/** What can happen to a task. `process` and `run` name the run meant: news of an older one is ignored. */
export type TaskEvent =
  | { readonly type: "started"; readonly process: string; readonly run: number; readonly pid: number }
  | { readonly type: "startFailed"; readonly process: string; readonly run: number; readonly reason: string }
  | { readonly type: "exited"; readonly process: string; readonly run: number; readonly exit: Exit }
  /** The run is over and nobody saw how. */
  | { readonly type: "lost"; readonly process: string; readonly run: number; readonly reason: string }
  /**
   * SIGTERM, finalizers, at most `waitMs` from now, or finalization_wait where it says nothing. Once is enough: another
   * changes nothing, except that one with `waitMs` sets the clock anew.
   */
  | { readonly type: "kill"; readonly waitMs?: number; readonly reason?: string }
  /** As kill, and the task has FAILED. Only while it is ACTIVE: later its verdict has fallen. */
  | { readonly type: "fail"; readonly reason: string }
  /**
   * It is being asked to end by other means than signals, with a kill or a fail to follow: nothing is started any more,
   * and whatever its processes come to now it is KILLED, or FAILED for that reason. Only while it is ACTIVE.
   */
  | { readonly type: "quit"; readonly failure?: string }
  /** SIGKILL, no finalizers, and the task is LOST, whatever it would have been. */
  | { readonly type: "lose"; readonly reason?: string }
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
