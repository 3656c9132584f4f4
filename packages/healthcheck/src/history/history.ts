import type { FailureKind } from "../probes/check-result.ts";

export { openHistory } from "./history-store.ts";

import type { CheckState } from "@borealis/schema";

/** One check that was made. */
export interface RecordedResult {
  /** When it began, in milliseconds since the Unix epoch. */
  readonly at: number;
  readonly durationMs: number;
  readonly healthy: boolean;
  /** What the check's state was after it. */
  readonly state: CheckState;
  /** What the state would be if nobody had snoozed; absent when nobody has. */
  readonly stateUnsnoozed?: CheckState;
  readonly kind?: FailureKind;
  readonly statusCode?: number;
  readonly reason?: string;
  /** Of a failure: the first 4 KB of a body, or the last of a command's output. */
  readonly output?: string;
}

/** The state of a check became another. */
export interface Transition {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly from: CheckState;
  readonly to: CheckState;
  /** Why, in words. */
  readonly reason?: string;
}

/** Newest first. `before`: only what is older than this time, for the next page. */
export interface Page {
  readonly limit: number;
  readonly before?: number;
}

/**
 * What is remembered of checks, on disk and bounded by number, size and age. `check` names one:
 * `role/environment/job/instance/name`. Writing returns at once and is lost, at most, for the last second when the
 * process is killed; what can not be written is told to `onProblem` and does not stop the checks.
 */
export interface History {
  result(check: string, result: RecordedResult): void;
  transition(check: string, transition: Transition): void;
  results(check: string, page: Page): readonly RecordedResult[];
  transitions(check: string, page: Page): readonly Transition[];
  /** Every one that something is remembered of. */
  checks(): readonly string[];
  /** Writes what is waiting, and lets go of the file. */
  close(): void;
}
