import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestClock, type TestClock } from "@borealis/clock/testing";
import type { HealthReport } from "@borealis/schema";
import { Registry } from "prom-client";
import { describe, expect, it, onTestFinished } from "vitest";
import type { CheckSpec } from "../src/check-spec.ts";
import { createHealthService, type WatchOptions } from "../src/health-service.ts";
import { openHistory } from "../src/history/history.ts";
import { createHealthMetrics } from "../src/metrics/prometheus-metrics.ts";
import type { CheckResult } from "../src/probes/check-result.ts";
import type { Probe } from "../src/probes/probe.ts";

const KEY = "www-data/prod/hello/0";
const SECOND = 1_000;

function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), "borealis-health-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A target that answers what it is told to; its probe is asked by the real scheduler. */
class Target {
  healthy = true;
  asked = 0;
  closed = 0;
  /** Answers only when the deadline comes. */
  hangs = false;

  readonly probe = (): Probe => ({
    check: (signal) => {
      this.asked += 1;
      if (!this.hangs) return Promise.resolve(this.#answer());
      return new Promise((resolve) => {
        signal.addEventListener("abort", () =>
          resolve({ healthy: false, kind: "timeout", reason: String(signal.reason.message), durationMs: 1 }),
        );
      });
    },
    close: () => {
      this.closed += 1;
    },
  });

  /** It can not be asked. */
  fault = false;
  /** The next answer, once. */
  next: CheckResult | undefined;

  #answer(): CheckResult {
    const { next } = this;
    this.next = undefined;
    if (next !== undefined) return next;
    if (this.fault) return { healthy: false, kind: "internal", reason: "EMFILE", durationMs: 1 };
    return this.healthy
      ? { healthy: true, statusCode: 200, durationMs: 1 }
      : {
          healthy: false,
          kind: "status",
          reason: "HTTP 503",
          statusCode: 503,
          output: "down",
          durationMs: 1,
        };
  }
}

function spec(target: Target, overrides: Partial<CheckSpec> = {}): CheckSpec {
  return {
    name: "health",
    roles: ["readiness", "liveness"],
    rule: {
      policy: "initial_delay",
      allowedFailures: 1,
      neededSuccesses: 1,
      forgivenAttempts: 0,
      firstDecides: false,
      final: false,
    },
    onUnhealthy: "withdraw",
    initialDelayMs: 5 * SECOND,
    intervalMs: SECOND,
    timeoutMs: 500,
    type: "http",
    target: "http://localhost:1/health",
    probe: target.probe,
    ...overrides,
  };
}

function start(clock: TestClock, directory = scratch()) {
  const registry = new Registry();
  const problems: string[] = [];
  const service = createHealthService({
    clock,
    history: openHistory({ directory, clock, onProblem: (text) => problems.push(text) }),
    metrics: createHealthMetrics(registry),
    snoozePath: join(directory, "snoozes.json"),
    onProblem: (text) => problems.push(text),
    schedule: { jitter: 0 },
  });
  onTestFinished(() => service.close());
  function watch(checks: readonly CheckSpec[], options: Partial<WatchOptions> = {}) {
    const reports: HealthReport[] = [];
    const failures: string[] = [];
    const snoozes: string[] = [];
    const health = service.watch({
      instance: KEY,
      checks,
      onReport: (report) => reports.push(report),
      onFail: (reason) => failures.push(reason),
      onSnooze: (text) => snoozes.push(text),
      ...options,
    });
    return { health, reports, failures, snoozes, states: () => reports.map(({ state }) => state) };
  }
  return { service, watch, problems, registry, directory };
}

const sample = async (registry: Registry, name: string, labels: Record<string, string>) =>
  (await registry.getSingleMetric(name)?.get())?.values.find((value) =>
    Object.entries(labels).every(([label, wanted]) => value.labels[label] === wanted),
  )?.value;

describe("an instance that is checked", () => {
  it("is in grace until its first check, healthy with a pass, failing with one failure more than allowed", async () => {
    const clock = createTestClock();
    const target = new Target();
    const { health, states } = start(clock).watch([spec(target)]);
    await clock.advance(4 * SECOND);
    expect([health.report.state, target.asked]).toEqual(["grace", 0]);
    await clock.advance(SECOND);
    expect([health.report.state, target.asked]).toEqual(["healthy", 1]);
    target.healthy = false;
    await clock.advance(SECOND);
    expect(health.report).toMatchObject({ state: "healthy", consecutiveFailures: 1, reason: "HTTP 503" });
    await clock.advance(SECOND);
    expect(health.report).toMatchObject({
      state: "failing",
      consecutiveFailures: 2,
      since: clock.wallTime(),
    });
    target.healthy = true;
    await clock.advance(SECOND);
    expect(health.report).not.toHaveProperty("reason");
    expect(states()).toEqual(["healthy", "healthy", "failing", "healthy"]);
  });

  it("is not told again of each of a row of equal passes, but shows when the latest was", async () => {
    const clock = createTestClock();
    const { health, reports } = start(clock).watch([spec(new Target())]);
    await clock.advance(60 * SECOND);
    expect(reports).toHaveLength(1);
    expect(health.report.checkedAt).toBe(clock.wallTime());
  });

  it("fails with a check that does not end, at its deadline", async () => {
    const clock = createTestClock();
    const target = new Target();
    target.hangs = true;
    const { health } = start(clock).watch([spec(target)]);
    await clock.advance(5 * SECOND + 499);
    expect(health.report).not.toHaveProperty("reason");
    await clock.advance(1);
    expect(health.report.reason).toBe("no answer within 500 ms");
  });

  it("stops for good: no timer, no question, no report after that", async () => {
    const clock = createTestClock();
    const target = new Target();
    target.hangs = true;
    const { service, watch } = start(clock);
    const { health, reports } = watch([spec(target)]);
    await clock.advance(5 * SECOND);
    await health.stop();
    const { asked } = target;
    await clock.advance(10 * SECOND);
    expect([target.asked, target.closed, reports.length]).toEqual([asked, 1, 0]);
    expect(service.find(KEY)).toBeUndefined();
  });

  it("is told to fail once, when the policy is fail_task, and is asked nothing more", async () => {
    const clock = createTestClock();
    const target = new Target();
    target.healthy = false;
    const final = { ...spec(target).rule, allowedFailures: 0, final: true };
    const { failures, health } = start(clock).watch([
      spec(target, { rule: final, onUnhealthy: "fail_task" }),
    ]);
    await clock.advance(20 * SECOND);
    expect(failures).toEqual(["Failed health check! HTTP 503"]);
    expect(target.asked).toBe(1);
    expect(health.report.state).toBe("failing");
  });
});

describe("a check that comes to nothing for a fault of ours", () => {
  it("changes no state, however often, is shown with its reason, and is counted", async () => {
    const clock = createTestClock();
    const target = new Target();
    const started = start(clock);
    const { health, failures } = started.watch([spec(target, { onUnhealthy: "fail_task" })]);
    await clock.advance(5 * SECOND);
    target.fault = true;
    await clock.advance(5 * SECOND);
    expect(health.report).toMatchObject({ state: "healthy", consecutiveFailures: 0, reason: "EMFILE" });
    expect(failures).toEqual([]);
    expect(await sample(started.registry, "borealis_health_failures_total", { reason: "internal" })).toBe(5);
    expect(health.results("health", { limit: 1 })).toMatchObject([{ kind: "internal", state: "healthy" }]);
  });

  it("so does one during which this process stood still, be it a pass or too late", async () => {
    const clock = createTestClock();
    const target = new Target();
    const { health } = start(clock).watch([spec(target)]);
    await clock.advance(5 * SECOND);
    for (const healthy of [true, false]) {
      target.next = healthy
        ? { healthy, durationMs: 60_000 }
        : { healthy, kind: "timeout", reason: "no answer within 500 ms", durationMs: 60_000 };
      await clock.advance(SECOND);
      expect(health.report).toMatchObject({ state: "healthy", consecutiveFailures: 0 });
      expect(health.report.reason).toContain("this process stood still");
    }
  });

  it("and one that throws, which does not end the process", async () => {
    const clock = createTestClock();
    const target = new Target();
    const { health } = start(clock).watch([
      spec(target, { probe: () => ({ check: () => Promise.reject(new Error("a bug")), close() {} }) }),
    ]);
    await clock.advance(6 * SECOND);
    expect(health.report).toMatchObject({ state: "grace", reason: "internal health check error: a bug" });
  });
});

describe("what announcing goes by", () => {
  it("is readiness, while liveness alone decides about the task", async () => {
    const clock = createTestClock();
    const [alive, ready] = [new Target(), new Target()];
    alive.healthy = false;
    const { health } = start(clock).watch([
      spec(alive, { name: "alive", roles: ["liveness"], onUnhealthy: "fail_task" }),
      spec(ready, { name: "ready", roles: ["readiness"] }),
    ]);
    expect(health.readiness).toBe("grace");
    await clock.advance(8 * SECOND);
    expect([health.readiness, health.report.state]).toEqual(["healthy", "failing"]);
    ready.healthy = false;
    await clock.advance(2 * SECOND);
    expect(health.readiness).toBe("failing");
  });
});

describe("a startup check", () => {
  const specs = (up: Target, ready: Target) => [
    spec(up, { name: "up", roles: ["startup"], initialDelayMs: 0 }),
    spec(ready, { name: "ready", roles: ["readiness"], initialDelayMs: 2 * SECOND }),
  ];

  it("comes before all others, whose initial interval begins when it has passed, and is not made again", async () => {
    const clock = createTestClock();
    const [up, ready] = [new Target(), new Target()];
    up.healthy = false;
    const { health } = start(clock).watch(specs(up, ready));
    expect(health.checks.map(({ waiting }) => waiting)).toEqual([false, true]);
    await clock.advance(10 * SECOND);
    expect(ready.asked).toBe(0);
    expect(health.report).toMatchObject({ state: "failing", reason: "up: HTTP 503" });
    up.healthy = true;
    await clock.advance(SECOND);
    const { asked } = up;
    expect(health.report.state).toBe("grace");
    await clock.advance(SECOND + 999);
    expect(ready.asked).toBe(0);
    await clock.advance(1);
    expect([ready.asked, up.asked, up.closed]).toEqual([1, asked, 1]);
    expect(health.report.state).toBe("healthy");
  });
});

describe("a snooze", () => {
  const request = { seconds: 10, author: "ann", reason: "deploying", pause: false };

  async function healthyOnce() {
    const clock = createTestClock();
    const target = new Target();
    const started = start(clock);
    const watched = started.watch([spec(target)]);
    await clock.advance(5 * SECOND);
    return { clock, target, ...started, ...watched };
  }

  it("lets checks go on without consequences, tells what would be, and ends by itself", async () => {
    const { clock, target, health, snoozes, registry } = await healthyOnce();
    health.snooze(request);
    target.healthy = false;
    await clock.advance(9 * SECOND);
    expect(health.report).toMatchObject({
      state: "healthy",
      snooze: { author: "ann", reason: "deploying", until: clock.wallTime() + SECOND },
    });
    expect(health.checks[0]).toMatchObject({ state: "healthy", stateUnsnoozed: "failing" });
    expect(target.asked).toBe(10);
    expect(await sample(registry, "borealis_health_snoozed_total", { type: "http" })).toBe(9);
    await clock.advance(SECOND + 1);
    expect(health.report).not.toHaveProperty("snooze");
    await clock.advance(2 * SECOND);
    expect(health.report.state).toBe("failing");
    expect(snoozes).toEqual([
      expect.stringMatching(/^snoozed until 20.*Z by ann: deploying$/),
      "health: the snooze by ann is over",
    ]);
  });

  it("can pause: the target is not asked meanwhile, and at its old rate afterwards", async () => {
    const { clock, target, health } = await healthyOnce();
    health.snooze({ ...request, seconds: 9.5, pause: true });
    await clock.advance(9_500);
    expect(target.asked).toBe(1);
    await clock.advance(3 * SECOND);
    expect(target.asked).toBe(1 + 3);
  });

  it("ends when somebody ends it, and counts from 0", async () => {
    const { clock, target, health, snoozes, registry } = await healthyOnce();
    health.snooze(request);
    target.healthy = false;
    await clock.advance(5 * SECOND);
    expect(await sample(registry, "borealis_health_snoozed_checks", {})).toBe(1);
    health.endSnooze(undefined, "bob");
    expect(await sample(registry, "borealis_health_snoozed_checks", {})).toBe(0);
    expect(snoozes.at(-1)).toBe("snooze ended by bob");
    expect(health.report).toMatchObject({ state: "healthy", consecutiveFailures: 0 });
    await clock.advance(2 * SECOND);
    expect(health.report.state).toBe("failing");
  });

  it("can be of one check, and says so when there is no such check", async () => {
    const { health } = await healthyOnce();
    expect(health.snooze({ ...request, check: "nothing" })).toBeUndefined();
    expect(health.endSnooze("nothing", "bob")).toBeUndefined();
    expect(health.snooze({ ...request, check: "health" })).toHaveLength(1);
  });

  it("outlives the process, but not its time", async () => {
    const { clock, health, service, directory, target } = await healthyOnce();
    health.snooze(request);
    await service.close();
    await clock.advance(4 * SECOND);
    const again = start(clock, directory);
    const { health: later } = again.watch([spec(target)]);
    expect(later.report.snooze).toMatchObject({ author: "ann", until: clock.wallTime() + 6 * SECOND });
    await clock.advance(6 * SECOND + 1);
    expect(later.report).not.toHaveProperty("snooze");
    await again.service.close();
    expect(start(clock, directory).watch([spec(target)]).health.report).not.toHaveProperty("snooze");
  });

  it("has its way with a check that began while it was in force, whatever comes of it afterwards", async () => {
    const { clock, target, health, failures } = await healthyOnce();
    health.snooze({ ...request, seconds: 1.2 });
    target.hangs = true;
    await clock.advance(1_400);
    target.hangs = false;
    await clock.advance(200);
    expect(health.report).toMatchObject({ state: "healthy", consecutiveFailures: 0 });
    expect(health.report).not.toHaveProperty("snooze");
    expect(failures).toEqual([]);
  });

  it("is found by an executor that waited while another one took it down", async () => {
    const clock = createTestClock();
    const directory = scratch();
    const standby = start(clock, directory);
    const active = start(clock, directory);
    active.watch([spec(new Target())]).health.snooze(request);
    await active.service.close();
    expect(standby.watch([spec(new Target())]).health.report.snooze?.author).toBe("ann");
  });

  it("is refused by an instance that is being stopped, and not counted any more", async () => {
    const { health, registry } = await healthyOnce();
    health.snooze(request);
    await health.stop();
    expect(await sample(registry, "borealis_health_snoozed_checks", {})).toBe(0);
    expect(health.snooze(request)).toBeUndefined();
  });

  it("outlives the process for each check that is snoozed, and only for those", async () => {
    const clock = createTestClock();
    const directory = scratch();
    const specs = ["one", "two", "three"].map((name) => spec(new Target(), { name }));
    const first = start(clock, directory);
    const { health } = first.watch(specs);
    health.snooze(request);
    health.snooze({ ...request, seconds: 60, check: "two" });
    health.endSnooze("one", "bob");
    await first.service.close();
    const second = start(clock, directory);
    const kept = () => second.watch(specs).health.checks.map(({ snooze }) => snooze?.until);
    const now = clock.wallTime();
    expect(kept()).toEqual([undefined, now + 60_000, now + 10_000]);
    await second.service.close();
    const third = start(clock, directory).watch(specs).health;
    expect(third.checks.map(({ snooze }) => snooze?.until)).toEqual([undefined, now + 60_000, now + 10_000]);
  });

  it("is lost with a file that is not ours, which is told, and nothing else is", async () => {
    const clock = createTestClock();
    const directory = scratch();
    writeFileSync(join(directory, "snoozes.json"), '{"a": 1}');
    const { problems, watch, service } = start(clock, directory);
    const { health } = watch([spec(new Target())]);
    expect(problems).toEqual([expect.stringMatching(/snoozes of before are lost: .*snoozes\.json/)]);
    health.snooze(request);
    await service.close();
    expect(JSON.parse(readFileSync(join(directory, "snoozes.json"), "utf8"))).toHaveProperty([KEY, "health"]);
  });
});

describe("Aurora's .healthchecksnooze", () => {
  it("keeps the target from being asked and its state as it is, while it is there, and its age is told", async () => {
    const clock = createTestClock();
    const target = new Target();
    const file = join(scratch(), ".healthchecksnooze");
    const { health, snoozes } = start(clock).watch([spec(target)], { snoozeFile: file });
    await clock.advance(5 * SECOND);
    writeFileSync(file, "");
    utimesSync(file, 1_600_000_000, 1_600_000_000);
    target.healthy = false;
    await clock.advance(5 * SECOND);
    expect([target.asked, health.report.state]).toEqual([1, "healthy"]);
    expect(health.checks[0]?.snoozeFile).toEqual({ since: 1_600_000_000_000 });
    expect(health.report.snooze?.author).toBe("a file in the sandbox");
    rmSync(file);
    await clock.advance(2 * SECOND);
    expect([target.asked, health.report.state]).toEqual([3, "failing"]);
    expect(snoozes).toEqual([
      expect.stringContaining("not checked while"),
      expect.stringContaining("checked again"),
    ]);
  });
});

it("a link in the place of Aurora's file is not followed, nor a directory taken for it", async () => {
  const clock = createTestClock();
  const directory = scratch();
  writeFileSync(join(directory, "elsewhere"), "");
  symlinkSync(join(directory, "elsewhere"), join(directory, "link"));
  mkdirSync(join(directory, "folder"));
  for (const name of ["link", "folder"]) {
    const target = new Target();
    const { health } = start(clock).watch([spec(target)], { snoozeFile: join(directory, name) });
    await clock.advance(5 * SECOND);
    expect([target.asked, health.report.snooze]).toEqual([1, undefined]);
  }
});

describe("what is remembered", () => {
  it("is every result, newest first, and every change of state with its reason", async () => {
    const clock = createTestClock();
    const target = new Target();
    const { health } = start(clock).watch([spec(target)]);
    await clock.advance(5 * SECOND);
    target.healthy = false;
    await clock.advance(2 * SECOND);
    const now = clock.wallTime();
    expect(health.results("health", { limit: 2 })).toEqual([
      {
        at: now,
        durationMs: 1,
        healthy: false,
        state: "failing",
        kind: "status",
        statusCode: 503,
        reason: "HTTP 503",
        output: "down",
      },
      expect.objectContaining({ at: now - SECOND, state: "healthy", healthy: false }),
    ]);
    expect(health.transitions("health", { limit: 10 })).toEqual([
      { at: now, from: "healthy", to: "failing", reason: "HTTP 503" },
      { at: now - 2 * SECOND, from: "grace", to: "healthy" },
    ]);
    expect(health.results("nothing", { limit: 1 })).toBeUndefined();
  });

  it("is there after a restart", async () => {
    const clock = createTestClock();
    const target = new Target();
    const first = start(clock);
    first.watch([spec(target)]);
    await clock.advance(7 * SECOND);
    await first.service.close();
    const { health } = start(clock, first.directory).watch([spec(target)]);
    expect(health.results("health", { limit: 10 })).toHaveLength(3);
    expect(health.transitions("health", { limit: 10 })).toMatchObject([
      { from: "healthy", to: "grace", reason: "it was started again" },
      { from: "grace", to: "healthy" },
    ]);
  });

  it("is counted: checks, failures and states", async () => {
    const clock = createTestClock();
    const target = new Target();
    const { watch, registry } = start(clock);
    const { health } = watch([spec(target)]);
    await clock.advance(6 * SECOND);
    target.healthy = false;
    await clock.advance(2 * SECOND);
    expect(await sample(registry, "borealis_health_failures_total", { reason: "status" })).toBe(2);
    expect(await sample(registry, "borealis_health_checks", { state: "failing" })).toBe(1);
    expect(await sample(registry, "borealis_health_checks", { state: "healthy" })).toBe(0);
    await health.stop();
    expect(await sample(registry, "borealis_health_checks", { state: "failing" })).toBe(0);
  });
});
