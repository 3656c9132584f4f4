import { REQUEST_MS, type StopPlan, UNANNOUNCE_MS } from "../../src/stop/stop-plan.ts";

/** The longest that a stop can take when everything is waited for, SIGKILL included. */
export function longestStopMs({ announced, drainMs, quit, abort, finalizationWaitMs }: StopPlan): number {
  const leaving = announced ? UNANNOUNCE_MS + drainMs : 0;
  if (finalizationWaitMs === undefined) return leaving;
  const asking = [quit, abort].map((one) => ("skipped" in one ? 0 : REQUEST_MS + one.waitMs));
  return asking.reduce((sum, ms) => sum + ms, leaving + finalizationWaitMs);
}
