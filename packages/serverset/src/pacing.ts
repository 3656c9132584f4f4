/** Up to this many znodes come back at once after their session expired. */
const MOST_AT_ONCE = 10;
const SHORTEST_SPREAD_MS = 2_000;
const CREATES_PER_SECOND = 20;
const AUDIT_EVERY_MS = 60_000;

/**
 * How long one of `registrations` znodes waits in a new session before it is created again. Many sessions expire
 * together when an ensemble was away, and a server that has just come back must not be met by all of it at once.
 * @param chance from 0 to 1.
 */
export function pauseAfterExpiryMs(registrations: number, chance: number): number {
  if (registrations <= MOST_AT_ONCE) return 0;
  return chance * Math.max(SHORTEST_SPREAD_MS, (registrations / CREATES_PER_SECOND) * 1_000);
}

/** 60 s, give or take 20 %. A watch tells of a deletion at once; the audit finds what no watch told. */
export function auditPauseMs(chance: number): number {
  return AUDIT_EVERY_MS * (0.8 + 0.4 * chance);
}
