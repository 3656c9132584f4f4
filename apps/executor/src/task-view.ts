import type { TaskSnapshot } from "@borealis/runner";
import type { AnnounceState, HealthState } from "@borealis/schema";

/** What a view shows: a task, and what else is known of its instance. */
export interface ShownTask extends TaskSnapshot {
  /** `role/environment/job/instance`, or the id of a task that is no job's. */
  readonly title: string;
  readonly health?: HealthState;
  readonly announced?: AnnounceState;
  /** Milliseconds since the Unix epoch: the next task starts then. */
  readonly throttledUntil?: number;
}

/** Where a task is shown live; the command line has one for terminals. */
export interface TaskView {
  show(task: ShownTask): void;
  /** Whole lines, above what is shown. */
  print(text: string): void;
  end(): void;
}
