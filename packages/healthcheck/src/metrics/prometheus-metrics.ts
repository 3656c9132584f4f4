import { CHECK_STATES, type CheckState, PROBE_TYPES } from "@borealis/schema";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { FAILURE_KINDS, type FailureKind } from "../probes/check-result.ts";
import type { HealthMetrics } from "./metrics.ts";

/** A check of a process on the same host takes about 1 ms; a deadline is seldom above 10 s. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** On time is under 20 ms; an interval is seldom below 1 s. */
const DELAY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1];

interface TypeSeries {
  readonly passed: Counter.Internal;
  readonly failed: Counter.Internal;
  readonly duration: Histogram.Internal<"type">;
  readonly snoozed: Counter.Internal;
}

/**
 * There is no label for the instance or the check: a host with 5,000 of them would be 5,000 times the series below, on
 * every scrape and for ever in the database. Which one failed is the history's to answer.
 *
 * Every combination of labels is there from the start, at 0: a series that begins at 1 shows no increase to `rate()`,
 * and the first failure would be missed.
 */
export function createHealthMetrics(registry: Registry): HealthMetrics {
  const registers = [registry];
  const runs = new Counter({
    name: "borealis_health_runs_total",
    help: "Health checks made, by type of the probe and result.",
    labelNames: ["type", "result"],
    registers,
  });
  const failures = new Counter({
    name: "borealis_health_failures_total",
    help: "Health checks that failed, by reason.",
    labelNames: ["reason"],
    registers,
  });
  const durations = new Histogram({
    name: "borealis_health_duration_seconds",
    help: "How long a health check took, by type of the probe.",
    labelNames: ["type"],
    buckets: DURATION_BUCKETS,
    registers,
  });
  const delays = new Histogram({
    name: "borealis_health_schedule_delay_seconds",
    help: "How long after it was due a health check began.",
    buckets: DELAY_BUCKETS,
    registers,
  });
  const late = new Counter({
    name: "borealis_health_late_total",
    help: "Health checks that began so late that it counts.",
    registers,
  });
  const skipped = new Counter({
    name: "borealis_health_skipped_total",
    help: "Times a health check was due and not made.",
    registers,
  });
  const snoozed = new Counter({
    name: "borealis_health_snoozed_total",
    help: "Health checks made without consequences, or left out, while snoozed, by type of the probe.",
    labelNames: ["type"],
    registers,
  });
  const states = new Gauge({
    name: "borealis_health_checks",
    help: "Health checks there are, by state.",
    labelNames: ["state"],
    registers,
  });

  const held = new Gauge({
    name: "borealis_health_snoozed_checks",
    help: "Health checks that are snoozed now.",
    registers,
  });

  // Asking for a child by its labels at each check costs more than counting.
  const types = new Map<string, TypeSeries>();
  const addType = (type: string): TypeSeries => {
    const series = {
      passed: runs.labels(type, "success"),
      failed: runs.labels(type, "failure"),
      duration: durations.labels(type),
      snoozed: snoozed.labels(type),
    };
    series.passed.inc(0);
    series.failed.inc(0);
    durations.zero({ type });
    series.snoozed.inc(0);
    types.set(type, series);
    return series;
  };
  for (const type of PROBE_TYPES) addType(type);
  const seriesOf = (type: string) => types.get(type) ?? addType(type);

  const byReason = new Map<FailureKind, Counter.Internal>();
  for (const reason of FAILURE_KINDS) {
    const child = failures.labels(reason);
    child.inc(0);
    byReason.set(reason, child);
  }
  const byState = new Map<CheckState, Gauge.Internal<"state">>();
  for (const state of CHECK_STATES) {
    const child = states.labels(state);
    child.set(0);
    byState.set(state, child);
  }

  return {
    held: (change) => held.inc(change),
    ran(type, durationMs, failure) {
      const series = seriesOf(type);
      series.duration.observe(durationMs / 1000);
      if (failure === undefined) {
        series.passed.inc();
        return;
      }
      series.failed.inc();
      byReason.get(failure)?.inc();
    },
    delayed(delayMs) {
      delays.observe(delayMs / 1000);
    },
    late() {
      late.inc();
    },
    skipped(count) {
      skipped.inc(count);
    },
    snoozed(type) {
      seriesOf(type).snoozed.inc();
    },
    stateChanged(from, to) {
      if (from !== undefined) byState.get(from)?.dec();
      if (to !== undefined) byState.get(to)?.inc();
    },
  };
}
