import type { HealthState, TaskState } from "@borealis/schema";

/** What decides whether an instance may be a member of its ServerSet. */
export interface AnnounceFacts {
  readonly taskState: TaskState;
  /** Of the checks that decide about it. */
  readonly health: HealthState;
  /** This executor holds the instance's claim. */
  readonly claimed: boolean;
  readonly stopping: boolean;
  /** Aurora's way: do not wait for the first passed check. */
  readonly immediately: boolean;
}

/**
 * Announced while the task is ACTIVE and nothing speaks against it: after the first passed check, or at once when
 * nothing is checked; withdrawn while health is failing and as soon as the task leaves ACTIVE.
 */
export function mayAnnounce({ taskState, health, claimed, stopping, immediately }: AnnounceFacts): boolean {
  if (stopping || !claimed || taskState !== "ACTIVE") return false;
  switch (health) {
    case "disabled":
    case "healthy":
      return true;
    case "grace":
      return immediately;
    case "failing":
      return false;
  }
}
