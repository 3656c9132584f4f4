import type { TaskState } from "@borealis/schema";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  newRestarts,
  nextRestartWake,
  type RestartMachine,
  type RestartPolicy,
  stepRestarts,
} from "../../src/core/restart.ts";

const POLICY: RestartPolicy = { initialMs: 1000, maxMs: 8000, thresholdMs: 60_000, jitter: 0 };
const SERVICE = { service: true, maxTaskFailures: 1 };
const once = (maxTaskFailures: number) => ({ service: false, maxTaskFailures });

const ended = (state: RestartMachine, taskState: TaskState, now: number, random = 0.5) =>
  stepRestarts(state, { type: "ended", taskState, random }, now);
const woken = (state: RestartMachine, now = nextRestartWake(state) ?? Number.NaN) =>
  stepRestarts(state, { type: "tick" }, now);

describe("what follows a task", () => {
  it.each([
    ["service", SERVICE, "SUCCESS", "THROTTLED"],
    ["service", SERVICE, "FAILED", "THROTTLED"],
    ["service", SERVICE, "LOST", "THROTTLED"],
    ["service", SERVICE, "KILLED", "OVER"],
    ["job that may fail twice", once(2), "SUCCESS", "OVER"],
    ["job that may fail twice", once(2), "FAILED", "THROTTLED"],
    ["job that may fail once", once(1), "FAILED", "OVER"],
    ["job that may fail without end", once(-1), "FAILED", "THROTTLED"],
    ["job that may fail once", once(1), "LOST", "THROTTLED"],
    ["job that may fail without end", once(-1), "SUCCESS", "OVER"],
    ["job that may fail without end", once(-1), "KILLED", "OVER"],
  ] as const)("of a %s (%o) that ended %s is %s", (_, job, taskState, phase) => {
    expect(ended(newRestarts(job, POLICY, 0), taskState, 100)).toMatchObject({ phase });
  });

  it("is nothing when it was stopped, while it ran or while the next one waited", () => {
    const running = newRestarts(SERVICE, POLICY, 0);
    for (const state of [running, ended(running, "FAILED", 100)]) {
      const stopped = stepRestarts(state, { type: "stop" }, 200);
      expect(stopped).toMatchObject({ phase: "OVER", why: "stopped on request" });
      expect(nextRestartWake(stopped)).toBeUndefined();
      expect(ended(stopped, "FAILED", 300)).toBe(stopped);
      expect(woken(stopped, 100_000)).toBe(stopped);
    }
  });

  it.each([
    [once(1), "SUCCESS", "it has succeeded"],
    [once(1), "FAILED", "it has had 1 of 1 failures"],
    [SERVICE, "KILLED", "killed on request"],
  ] as const)("is told with its reason: %o, %s", (job, taskState, why) =>
    expect(ended(newRestarts(job, POLICY, 0), taskState, 100).why).toBe(why),
  );
});

describe("a task that flaps", () => {
  it("waits at first initialMs, then twice as long each time, at most maxMs", () => {
    let state = newRestarts(SERVICE, POLICY, 0);
    const waits: number[] = [];
    for (let round = 0; round < 6; round++) {
      const now = state.since + 100;
      state = ended(state, "FAILED", now);
      waits.push((state.throttledUntil ?? Number.NaN) - now);
      state = woken(state);
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 8000, 8000]);
    expect(state).toMatchObject({ phase: "RUNNING", restarts: 6, failures: 6 });
  });

  it.each([
    [0, 750],
    [0.5, 1000],
    [1, 1250],
  ])("waits by chance %d at most a part of it less or more", (random, wait) => {
    const state = ended(newRestarts(SERVICE, { ...POLICY, jitter: 0.25 }, 0), "FAILED", 100, random);
    expect(state.throttledUntil).toBe(100 + wait);
  });

  it("is not started before its time", () => {
    const state = ended(newRestarts(SERVICE, POLICY, 0), "FAILED", 100);
    expect(nextRestartWake(state)).toBe(1100);
    expect(woken(state, 1099)).toBe(state);
    expect(woken(state, 1100)).toMatchObject({ phase: "RUNNING", since: 1100, restarts: 1 });
  });

  it("that ran well for thresholdMs is followed at once, and waits begin anew", () => {
    const flapped = woken(ended(newRestarts(SERVICE, POLICY, 0), "FAILED", 100));
    const ranWell = ended(flapped, "FAILED", flapped.since + POLICY.thresholdMs);
    expect(nextRestartWake(ranWell)).toBe(flapped.since + POLICY.thresholdMs);
    const next = woken(ranWell);
    expect(ended(next, "FAILED", next.since + 100)).toMatchObject({ delayMs: POLICY.initialMs });
  });
});

it("a task that was gone on with has run since it began, not since it was gone on with", () => {
  const adopted = stepRestarts(
    newRestarts(SERVICE, POLICY, 0),
    { type: "began", agoMs: POLICY.thresholdMs },
    50,
  );
  expect(ended(adopted, "FAILED", 100).delayMs).toBe(0);
  const throttled = ended(newRestarts(SERVICE, POLICY, 0), "FAILED", 100);
  expect(stepRestarts(throttled, { type: "began", agoMs: 1 }, 200)).toBe(throttled);
});

interface End {
  readonly ranMs: number;
  readonly taskState: "SUCCESS" | "FAILED" | "LOST";
  readonly random: number;
}

const jobs = fc.record({ service: fc.boolean(), maxTaskFailures: fc.integer({ min: -1, max: 4 }) });
const policies = fc
  .record({
    initialMs: fc.integer({ min: 1, max: 500 }),
    longer: fc.integer({ min: 0, max: 5000 }),
    thresholdMs: fc.integer({ min: 1, max: 5000 }),
    jitter: fc.constantFrom(0, 0.1, 0.5),
  })
  .map(({ longer, ...policy }) => ({ ...policy, maxMs: policy.initialMs + longer }));
const ends = fc.array(
  fc.record({
    ranMs: fc.nat({ max: 8000 }),
    taskState: fc.constantFrom("SUCCESS" as const, "FAILED" as const, "LOST" as const),
    random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  }),
  { maxLength: 30 },
);

interface Round {
  readonly before: RestartMachine;
  readonly end: End;
  readonly now: number;
  readonly after: RestartMachine;
}

const always = (look: (round: Round, policy: RestartPolicy) => void) =>
  fc.assert(
    fc.property(jobs, policies, ends, (job, policy, script) => {
      let state = newRestarts(job, policy, 0);
      for (const end of script) {
        const now = state.since + end.ranMs;
        const after = ended(state, end.taskState, now, end.random);
        look({ before: state, end, now, after }, policy);
        if (after.phase === "OVER") return;
        state = woken(after);
      }
    }),
  );

it("never starts a task that is no service once it has failed max_task_failures times", () =>
  always(({ after }) => {
    const { service, maxTaskFailures, failures, phase } = after;
    if (service || maxTaskFailures < 0) return;
    expect(failures).toBeLessThanOrEqual(Math.max(1, maxTaskFailures));
    if (phase === "THROTTLED") expect(failures).toBeLessThanOrEqual(Math.max(0, maxTaskFailures - 1));
  }));

it("keeps delays within initialMs and maxMs, and chance within its part of them", () =>
  always(({ after, now }, { initialMs, maxMs, jitter }) => {
    if (after.phase !== "THROTTLED" || after.delayMs === 0) return;
    expect(after.delayMs).toBeGreaterThanOrEqual(initialMs);
    expect(after.delayMs).toBeLessThanOrEqual(maxMs);
    const wait = (after.throttledUntil ?? Number.NaN) - now;
    expect(wait).toBeGreaterThanOrEqual(after.delayMs * (1 - jitter) - 1e-6);
    expect(wait).toBeLessThanOrEqual(after.delayMs * (1 + jitter) + 1e-6);
  }));

it("never waits less than the time before while a task flaps, and not at all when it ran well", () =>
  always(({ before, end, after }, { thresholdMs }) => {
    if (after.phase !== "THROTTLED") return;
    if (end.ranMs < thresholdMs) expect(after.delayMs).toBeGreaterThanOrEqual(Math.max(1, before.delayMs));
    else expect(after.delayMs).toBe(0);
  }));

it("counts a restart for each task that follows another, and is plain data", () =>
  always(({ before, after }) => {
    expect(after.restarts).toBe(before.restarts);
    if (after.phase === "THROTTLED") expect(woken(after).restarts).toBe(before.restarts + 1);
    expect(JSON.parse(JSON.stringify(after))).toEqual(after);
  }));
