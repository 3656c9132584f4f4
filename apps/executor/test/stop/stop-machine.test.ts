import { describe, expect, test } from "vitest";
import type { StopEvent } from "../../src/stop/stop-event.ts";
import type { StopPlan } from "../../src/stop/stop-plan.ts";
import { FULL, Stopping } from "./stopping.ts";

const BEGIN = { type: "begin" } as const;
const LEFT = { type: "left" } as const;
const HURRY = { type: "hurry" } as const;
const ENDED = { type: "taskEnded" } as const;
const answered = (step: "QUIT" | "ABORT", text = "200", handled = true): StopEvent => ({
  type: "answered",
  step,
  answer: { handled, text },
});

function at(step: "UNANNOUNCE" | "DRAIN" | "QUIT" | "ABORT" | "KILL", plan: StopPlan = FULL): Stopping {
  const stopping = new Stopping(plan);
  stopping.take(BEGIN);
  const ways: Record<string, () => unknown> = {
    UNANNOUNCE: () => stopping.take(LEFT),
    DRAIN: () => stopping.pass(plan.drainMs),
    QUIT: () => stopping.take(answered("QUIT", "404", false)),
    ABORT: () => stopping.take(answered("ABORT", "404", false)),
  };
  while (stopping.machine.at !== step) ways[stopping.machine.at]?.();
  return stopping;
}

test("everything in order: the member, the drain, both requests with their waits, then the task", () => {
  const stopping = new Stopping(FULL);
  expect(stopping.take(BEGIN)).toEqual(["leave"]);
  expect(stopping.pass(4_999)).toEqual([]);
  expect(stopping.take(LEFT)).toEqual([]);
  expect(stopping.pass(1_999)).toEqual([]);
  expect(stopping.pass(1)).toEqual(["post QUIT"]);
  expect(stopping.pass(999)).toEqual([]);
  expect(stopping.take(answered("QUIT"))).toEqual([]);
  expect(stopping.pass(4_999)).toEqual([]);
  expect(stopping.pass(1)).toEqual(["post ABORT"]);
  expect(stopping.take(answered("ABORT"))).toEqual([]);
  expect(stopping.pass(2_999)).toEqual([]);
  expect(stopping.pass(1)).toEqual(["kill"]);
  // Its deadline is the task's own.
  expect(stopping.pass(1_000_000)).toEqual([]);
  expect(stopping.take(ENDED)).toEqual(["done"]);
  expect(stopping.steps).toEqual([
    "UNANNOUNCE done",
    "DRAIN done",
    "QUIT done",
    "ABORT done",
    "KILL taskEnded",
  ]);
});

test("the timeline has when each step began and ended, how long it might take, and how it was answered", () => {
  const stopping = at("QUIT");
  stopping.pass(200);
  stopping.take(answered("QUIT", "503"));
  stopping.pass(1_300);
  stopping.take(ENDED);
  expect(stopping.machine.timeline.slice(1)).toEqual([
    { step: "DRAIN", startedAt: 1_000, plannedMs: 2_000, endedAt: 3_000, outcome: { kind: "done" } },
    {
      step: "QUIT",
      startedAt: 3_000,
      plannedMs: 5_000,
      request: FULL.quit,
      answer: { text: "503", at: 3_200 },
      endedAt: 4_500,
      outcome: { kind: "taskEnded" },
    },
    ...(["ABORT", "KILL"] as const).map((step) => ({
      step,
      startedAt: 4_500,
      plannedMs: 0,
      endedAt: 4_500,
      outcome: { kind: "needless", reason: "the task has ended" },
    })),
  ]);
});

describe("the ServerSet", () => {
  test("a znode that nobody confirms gone is given up after 5 s, and the drain waited for all the same", () => {
    const stopping = at("UNANNOUNCE");
    expect(stopping.pass(5_000)).toEqual([]);
    expect(stopping.machine.timeline[0]?.outcome).toEqual({
      kind: "failed",
      reason: "ZooKeeper did not confirm it within 5 s",
    });
    expect(stopping.machine.at).toBe("DRAIN");
  });

  test("one that can not be had is not waited for", () => {
    const stopping = at("UNANNOUNCE");
    stopping.take({ type: "notLeft", reason: "expired" });
    expect(stopping.steps).toEqual(["UNANNOUNCE failed", "DRAIN …"]);
  });

  test("a confirmation that comes too late changes nothing", () => {
    const stopping = at("DRAIN");
    expect(stopping.take(LEFT)).toEqual([]);
    expect(stopping.take({ type: "notLeft", reason: "late" })).toEqual([]);
    expect(stopping.machine.at).toBe("DRAIN");
  });

  test("who is not in it has nobody to leave and nothing to drain", () => {
    const stopping = new Stopping({ ...FULL, announced: false });
    expect(stopping.take(BEGIN)).toEqual(["post QUIT"]);
    expect(stopping.steps).toEqual(["UNANNOUNCE needless", "DRAIN needless", "QUIT …"]);
  });

  test("without drain_wait_secs the request follows at once", () => {
    const stopping = at("UNANNOUNCE", { ...FULL, drainMs: 0 });
    expect(stopping.take(LEFT)).toEqual(["post QUIT"]);
  });
});

describe("a request", () => {
  test.each(["QUIT", "ABORT"] as const)("%s is not waited for when nobody took notice", (step) => {
    const stopping = at(step);
    const next = step === "QUIT" ? "post ABORT" : "kill";
    expect(stopping.take(answered(step, "connection refused", false))).toEqual([next]);
    expect(stopping.machine.timeline.find((entry) => entry.step === step)?.outcome).toEqual({
      kind: "skipped",
      reason: "connection refused",
    });
  });

  test.each(["QUIT", "ABORT"] as const)("%s that is not answered within a second is given up", (step) => {
    const stopping = at(step);
    expect(stopping.pass(999)).toEqual([]);
    expect(stopping.pass(1)).toEqual([step === "QUIT" ? "post ABORT" : "kill"]);
    expect(stopping.machine.timeline.find((entry) => entry.step === step)?.outcome).toEqual({
      kind: "skipped",
      reason: "no answer within 1 s",
    });
  });

  test("an answer of the step before is none of this one's, and a second one none at all", () => {
    const stopping = at("ABORT");
    stopping.take(answered("QUIT", "200"));
    expect(stopping.machine.timeline.at(-1)?.answer).toBeUndefined();
    stopping.take(answered("ABORT", "200"));
    expect(stopping.take(answered("ABORT", "404", false))).toEqual([]);
    expect(stopping.machine.at).toBe("ABORT");
  });

  test("without anybody to ask, the task is ended at once, and the reason known", () => {
    const skipped = "it has no port named health";
    const stopping = new Stopping({ ...FULL, announced: false, quit: { skipped }, abort: { skipped } });
    expect(stopping.take(BEGIN)).toEqual(["kill"]);
    expect(stopping.machine.timeline[2]?.outcome).toEqual({ kind: "skipped", reason: skipped });
  });

  test("a wait of no time is none", () => {
    const quit = { port: 1, portName: "health", path: "/q", waitMs: 0 };
    const stopping = at("QUIT", { ...FULL, quit });
    stopping.take(answered("QUIT"));
    expect(stopping.pass(0)).toEqual(["post ABORT"]);
  });
});

describe("a task that ends", () => {
  test.each(["DRAIN", "QUIT", "ABORT", "KILL"] as const)("during %s ends the stop", (step) => {
    const stopping = at(step);
    expect(stopping.take(ENDED)).toEqual(["done"]);
    expect(stopping.steps).toContain(`${step} taskEnded`);
  });

  test("while it is waited for after an answer, ends the stop", () => {
    const stopping = at("ABORT");
    stopping.take(answered("ABORT"));
    expect(stopping.take(ENDED)).toEqual(["done"]);
  });

  test("during UNANNOUNCE leaves nothing to do but to leave", () => {
    const stopping = at("UNANNOUNCE");
    expect(stopping.take(ENDED)).toEqual([]);
    expect(stopping.take(LEFT)).toEqual(["done"]);
    expect(stopping.steps.slice(1)).toEqual([
      "DRAIN needless",
      "QUIT needless",
      "ABORT needless",
      "KILL needless",
    ]);
  });

  test("before the stop began is neither asked nor killed", () => {
    const stopping = new Stopping({ ...FULL, announced: false });
    expect([...stopping.take(ENDED), ...stopping.take(BEGIN)]).toEqual(["done"]);
  });
});

describe("hurry", () => {
  test.each(["UNANNOUNCE", "DRAIN", "QUIT", "ABORT"] as const)(
    "during %s goes straight to the end of the task; another makes that SIGKILL, a third nothing",
    (step) => {
      const stopping = at(step);
      expect(stopping.take(HURRY)).toEqual(["kill"]);
      expect(stopping.steps).toContain(`${step} hurried`);
      expect(stopping.take(HURRY)).toEqual(["killNow"]);
      expect(stopping.take(HURRY)).toEqual([]);
      expect(stopping.take(ENDED)).toEqual(["done"]);
    },
  );

  test("while an answer is waited on, does the same", () => {
    const stopping = at("QUIT");
    stopping.take(answered("QUIT"));
    expect(stopping.take(HURRY)).toEqual(["kill"]);
  });

  test("during KILL is SIGKILL", () => {
    expect(at("KILL").take(HURRY)).toEqual(["killNow"]);
  });

  test("when the task has ended leaves the ServerSet to itself", () => {
    const stopping = at("UNANNOUNCE");
    stopping.take(ENDED);
    expect(stopping.take(HURRY)).toEqual(["done"]);
  });

  test("before the stop began still tells the member to go, and asks nobody", () => {
    const stopping = new Stopping(FULL);
    stopping.take(HURRY);
    expect(stopping.take(BEGIN)).toEqual(["leave", "kill"]);
  });

  test("twice before the stop began is SIGKILL at once", () => {
    const stopping = new Stopping({ ...FULL, announced: false });
    stopping.take(HURRY);
    stopping.take(HURRY);
    expect(stopping.take(BEGIN)).toEqual(["kill", "killNow"]);
  });
});

test("a sidecar leaves and drains, and asks and ends nobody", () => {
  const stopping = new Stopping({ ...FULL, finalizationWaitMs: undefined });
  expect(stopping.take(BEGIN)).toEqual(["leave"]);
  expect(stopping.take(LEFT)).toEqual([]);
  expect(stopping.pass(2_000)).toEqual(["done"]);
});
