/**
 * Where we answer otherwise than Aurora did, on purpose. Each stands in docs/configuration.md under "Where we differ",
 * beginning with the same words; a test holds the two together, and every recorded case that differs names one of these.
 */
export const DIFFERENCES = {
  minDuration: "`min_duration` is 5 in its code",
  environmentDefault: "`environment` had no default in its code",
  environmentNames: "its last client took any environment",
  duplicateNames: "two processes of one name: the last wins",
  newlineInRole: "a role may end in a newline",
  runOverlap: "`RUN_OVERLAP` passes the client and is refused by the scheduler",
  shortWatch: "a `watch_secs` too short to see a failing check: refused in 2014, accepted later",
  restartThreshold: "`restart_threshold` was taken away in later releases",
} as const;

export type Difference = keyof typeof DIFFERENCES;
