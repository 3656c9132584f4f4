import { createTestClock } from "@borealis/clock/testing";
import type { HealthCheckConfig, HealthReport } from "@borealis/schema";
import { describe, expect, it } from "vitest";
import { type ProbeResult, startHealthChecker } from "../src/index.ts";

const pass: ProbeResult = { healthy: true, statusCode: 200, durationMs: 1 };
const fail = (reason: string): ProbeResult => ({ healthy: false, reason, durationMs: 1 });

const defaults: HealthCheckConfig = {
  initial_interval_secs: 15,
  interval_secs: 10,
  timeout_secs: 1,
  max_consecutive_failures: 0,
};

/** A checker over a probe that answers what the test says, when it says. */
function setUp(
  config: Partial<HealthCheckConfig>,
  answer: (signal: AbortSignal, check: number) => Promise<ProbeResult>,
) {
  const clock = createTestClock();
  const checkedAt: number[] = [];
  const reports: HealthReport[] = [];
  const results: ProbeResult[] = [];
  let running = 0;
  let mostAtOnce = 0;
  const checker = startHealthChecker({
    config: { ...defaults, ...config },
    clock,
    async probe(signal) {
      checkedAt.push(clock.now());
      mostAtOnce = Math.max(mostAtOnce, ++running);
      try {
        return await answer(signal, checkedAt.length);
      } finally {
        running--;
      }
    },
    onReport: (report) => reports.push(report),
    onResult: (result) => results.push(result),
  });
  return { clock, checker, checkedAt, reports, results, mostAtOnce: () => mostAtOnce };
}

/** Never answers; gives up with its signal, as every probe must. */
const silent = (signal: AbortSignal) =>
  new Promise<ProbeResult>((resolve) => {
    signal.addEventListener("abort", () => resolve(fail((signal.reason as Error).message)));
  });

describe("when checks are made", () => {
  it("is not before initial_interval_secs, then every interval_secs", async () => {
    const { clock, checker, checkedAt } = setUp({}, async () => pass);
    await clock.advance(14_999);
    expect(checkedAt).toEqual([]);
    expect(checker.report.state).toBe("grace");
    await clock.advance(30_001);
    expect(checkedAt).toEqual([15_000, 25_000, 35_000, 45_000]);
    await checker.stop();
  });

  it("is at once with an initial_interval_secs of 0", async () => {
    const { clock, checker, checkedAt } = setUp({ initial_interval_secs: 0 }, async () => pass);
    await clock.advance(0);
    expect(checkedAt).toEqual([0]);
    await checker.stop();
  });

  it("does not drift by what each check takes", async () => {
    const { clock, checker, checkedAt } = setUp({ timeout_secs: 5 }, async (signal) => {
      await clock.sleep(3000, signal);
      return pass;
    });
    await clock.advance(65_000);
    expect(checkedAt).toEqual([15_000, 25_000, 35_000, 45_000, 55_000, 65_000]);
    await checker.stop();
  });

  it("is never while another runs: a check that overruns gives up its slots", async () => {
    const { clock, checker, checkedAt, mostAtOnce } = setUp({ interval_secs: 2, timeout_secs: 5 }, silent);
    await clock.advance(33_000);
    // Each takes 5 s and so covers two slots: the third is the next.
    expect(checkedAt).toEqual([15_000, 21_000, 27_000, 33_000]);
    expect(mostAtOnce()).toBe(1);
    await checker.stop();
  });

  it("is not changed by a wall clock that jumps", async () => {
    const { clock, checker, checkedAt } = setUp({}, async () => pass);
    await clock.advance(16_000);
    clock.jumpWallTime(-3_600_000);
    await clock.advance(20_000);
    expect(checkedAt).toEqual([15_000, 25_000, 35_000]);
    await checker.stop();
  });
});

describe("what is reported", () => {
  it("is each change and not each of a row of equal passes", async () => {
    const { clock, checker, reports, results } = setUp({ max_consecutive_failures: 1 }, async (_, check) =>
      check === 4 || check === 5 ? fail("HTTP 503") : pass,
    );
    await clock.advance(75_000);
    expect(results).toHaveLength(7);
    expect(reports.map(({ state, consecutiveFailures }) => [state, consecutiveFailures])).toEqual([
      ["healthy", 0],
      ["healthy", 1],
      ["failing", 2],
      ["healthy", 0],
    ]);
    expect(checker.report.checkedAt).toBe(clock.wallTime());
    await checker.stop();
  });

  it("includes a new reason for the same state, but the count changes with it", async () => {
    const { clock, checker, reports } = setUp({}, async (_, check) =>
      fail(check === 1 ? "HTTP 500" : "HTTP 503"),
    );
    await clock.advance(25_000);
    expect(reports.map(({ reason }) => reason)).toEqual(["HTTP 500", "HTTP 503"]);
    await checker.stop();
  });

  it("says that time ran out when a probe is cut short at timeout_secs", async () => {
    const { clock, checker, reports } = setUp({ timeout_secs: 1.5 }, silent);
    await clock.advance(16_499);
    expect(reports).toEqual([]);
    await clock.advance(1);
    expect(reports).toMatchObject([{ state: "failing", reason: "no answer within 1500 ms" }]);
    await checker.stop();
  });

  it("does not let a pass count that came after timeout_secs", async () => {
    const { clock, checker } = setUp({}, async () => {
      await clock.sleep(1001);
      return pass;
    });
    await clock.advance(16_001);
    expect(checker.report).toMatchObject({ state: "failing", reason: "no answer within 1000 ms" });
    await checker.stop();
  });

  it("takes a probe that throws for a failure, and goes on checking", async () => {
    const { clock, checker, checkedAt } = setUp({ max_consecutive_failures: 5 }, async () => {
      throw new TypeError("not a function");
    });
    await clock.advance(25_000);
    expect(checker.report).toMatchObject({
      consecutiveFailures: 2,
      reason: "internal health check error: not a function",
    });
    expect(checkedAt).toHaveLength(2);
    await checker.stop();
  });
});

describe("stop", () => {
  it("before the first check leaves no timer", async () => {
    const { clock, checker, checkedAt } = setUp({}, async () => pass);
    await checker.stop();
    expect(clock.armed).toBe(0);
    await clock.advance(60_000);
    expect(checkedAt).toEqual([]);
  });

  it("cancels the check that runs, waits for it and reports nothing of it", async () => {
    const { clock, checker, checkedAt, results } = setUp({ timeout_secs: 9 }, silent);
    await clock.advance(15_500);
    expect(checkedAt).toHaveLength(1);
    await checker.stop();
    expect(clock.armed).toBe(0);
    expect(results).toEqual([]);
    expect(checker.report).toMatchObject({ state: "grace", consecutiveFailures: 0 });
  });

  it("may be called from a report, and more than once", async () => {
    const clock = createTestClock();
    let stopped = 0;
    const checker = startHealthChecker({
      config: defaults,
      clock,
      probe: async () => pass,
      onReport: () => void checker.stop().then(() => stopped++),
    });
    await clock.advance(60_000);
    await checker.stop();
    expect([stopped, clock.armed]).toEqual([1, 0]);
  });
});
