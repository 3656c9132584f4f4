import { CHECK_STATES } from "@borealis/schema";
import { Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { createHealthMetrics } from "../src/metrics/prometheus-metrics.ts";
import { FAILURE_KINDS } from "../src/probes/check-result.ts";
import { type Family, parseExposition } from "./metrics-exposition.ts";

const TYPES = ["http", "tcp", "command", "grpc"];

function created() {
  const registry = new Registry();
  const metrics = createHealthMetrics(registry);
  const scrape = async () => parseExposition(await registry.metrics());
  return { metrics, scrape, registry };
}

/** Of the sample with exactly these labels, as `name{a="b"}`. */
function sampleOf(families: readonly Family[], sample: string): number | undefined {
  return families.flatMap(({ samples }) => samples).find(({ text }) => text === sample)?.value;
}

describe("before the first check", () => {
  test("every combination of labels is there, and 0", async () => {
    const families = await created().scrape();
    for (const type of TYPES) {
      for (const result of ["success", "failure"]) {
        expect(sampleOf(families, `borealis_health_runs_total{type="${type}",result="${result}"}`)).toBe(0);
      }
      expect(sampleOf(families, `borealis_health_duration_seconds_count{type="${type}"}`)).toBe(0);
      expect(sampleOf(families, `borealis_health_duration_seconds_bucket{le="+Inf",type="${type}"}`)).toBe(0);
      expect(sampleOf(families, `borealis_health_snoozed_total{type="${type}"}`)).toBe(0);
    }
    for (const reason of FAILURE_KINDS) {
      expect(sampleOf(families, `borealis_health_failures_total{reason="${reason}"}`)).toBe(0);
    }
    for (const state of CHECK_STATES) {
      expect(sampleOf(families, `borealis_health_checks{state="${state}"}`)).toBe(0);
    }
    for (const name of ["late_total", "skipped_total", "schedule_delay_seconds_count"]) {
      expect(sampleOf(families, `borealis_health_${name}`)).toBe(0);
    }
    expect(families.flatMap(({ samples }) => samples).every(({ value }) => value === 0)).toBe(true);
  });

  test("names follow the conventions: prefix, base unit, _total of counters alone, a sentence of help", async () => {
    const families = await created().scrape();
    expect(families).toHaveLength(9);
    for (const { name, type, help } of families) {
      expect(name).toMatch(/^borealis_health_[a-z]+(_[a-z]+)*$/);
      expect(help).toMatch(/^[A-Z].{15,}\.$/);
      expect(name.endsWith("_total")).toBe(type === "counter");
      if (type === "histogram") expect(name).toMatch(/_seconds$/);
      expect(name).not.toMatch(/_(ms|milliseconds|count|sum|bucket)(_|$)/);
    }
    // OpenMetrics knows a counter without its `_total`: it must not be what another is called.
    const bare = families.map(({ name }) => name.replace(/_total$/, ""));
    expect(new Set(bare).size).toBe(families.length);
  });
});

describe("after some checks", () => {
  test("runs, failures and durations add up", async () => {
    const { metrics, scrape } = created();
    metrics.ran("http", 0.5, undefined);
    metrics.ran("http", 30, undefined);
    metrics.ran("http", 500, "timeout");
    metrics.ran("tcp", 20_000, "refused");
    metrics.ran("tcp", 2, "refused");
    const families = await scrape();
    const value = (sample: string) => sampleOf(families, `borealis_health_${sample}`);
    expect(value('runs_total{type="http",result="success"}')).toBe(2);
    expect(value('runs_total{type="http",result="failure"}')).toBe(1);
    expect(value('runs_total{type="tcp",result="failure"}')).toBe(2);
    expect(value('failures_total{reason="refused"}')).toBe(2);
    expect(value('failures_total{reason="timeout"}')).toBe(1);
    expect(value('failures_total{reason="status"}')).toBe(0);
    expect(value('duration_seconds_count{type="http"}')).toBe(3);
    expect(value('duration_seconds_sum{type="http"}')).toBeCloseTo(0.5305, 9);
    expect(value('duration_seconds_bucket{le="0.001",type="http"}')).toBe(1);
    expect(value('duration_seconds_bucket{le="0.05",type="http"}')).toBe(2);
    expect(value('duration_seconds_bucket{le="10",type="tcp"}')).toBe(1);
    expect(value('duration_seconds_bucket{le="+Inf",type="tcp"}')).toBe(2);
    expect(value('runs_total{type="grpc",result="success"}')).toBe(0);
  });

  test("the schedule's are counted", async () => {
    const { metrics, scrape } = created();
    metrics.delayed(0.5);
    metrics.delayed(15);
    metrics.delayed(5_000);
    metrics.late();
    metrics.skipped(3);
    metrics.skipped(0);
    metrics.snoozed("command");
    const families = await scrape();
    const value = (sample: string) => sampleOf(families, `borealis_health_${sample}`);
    expect(value('schedule_delay_seconds_bucket{le="0.001"}')).toBe(1);
    expect(value('schedule_delay_seconds_bucket{le="0.02"}')).toBe(2);
    expect(value('schedule_delay_seconds_bucket{le="1"}')).toBe(2);
    expect(value("schedule_delay_seconds_count")).toBe(3);
    expect(value("late_total")).toBe(1);
    expect(value("skipped_total")).toBe(3);
    expect(value('snoozed_total{type="command"}')).toBe(1);
    expect(value('snoozed_total{type="http"}')).toBe(0);
  });

  test("a check is in one state at a time, and in none when it is gone", async () => {
    const { metrics, scrape } = created();
    const states = async () => {
      const families = await scrape();
      return CHECK_STATES.map((state) => sampleOf(families, `borealis_health_checks{state="${state}"}`));
    };
    metrics.stateChanged(undefined, "grace");
    metrics.stateChanged(undefined, "grace");
    expect(await states()).toEqual([2, 0, 0]);
    metrics.stateChanged("grace", "healthy");
    metrics.stateChanged("grace", "failing");
    expect(await states()).toEqual([0, 1, 1]);
    metrics.stateChanged("failing", undefined);
    metrics.stateChanged("healthy", "healthy");
    expect(await states()).toEqual([0, 1, 0]);
  });

  test("a type that is new has its series from then on", async () => {
    const { metrics, scrape } = created();
    metrics.ran("dns", 1, undefined);
    const families = await scrape();
    expect(sampleOf(families, 'borealis_health_runs_total{type="dns",result="success"}')).toBe(1);
    expect(sampleOf(families, 'borealis_health_runs_total{type="dns",result="failure"}')).toBe(0);
    expect(sampleOf(families, 'borealis_health_snoozed_total{type="dns"}')).toBe(0);
  });

  test("there are no more series for 5,000 checks than for one", async () => {
    const { metrics, scrape } = created();
    const count = async () => (await scrape()).flatMap(({ samples }) => samples).length;
    const before = await count();
    for (let check = 0; check < 5_000; check++) {
      metrics.stateChanged(undefined, "healthy");
      metrics.ran("http", 1, undefined);
    }
    expect(await count()).toBe(before);
  });
});
