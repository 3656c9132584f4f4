/** A process run, in the words of Thermos. */
export type ProcessState = "WAITING" | "FORKED" | "RUNNING" | "SUCCESS" | "FAILED" | "KILLED" | "LOST";
export const PROCESS_STATES = [
  "WAITING",
  "FORKED",
  "RUNNING",
  "SUCCESS",
  "FAILED",
  "KILLED",
  "LOST",
] as const satisfies readonly ProcessState[];

/** A task, in the words of Thermos. ACTIVE, CLEANING and FINALIZING are its stages; the others end it. */
export type TaskState = "ACTIVE" | "CLEANING" | "FINALIZING" | "SUCCESS" | "FAILED" | "KILLED" | "LOST";
export const TASK_STATES = [
  "ACTIVE",
  "CLEANING",
  "FINALIZING",
  "SUCCESS",
  "FAILED",
  "KILLED",
  "LOST",
] as const satisfies readonly TaskState[];

export function isTerminal(state: TaskState): boolean {
  return state === "SUCCESS" || state === "FAILED" || state === "KILLED" || state === "LOST";
}

/**
 * - `disabled`: no resolved port is named `health`, so nothing is checked
 * - `grace`: checked, but no verdict yet: the initial interval runs, or no check has passed so far
 * - `healthy`: the last verdict was a pass
 * - `failing`: more than `max_consecutive_failures` checks in a row have failed
 */
export type HealthState = "disabled" | "grace" | "healthy" | "failing";
export const HEALTH_STATES = [
  "disabled",
  "grace",
  "healthy",
  "failing",
] as const satisfies readonly HealthState[];

/**
 * - `disabled`: the job has no `announce`
 * - `waiting`: not yet allowed: no check has passed
 * - `joining`: allowed, but ZooKeeper has not confirmed a member
 * - `announced`: ZooKeeper confirmed our member
 * - `withdrawn`: taken out because health failed or the task is stopping
 */
export type AnnounceState = "disabled" | "waiting" | "joining" | "announced" | "withdrawn";
export const ANNOUNCE_STATES = [
  "disabled",
  "waiting",
  "joining",
  "announced",
  "withdrawn",
] as const satisfies readonly AnnounceState[];

/**
 * One check's, of possibly several:
 * - `grace`: it has not passed as it should, and not too many have failed
 * - `healthy`: it has passed
 * - `failing`: more than the allowed number of checks in a row have failed
 */
export type CheckState = "grace" | "healthy" | "failing";
export const CHECK_STATES = ["grace", "healthy", "failing"] as const satisfies readonly CheckState[];
