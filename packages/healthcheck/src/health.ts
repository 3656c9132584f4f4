import type { HealthReport } from "@borealis/schema";

/**
 * What a series of check results says about an instance.
 *
 *            pass                    failures > allowed
 *   grace ──────────► healthy ◄──────────────────────── ► failing
 *     │                  ▲              pass                 ▲
 *     └──────────────────┼───────────────────────────────────┘
 *                        │      failures > allowed
 *
 * A pass resets the count. A failure that is still allowed leaves the state as it was: an instance in grace has not
 * shown that it works, and one that is healthy has not shown that it does not.
 *
 * The count is Aurora's of 2014: `max_consecutive_failures` are forgiven, the next one is not. Aurora then killed the
 * task and never looked back; nobody is killed here, so a pass makes a failing instance healthy again.
 */
export type Health = HealthReport;

/** `statusCode`, `body` and the like belong to a kind of probe; the verdict needs only this. */
export type CheckResult = { readonly healthy: true } | { readonly healthy: false; readonly reason: string };

export interface HealthPolicy {
  readonly maxConsecutiveFailures: number;
}

/** `now` is the time since the Unix epoch in milliseconds, here and below: it is only recorded, never compared. */
export function startHealth(now: number): Health {
  return { state: "grace", since: now, consecutiveFailures: 0 };
}

export function observe(health: Health, result: CheckResult, policy: HealthPolicy, now: number): Health {
  const consecutiveFailures = result.healthy ? 0 : health.consecutiveFailures + 1;
  const state = result.healthy
    ? "healthy"
    : consecutiveFailures > policy.maxConsecutiveFailures
      ? "failing"
      : health.state;
  return {
    state,
    since: state === health.state ? health.since : now,
    consecutiveFailures,
    ...(result.healthy ? {} : { reason: result.reason }),
    checkedAt: now,
  };
}
