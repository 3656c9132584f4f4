const FIRST_DEADLINE_MS = 600;
const FIRST_BACKOFF_MS = 50;
const LONGEST_BACKOFF_MS = 5_000;

/** For the look-up of names; those that take longer are used in the next round. */
export const LOOKUP_DEADLINE_MS = 600;

/** A follower that lost its leader accepts the connection and never answers, so short first; a slow host gets more. */
export function deadlineOf(failedRounds: number, sessionTimeoutMs: number): number {
  const longest = Math.max(FIRST_DEADLINE_MS, sessionTimeoutMs / 3);
  return Math.min(longest, FIRST_DEADLINE_MS * 2 ** Math.min(failedRounds, 10));
}

/** The pause is a random part of this. A session that may live on must not be lost to our own patience. */
export function longestPauseOf(failedRounds: number, sessionTimeoutMs: number, resuming: boolean): number {
  const longest = resuming ? Math.min(LONGEST_BACKOFF_MS, sessionTimeoutMs / 6) : LONGEST_BACKOFF_MS;
  return Math.min(longest, FIRST_BACKOFF_MS * 2 ** Math.min(Math.max(0, failedRounds - 1), 10));
}
