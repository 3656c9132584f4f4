import type { Clock } from "@borealis/clock";
import type { HealthCheckConfig, HealthReport } from "@borealis/schema";
import { observe, startHealth } from "./health.ts";
import type { ProbeResult } from "./http-probe.ts";

export interface HealthCheckerOptions {
  readonly config: HealthCheckConfig;
  /** One check. It settles soon after `signal` aborts, whose reason says whether time ran out or we were stopped. */
  readonly probe: (signal: AbortSignal) => Promise<ProbeResult>;
  readonly clock: Clock;
  /** Called when state, count or reason have changed, not for each of a row of equal passes. */
  readonly onReport: (report: HealthReport) => void;
  /** Called for every check. */
  readonly onResult?: (result: ProbeResult) => void;
}

export interface HealthChecker {
  /** The latest verdict; `checkedAt` is current even when nothing changed. */
  readonly report: HealthReport;
  /** Cancels a check that is running. Once it resolves, no timer, socket or callback is left. */
  stop(): Promise<void>;
}

/**
 * Waits `initial_interval_secs`, then checks every `interval_secs`, one check at a time.
 *
 * Checks are due at start + initial + n × interval whatever each of them took; Aurora added the duration to every
 * period. A check that overruns gives up the slots it covered, so that a slow service is not asked twice at once.
 */
export function startHealthChecker({
  config,
  probe,
  clock,
  onReport,
  onResult,
}: HealthCheckerOptions): HealthChecker {
  const policy = { maxConsecutiveFailures: config.max_consecutive_failures };
  const intervalMs = config.interval_secs * 1000;
  const timeoutMs = Math.round(config.timeout_secs * 1000);
  const stopping = new AbortController();
  let report = startHealth(clock.wallTime());

  async function checkForever(): Promise<void> {
    let dueAt = clock.now() + config.initial_interval_secs * 1000;
    for (;;) {
      await clock.sleep(dueAt - clock.now(), stopping.signal);
      const result = await check();
      if (stopping.signal.aborted) return;
      record(result);
      if (stopping.signal.aborted) return;
      dueAt += intervalMs * Math.max(1, Math.ceil((clock.now() - dueAt) / intervalMs));
    }
  }

  async function check(): Promise<ProbeResult> {
    const startedAt = clock.now();
    using deadline = clock.deadline(timeoutMs, stopping.signal);
    const failed = (reason: string): ProbeResult => ({
      healthy: false,
      reason,
      durationMs: clock.now() - startedAt,
    });
    try {
      const result = await probe(deadline.signal);
      return deadline.expired && result.healthy ? failed(`no answer within ${timeoutMs} ms`) : result;
    } catch (error) {
      return failed(`internal health check error: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  function record(result: ProbeResult): void {
    const before = report;
    report = observe(before, result, policy, clock.wallTime());
    onResult?.(result);
    const { state, consecutiveFailures, reason } = report;
    if (
      state === before.state &&
      consecutiveFailures === before.consecutiveFailures &&
      reason === before.reason
    )
      return;
    onReport(report);
  }

  const running = checkForever().catch((error: unknown) => {
    // The sleep rejects when we are stopped; anything else is a callback's error and must not vanish.
    if (!stopping.signal.aborted) throw error;
  });

  return {
    get report() {
      return report;
    },
    stop() {
      stopping.abort(new Error("health checking was stopped"));
      return running;
    },
  };
}
