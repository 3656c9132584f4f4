import fc from "fast-check";
import { expect, it } from "vitest";
import { STOP_STEPS, type StopEvent } from "../../src/stop/stop-event.ts";
import type { StopPlan } from "../../src/stop/stop-plan.ts";
import { longestStopMs } from "./longest-stop.ts";
import { deeds, Stopping } from "./stopping.ts";

const waits = fc.constantFrom(0, 1, 700, 5_000);

const requests = fc.oneof(
  { weight: 3, arbitrary: waits.map((waitMs) => ({ port: 1, portName: "health", path: "/q", waitMs })) },
  { weight: 1, arbitrary: fc.constant({ skipped: "no port" }) },
);

const plans: fc.Arbitrary<StopPlan> = fc.record({
  announced: fc.boolean(),
  drainMs: waits,
  quit: requests,
  abort: requests,
  finalizationWaitMs: fc.option(waits, { nil: undefined, freq: 4 }),
});

/** Sensible or not: what comes late, twice or out of the blue must do no harm. */
const events: fc.Arbitrary<StopEvent> = fc.oneof(
  fc.constant<StopEvent>({ type: "begin" }),
  fc.constant<StopEvent>({ type: "left" }),
  fc.constant<StopEvent>({ type: "notLeft", reason: "expired" }),
  fc.record({
    type: fc.constant("answered" as const),
    step: fc.constantFrom("QUIT" as const, "ABORT" as const),
    answer: fc.record({ handled: fc.boolean(), text: fc.constant("200") }),
  }),
  fc.constant<StopEvent>({ type: "tick" }),
);
const rare: fc.Arbitrary<StopEvent> = fc.constantFrom<StopEvent>({ type: "taskEnded" }, { type: "hurry" });

const moves = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ event: events }) },
    { weight: 1, arbitrary: fc.record({ event: rare }) },
    { weight: 5, arbitrary: fc.record({ pass: fc.nat({ max: 6_000 }) }) },
  ),
  { maxLength: 30 },
);
type Move = typeof moves extends fc.Arbitrary<readonly (infer M)[]> ? M : never;

/** @param before what is known by the time that the stop begins. */
function live(plan: StopPlan, moved: readonly Move[], before: readonly StopEvent[] = []): Stopping {
  const stopping = new Stopping(plan);
  for (const event of before) stopping.take(event);
  stopping.take({ type: "begin" });
  for (const move of moved) {
    if ("pass" in move) stopping.pass(move.pass);
    else stopping.take(move.event);
  }
  return stopping;
}

const early = fc.array(rare, { maxLength: 3 });
const ORDER = ["leave", "post QUIT", "post ABORT", "kill", "killNow", "done"];

it("does everything once at most, and in order", () => {
  fc.assert(
    fc.property(plans, moves, early, (plan, moved, before) => {
      const done = deeds(live(plan, moved, before).effects);
      expect(done).toEqual(ORDER.filter((deed) => done.includes(deed)));
    }),
    { numRuns: 1_000 },
  );
});

it("tells of each step from its beginning to its end, one after the other", () => {
  fc.assert(
    fc.property(plans, moves, early, (plan, moved, before) => {
      const { machine } = live(plan, moved, before);
      const { timeline } = machine;
      expect(timeline.map(({ step }) => step)).toEqual(STOP_STEPS.slice(0, timeline.length));
      for (const [index, { startedAt, endedAt, outcome }] of timeline.entries()) {
        const isOver = machine.at === "DONE" || index < timeline.length - 1;
        expect(outcome !== undefined).toBe(isOver);
        expect(endedAt).toBe(isOver ? (timeline[index + 1]?.startedAt ?? endedAt) : undefined);
        if (endedAt !== undefined) expect(endedAt).toBeGreaterThanOrEqual(startedAt);
      }
      if (machine.at === "DONE") expect(timeline).toHaveLength(STOP_STEPS.length);
    }),
    { numRuns: 1_000 },
  );
});

it("kills by the time that all it may wait for is over, and is done when the task has ended", () => {
  fc.assert(
    fc.property(plans, moves, early, (plan, moved, before) => {
      const stopping = live(plan, moved, before);
      stopping.pass(longestStopMs(plan) - (plan.finalizationWaitMs ?? 0));
      expect(["KILL", "DONE"]).toContain(stopping.machine.at);
      expect(stopping.machine.wakeAt).toBeUndefined();
      stopping.take({ type: "taskEnded" });
      expect(stopping.machine.at).toBe("DONE");
    }),
    { numRuns: 1_000 },
  );
});

it("asks and kills nobody once the task has ended", () => {
  fc.assert(
    fc.property(plans, moves, moves, (plan, moved, more) => {
      const stopping = live(plan, moved);
      stopping.take({ type: "taskEnded" });
      const before = stopping.effects.length;
      for (const move of more) {
        if ("pass" in move) stopping.pass(move.pass);
        else stopping.take(move.event);
      }
      expect(deeds(stopping.effects.slice(before)).filter((deed) => deed !== "done")).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

it("is over sooner for every hurry, or at the same time", () => {
  fc.assert(
    fc.property(plans, moves, fc.nat(), (plan, moved, which) => {
      const calm = moved.filter((move) => "pass" in move || move.event.type !== "hurry");
      const index = which % (calm.length + 1);
      const hurried = [...calm.slice(0, index), { event: { type: "hurry" } as const }, ...calm.slice(index)];
      const [slow, fast] = [live(plan, calm), live(plan, hurried)];
      // The task ends when it is killed, at the latest.
      const endAt = (stopping: Stopping) => {
        stopping.pass(longestStopMs(plan));
        const kill = stopping.machine.timeline.find(({ step }) => step === "KILL");
        return kill?.startedAt ?? Number.POSITIVE_INFINITY;
      };
      expect(endAt(fast)).toBeLessThanOrEqual(endAt(slow));
    }),
    { numRuns: 1_000 },
  );
});

it("can be written down at any moment and read back", () => {
  fc.assert(
    fc.property(plans, moves, early, (plan, moved, before) => {
      const { machine } = live(plan, moved, before);
      expect(JSON.parse(JSON.stringify(machine))).toEqual(machine);
    }),
  );
});
