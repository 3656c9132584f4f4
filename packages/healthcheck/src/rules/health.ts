import type { CheckState } from "@borealis/schema";
import type { HealthRule } from "./health-rule.ts";

/**
 * What a series of results says of one check.
 *
 *            enough passes            too many failures
 *   grace ────────────────► healthy ───────────────────► failing
 *     │                        ▲        enough passes       ▲ │
 *     │                        └────────────────────────────┼─┘   not when the rule is final
 *     └─────────────────────────────────────────────────────┘
 *        too many failures, or it can not become healthy in time any more (grace policy)
 *
 * A failure that is still allowed leaves the state as it was: what is in grace has not shown that it works, and what is
 * healthy has not shown that it does not.
 */
export interface Health {
  readonly state: CheckState;
  /** Milliseconds since the Unix epoch, here and below: only recorded, never compared. */
  readonly since: number;
  /** Checks that were made; by the grace policy they are counted up to one more than it grants. */
  readonly attempts: number;
  /** It has had the passes it needs before, so the attempts to get there are not looked at any more. */
  readonly everPassed: boolean;
  readonly consecutiveFailures: number;
  readonly consecutiveSuccesses: number;
  /** Why the last check failed, or why it is failing for good. */
  readonly reason?: string;
  readonly checkedAt?: number;
}

/** What the state needs to know of a result. */
export type Outcome = { readonly healthy: true } | { readonly healthy: false; readonly reason: string };

/** Aurora's words. */
const TOO_LATE = "Not enough successful health checks in time.";

export function startHealth(now: number): Health {
  return {
    state: "grace",
    since: now,
    attempts: 0,
    everPassed: false,
    consecutiveFailures: 0,
    consecutiveSuccesses: 0,
  };
}

/** A check was made. */
export function observe(health: Health, outcome: Outcome, rule: HealthRule, now: number): Health {
  const attempts = Math.min(health.attempts + 1, mostAttempts(rule) + 1);
  const counts = { ...count(health, outcome, rule, attempts), attempts };
  const stuck = rule.final && health.state === "failing";
  const state = stuck ? "failing" : stateAfter(health, counts, outcome, rule);
  const failure = outcome.healthy ? undefined : outcome.reason;
  const reason = stuck ? health.reason : failure;
  return {
    state,
    since: state === health.state ? health.since : now,
    everPassed: health.everPassed || (outcome.healthy && counts.consecutiveSuccesses >= rule.neededSuccesses),
    ...counts,
    ...(reason === undefined ? {} : { reason }),
    checkedAt: now,
  };
}

/**
 * Before a check: by the grace policy there are only so many attempts to become healthy.
 * @returns the same health while there is hope.
 */
export function beforeCheck(health: Health, rule: HealthRule, now: number): Health {
  if (health.everPassed || health.attempts <= mostAttempts(rule)) return health;
  if (health.state === "failing" && !rule.final) return health;
  const since = health.state === "failing" ? health.since : now;
  return { ...health, state: "failing", since, reason: TOO_LATE };
}

type Counts = Pick<Health, "consecutiveFailures" | "consecutiveSuccesses" | "attempts">;

function count(health: Health, outcome: Outcome, rule: HealthRule, attempts: number) {
  if (rule.firstDecides && attempts === 1) return { consecutiveFailures: 0, consecutiveSuccesses: 0 };
  if (outcome.healthy) {
    return { consecutiveFailures: 0, consecutiveSuccesses: health.consecutiveSuccesses + 1 };
  }
  const forgiven = attempts <= rule.forgivenAttempts;
  return {
    consecutiveFailures: forgiven ? health.consecutiveFailures : health.consecutiveFailures + 1,
    consecutiveSuccesses: 0,
  };
}

function stateAfter(
  { state, everPassed }: Health,
  counts: Counts,
  outcome: Outcome,
  rule: HealthRule,
): CheckState {
  if (rule.firstDecides && counts.attempts === 1) return outcome.healthy ? "healthy" : "failing";
  if (outcome.healthy) return counts.consecutiveSuccesses >= rule.neededSuccesses ? "healthy" : state;
  if (counts.attempts <= rule.forgivenAttempts) return state;
  const tooMany = counts.consecutiveFailures > rule.allowedFailures;
  return tooMany || (!everPassed && isHopeless(counts, rule)) ? "failing" : state;
}

/** Not even passes alone could make it healthy in time. */
function isHopeless({ attempts }: Counts, rule: HealthRule): boolean {
  const remaining = mostAttempts(rule) - attempts;
  return remaining > 1 && rule.neededSuccesses > remaining;
}

/** Within which it has to become healthy. */
function mostAttempts({ policy, forgivenAttempts, allowedFailures, neededSuccesses }: HealthRule): number {
  return policy === "grace" ? forgivenAttempts + allowedFailures + neededSuccesses : Infinity;
}
