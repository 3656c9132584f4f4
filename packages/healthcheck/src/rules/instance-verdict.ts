import type { CheckRole, CheckState, HealthReport, HealthState, UnhealthyPolicy } from "@borealis/schema";
import type { Health } from "./health.ts";

/** What a verdict needs to know of one check. */
export interface CheckVerdict {
  readonly name: string;
  readonly roles: readonly CheckRole[];
  readonly onUnhealthy: UnhealthyPolicy;
  readonly health: Health;
}

const WORST_FIRST = ["failing", "grace", "healthy"] as const satisfies readonly CheckState[];

/** A startup check has to pass before any other is made. */
export function isStarting(checks: readonly CheckVerdict[]): boolean {
  return checks.some(({ roles, health }) => roles.includes("startup") && health.state !== "healthy");
}

/**
 * What announcing goes by: the worst state of the checks that decide about it. A check of liveness alone does not, unless
 * withdrawing is its policy.
 */
export function readinessOf(checks: readonly CheckVerdict[]): HealthState {
  if (checks.length === 0) return "disabled";
  const deciding = checks.filter(
    ({ roles, onUnhealthy }) => onUnhealthy === "withdraw" || roles.some((role) => role !== "liveness"),
  );
  return WORST_FIRST.find((state) => deciding.some(({ health }) => health.state === state)) ?? "healthy";
}

/**
 * All checks in one, to be shown: failing when one is, healthy when all are, in grace otherwise; it tells of the worst,
 * and of the one that has been so for the longest.
 */
export function combined(checks: readonly CheckVerdict[], now: number): HealthReport {
  const worst = WORST_FIRST.flatMap((state) => checks.filter(({ health }) => health.state === state));
  const [first] = worst;
  if (first === undefined) return { state: "disabled", since: now, consecutiveFailures: 0 };
  const { state } = first.health;
  const same = worst.filter(({ health }) => health.state === state).map(({ health }) => health);
  // Healthy since the last of them is, failing since the first.
  const times = same.map(({ since }) => since);
  const since = state === "failing" ? Math.min(...times) : Math.max(...times);
  const blamed = worst.find(({ health }) => health.state === state && health.reason !== undefined) ?? first;
  const { consecutiveFailures, reason } = blamed.health;
  const checkedAt = Math.max(0, ...checks.map(({ health }) => health.checkedAt ?? 0));
  return {
    state,
    since,
    consecutiveFailures,
    ...(reason === undefined ? {} : { reason: checks.length === 1 ? reason : `${blamed.name}: ${reason}` }),
    ...(checkedAt === 0 ? {} : { checkedAt }),
  };
}

/** Why the task is to be ended; undefined while nothing says so. */
export function failureOf(checks: readonly CheckVerdict[]): string | undefined {
  const fatal = checks.find(
    ({ onUnhealthy, health }) => onUnhealthy === "fail_task" && health.state === "failing",
  );
  if (fatal === undefined) return undefined;
  const which = checks.length === 1 ? "" : `${fatal.name}: `;
  return `Failed health check! ${which}${fatal.health.reason ?? "no reason is known"}`;
}
