import type { Clock } from "@borealis/clock";
import type { CheckResult } from "./probes/check-result.ts";
import type { Probe } from "./probes/probe.ts";

/** Probes give up within 50 ms of their deadline; so much later, it was this process that did not run. */
const STOOD_STILL_MS = 250;

/**
 * One check within its deadline. What is thrown is a fault of ours and the result of this one check, not the end of all.
 *
 * A host that was paused for seconds finds every check beyond its deadline, answers and all. Nobody knows then whether
 * they came in time, and a service must not be ended for it.
 */
export async function askOnce(
  probe: Probe,
  timeoutMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<CheckResult> {
  const startedAt = clock.now();
  using deadline = clock.deadline(timeoutMs, signal);
  const result = await probe.check(deadline.signal).catch((error: unknown) => {
    const reason = `internal health check error: ${error instanceof Error ? error.message : String(error)}`;
    return { healthy: false, kind: "internal", reason, durationMs: clock.now() - startedAt } as const;
  });
  const { durationMs } = result;
  if (durationMs > timeoutMs + STOOD_STILL_MS && (result.healthy || result.kind === "timeout")) {
    const reason = `not judged: this process stood still during the check, which took ${Math.round(durationMs)} ms`;
    return { healthy: false, kind: "internal", reason, durationMs };
  }
  if (!result.healthy || durationMs <= timeoutMs) return result;
  return { healthy: false, kind: "timeout", reason: `no answer within ${timeoutMs} ms`, durationMs };
}
