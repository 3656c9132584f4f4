import type { Snooze } from "@borealis/schema";
import { beforeCheck, type Health, type Outcome, observe } from "./health.ts";
import type { HealthRule } from "./health-rule.ts";

/**
 * A check's health and who holds it.
 *
 *          snooze              a file is there
 *   free ─────────► snoozed ─────────────────► … any of the two, or both: held
 *     ▲                │
 *     └────────────────┘  its time is over, it is ended, and the file is gone
 *
 * While it is held, passes count as ever and failures do not: the state can become better, not worse. Beside it runs what
 * the state would be, so that whoever ends a snooze knows what comes. Once nobody holds it, failures are counted from 0:
 * those of the snooze do not come back.
 */
export interface HeldHealth {
  readonly health: Health;
  readonly snooze?: Snooze;
  /** Since when the file has been there, in milliseconds since the Unix epoch. */
  readonly fileSince?: number;
  /** What `health` would be if nobody held it; there exactly while somebody does. */
  readonly unsnoozed?: Health;
}

export function isHeld({ snooze, fileSince }: Pick<HeldHealth, "snooze" | "fileSince">): boolean {
  return snooze !== undefined || fileSince !== undefined;
}

/** Another snooze takes the place of the one that is; undefined ends it. */
export function withSnooze(held: HeldHealth, snooze: Snooze | undefined): HeldHealth {
  const { snooze: _, ...rest } = held;
  return settle(held, snooze === undefined ? rest : { ...rest, snooze });
}

export function withFile(held: HeldHealth, fileSince: number | undefined): HeldHealth {
  if (held.fileSince === fileSince) return held;
  const { fileSince: _, ...rest } = held;
  return settle(held, fileSince === undefined ? rest : { ...rest, fileSince });
}

/** Before a check: see `beforeCheck`. A held one is given the time it needs. */
export function beforeHeldCheck(held: HeldHealth, rule: HealthRule, now: number): HeldHealth {
  if (held.unsnoozed === undefined) {
    const health = beforeCheck(held.health, rule, now);
    return health === held.health ? held : { ...held, health };
  }
  const unsnoozed = beforeCheck(held.unsnoozed, rule, now);
  return unsnoozed === held.unsnoozed ? held : { ...held, unsnoozed };
}

export function observeHeld(held: HeldHealth, outcome: Outcome, rule: HealthRule, now: number): HeldHealth {
  if (held.unsnoozed === undefined) return { ...held, health: observe(held.health, outcome, rule, now) };
  const unsnoozed = observe(held.unsnoozed, outcome, rule, now);
  const health = outcome.healthy
    ? observe(held.health, outcome, rule, now)
    : { ...held.health, reason: outcome.reason, checkedAt: now };
  return { ...held, health, unsnoozed };
}

/** A check came to nothing, for a fault of ours: it says nothing of the service, and is shown. */
export function observeNothing(held: HeldHealth, reason: string, now: number): HeldHealth {
  return { ...held, health: { ...held.health, reason, checkedAt: now } };
}

function settle(before: HeldHealth, after: HeldHealth): HeldHealth {
  if (isHeld(after)) return { ...after, unsnoozed: before.unsnoozed ?? before.health };
  if (!isHeld(before)) return after;
  const { unsnoozed: _, ...rest } = after;
  return { ...rest, health: { ...after.health, consecutiveFailures: 0 } };
}
