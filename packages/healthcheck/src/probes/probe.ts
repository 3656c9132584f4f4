import type { CheckResult } from "./check-result.ts";

/** Asks one target, again and again; one question at a time. */
export interface Probe {
  /**
   * One check. Never rejects, and settles soon after `signal` aborts: its reason, an Error, says whether time ran out
   * or the checking was stopped. Nothing of the check is left when it settles, but for a connection that is kept alive.
   * @param signal the deadline of the whole exchange.
   */
  check(signal: AbortSignal): Promise<CheckResult>;
  /** Lets go of what is kept between checks; after the last check has settled. */
  close(): void;
}
