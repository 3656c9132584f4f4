import type { StopRequest } from "./stop-plan.ts";

export const STOP_STEPS = ["UNANNOUNCE", "DRAIN", "QUIT", "ABORT", "KILL"] as const;
export type StopStepName = (typeof STOP_STEPS)[number];

/** `reason` in words: why it was left out, or what went wrong. */
export type StopOutcome =
  /** What was planned has happened; of QUIT and ABORT: all of the wait is over, and the task still runs. */
  | { readonly kind: "done" }
  /** There was no reason for it any more, or never. */
  | { readonly kind: "needless"; readonly reason: string }
  /** It could not be asked, or nobody took notice. */
  | { readonly kind: "skipped"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "taskEnded" }
  | { readonly kind: "hurried" };

/** One step as it went. Times are those of the monotonic clock, in milliseconds. */
export interface TimelineEntry {
  readonly step: StopStepName;
  readonly startedAt: number;
  /** The most it may take; of QUIT and ABORT without the second for asking. */
  readonly plannedMs: number;
  /** Whom QUIT and ABORT ask. */
  readonly request?: StopRequest;
  /** When and how it was answered: the wait began then. */
  readonly answer?: { readonly text: string; readonly at: number };
  /** Only of KILL: when it became SIGKILL. */
  readonly hurriedAt?: number;
  readonly endedAt?: number;
  readonly outcome?: StopOutcome;
}

/** What came of a request: somebody took notice of it, or there is nothing to wait for. */
export interface StopAnswer {
  readonly handled: boolean;
  /** `200`, or `connection refused`. */
  readonly text: string;
}

export type StopEvent =
  | { readonly type: "begin" }
  /** ZooKeeper confirmed that the znode is gone. */
  | { readonly type: "left" }
  | { readonly type: "notLeft"; readonly reason: string }
  | { readonly type: "answered"; readonly step: "QUIT" | "ABORT"; readonly answer: StopAnswer }
  | { readonly type: "taskEnded" }
  /** Somebody asks for the second time, or for the third. */
  | { readonly type: "hurry" }
  /** Nothing happened but time. */
  | { readonly type: "tick" };

/** What the shell is to do, in this order; each at most once, but for `entry`. */
export type StopEffect =
  | { readonly type: "leave" }
  | { readonly type: "post"; readonly step: "QUIT" | "ABORT"; readonly request: StopRequest }
  /** SIGTERM, finalizers, SIGKILL when finalization_wait is over. */
  | { readonly type: "kill" }
  /** SIGKILL now. */
  | { readonly type: "killNow" }
  /** A step has begun, was answered, or is over. */
  | { readonly type: "entry"; readonly entry: TimelineEntry }
  | { readonly type: "done" };
