import type { CheckRole, UnhealthyPolicy } from "@borealis/schema";
import { describe, expect, it, test } from "vitest";
import { type Health, startHealth } from "../src/rules/health.ts";
import {
  type CheckVerdict,
  combined,
  failureOf,
  isStarting,
  readinessOf,
} from "../src/rules/instance-verdict.ts";

function check(
  name: string,
  health: Partial<Health>,
  roles: readonly CheckRole[] = ["readiness", "liveness"],
  onUnhealthy: UnhealthyPolicy = "withdraw",
): CheckVerdict {
  return { name, roles, onUnhealthy, health: { ...startHealth(0), ...health } };
}

const healthy = check("a", { state: "healthy", since: 10, checkedAt: 30 });
const grace = check("b", { state: "grace", since: 5, consecutiveFailures: 1, reason: "refused" });
const failing = check("c", {
  state: "failing",
  since: 20,
  consecutiveFailures: 3,
  reason: "HTTP 503",
  checkedAt: 25,
});

describe("all checks in one verdict", () => {
  test.for([
    ["nothing is checked", [], "disabled"],
    ["all are healthy", [healthy, healthy], "healthy"],
    ["one has not passed yet", [healthy, grace], "grace"],
    ["one is failing, and another has not passed yet", [grace, failing, healthy], "failing"],
  ] as const)("%s", ([, checks, state]) => {
    expect(combined(checks, 7).state).toBe(state);
  });

  it("blames the check by name when there are several, and tells of its failures and the latest check", () => {
    expect(combined([healthy, failing], 0)).toEqual({
      state: "failing",
      since: 20,
      consecutiveFailures: 3,
      reason: "c: HTTP 503",
      checkedAt: 30,
    });
    expect(combined([failing], 0).reason).toBe("HTTP 503");
  });

  it("is failing since the first of them is, and healthy since the last", () => {
    const earlier = check("d", { state: "failing", since: 2, reason: "x" });
    expect(combined([failing, earlier], 0).since).toBe(2);
    expect(combined([healthy, check("e", { state: "healthy", since: 90 })], 0).since).toBe(90);
  });

  it("has the time it began when nothing is checked", () => {
    expect(combined([], 7)).toEqual({ state: "disabled", since: 7, consecutiveFailures: 0 });
  });
});

test("it is starting until the startup check has passed, and without one it never is", () => {
  expect(isStarting([check("s", { state: "grace" }, ["startup"]), healthy])).toBe(true);
  expect(isStarting([check("s", { state: "failing" }, ["startup"]), healthy])).toBe(true);
  expect(isStarting([check("s", { state: "healthy" }, ["startup"]), grace])).toBe(false);
  expect(isStarting([grace])).toBe(false);
});

test.for([
  ["nothing is checked", [], "disabled"],
  ["readiness has not passed", [check("r", {}, ["readiness"])], "grace"],
  ["startup has not passed", [check("s", {}, ["startup"], "fail_task")], "grace"],
  ["liveness alone has not passed", [check("l", {}, ["liveness"], "fail_task")], "healthy"],
  ["liveness withdraws", [check("l", { state: "failing" }, ["liveness"], "withdraw")], "failing"],
  [
    "both roles in one",
    [check("h", { state: "failing" }, ["readiness", "liveness"], "fail_task")],
    "failing",
  ],
] as const)("announcing goes by readiness and startup, and by what withdraws: %s", ([, checks, expected]) => {
  expect(readinessOf(checks)).toBe(expected);
});

describe("the task is ended", () => {
  it("by a failing check whose policy is fail_task, in Aurora's words", () => {
    const fatal = check("c", { state: "failing", reason: "HTTP 503" }, ["liveness"], "fail_task");
    expect(failureOf([fatal])).toBe("Failed health check! HTTP 503");
    expect(failureOf([healthy, fatal])).toBe("Failed health check! c: HTTP 503");
  });

  it("not by one that withdraws, nor by one that is not failing", () => {
    expect(failureOf([failing])).toBeUndefined();
    const forgiven = check("c", { state: "healthy", reason: "HTTP 503" }, ["liveness"], "fail_task");
    expect(failureOf([forgiven, grace])).toBeUndefined();
  });
});
