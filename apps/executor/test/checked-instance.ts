import { createTestClock } from "@borealis/clock/testing";
import {
  type CheckResult,
  type CheckSpec,
  createHealthService,
  type HealthMetrics,
  type History,
  type Page,
  type RecordedResult,
  type Transition,
} from "@borealis/healthcheck";
import { onTestFinished } from "vitest";

const NO_METRICS: HealthMetrics = {
  ran: () => {},
  delayed: () => {},
  late: () => {},
  skipped: () => {},
  held: () => {},
  snoozed: () => {},
  stateChanged: () => {},
};

/** What is asked for, newest first. */
function page<T extends { readonly at: number }>(list: readonly T[] = [], { limit, before }: Page): T[] {
  return list.filter(({ at }) => before === undefined || at < before).slice(0, limit);
}

/** Remembered for as long as the test lasts. */
function historyInMemory(): History {
  const results = new Map<string, RecordedResult[]>();
  const transitions = new Map<string, Transition[]>();
  const append = <T>(to: Map<string, T[]>, check: string, one: T) =>
    void to.set(check, [one, ...(to.get(check) ?? [])]);
  return {
    result: (check, result) => append(results, check, result),
    transition: (check, transition) => append(transitions, check, transition),
    results: (check, wanted) => page(results.get(check), wanted),
    transitions: (check, wanted) => page(transitions.get(check), wanted),
    checks: () => [...results.keys()],
    close: () => {},
  };
}

const PASS: CheckResult = { healthy: true, durationMs: 3, statusCode: 200 };

/**
 * Real health checks, once a second of a clock that the test moves, of instances that answer as the test says: a check
 * that is not in `answers` passes.
 */
export function watch(checks: Readonly<Record<string, readonly string[]>>) {
  const clock = createTestClock();
  const answers = new Map<string, CheckResult>();
  const health = createHealthService({
    clock,
    history: historyInMemory(),
    metrics: NO_METRICS,
    onProblem: (text) => {
      throw new Error(text);
    },
    schedule: { jitter: 0 },
  });
  onTestFinished(() => health.close());
  const specOf = (name: string): CheckSpec => ({
    name,
    roles: ["liveness"],
    rule: {
      policy: "initial_delay",
      allowedFailures: 0,
      neededSuccesses: 1,
      forgivenAttempts: 0,
      firstDecides: false,
      final: false,
    },
    onUnhealthy: "withdraw",
    initialDelayMs: 0,
    intervalMs: 1_000,
    timeoutMs: 500,
    type: "http",
    target: "http://localhost:1/health",
    probe: () => ({ check: async () => answers.get(name) ?? PASS, close: () => {} }),
  });
  for (const [instance, names] of Object.entries(checks)) {
    health.watch({ instance, checks: names.map(specOf), onReport: () => {} });
  }
  return { health, clock, answers };
}
