import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { every, setUp, sleepingClock } from "./scheduling.ts";

type Step =
  | { readonly what: "add"; readonly intervalMs: number; readonly runMs: number }
  | { readonly what: "pause" | "resume" | "remove" | "hang"; readonly which: number }
  | { readonly what: "change"; readonly which: number; readonly intervalMs: number }
  | { readonly what: "wait"; readonly byMs: number }
  | { readonly what: "miss"; readonly byMs: number };

const anyInterval = fc.integer({ min: 5, max: 300 });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ what: fc.constant("add"), intervalMs: anyInterval, runMs: fc.nat(400) }),
  fc.record({ what: fc.constantFrom("pause", "resume", "remove", "hang"), which: fc.nat(20) }),
  fc.record({ what: fc.constant("change"), which: fc.nat(20), intervalMs: anyInterval }),
  fc.record({ what: fc.constant("wait"), byMs: fc.nat(400) }),
  fc.record({ what: fc.constant("miss"), byMs: fc.nat(400) }),
);

/** Checks of one scheduler to which anything may be done. */
function anyChecks() {
  const clock = sleepingClock();
  const { scheduler, add } = setUp({ clock, jitter: 0.3, limits: { network: 2, command: 1 } });
  const releases = new Set<() => void>();
  let running = 0;

  function added(intervalMs: number, runMs: number) {
    const mine = { paused: false, removed: false, hanging: false, running: false };
    async function run(signal: AbortSignal) {
      expect(mine).toMatchObject({ paused: false, removed: false, running: false });
      expect(++running).toBeLessThanOrEqual(2);
      mine.running = true;
      if (mine.hanging) {
        await new Promise<void>((resolve) => {
          releases.add(resolve);
          signal.addEventListener("abort", () => resolve());
        });
      } else await clock.sleep(runMs, signal).catch(() => {});
      mine.running = false;
      running--;
    }
    return { ...add(every(intervalMs), run), mine };
  }

  const checks: ReturnType<typeof added>[] = [];

  function alter(step: Exclude<Step, { what: "add" | "wait" | "miss" }>): void {
    const chosen = checks[step.which % checks.length];
    if (chosen === undefined) return;
    const { check, mine } = chosen;
    if (step.what === "change") return check.change(every(step.intervalMs));
    if (step.what === "hang") mine.hanging = true;
    else if (step.what === "remove") {
      mine.removed = true;
      void check.remove();
    } else {
      mine.paused = step.what === "pause";
      check[step.what]();
    }
  }

  return {
    clock,
    scheduler,
    checks,
    running: () => running,
    async step(step: Step) {
      if (step.what === "add") checks.push(added(step.intervalMs, step.runMs));
      else if (step.what === "wait") await clock.advance(step.byMs);
      else if (step.what === "miss") clock.miss(step.byMs);
      else alter(step);
    },
    releaseAll() {
      for (const { mine } of checks) mine.hanging = false;
      for (const release of releases) release();
    },
  };
}

describe("whatever is done to it", () => {
  it("never makes a check twice at once or more than its lane takes, serves everyone and leaves nothing", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 40, size: "max" }), async (steps) => {
        const { clock, scheduler, checks, running, step, releaseAll } = anyChecks();
        for (const each of steps) await step(each);
        // What was aborted has to settle first.
        await clock.advance(0);
        expect(scheduler.stats.running).toBe(running());
        releaseAll();
        for (const { check, mine } of checks) {
          mine.paused = false;
          check.resume();
        }
        const before = checks.map(({ at }) => at.length);
        // Each of them may have to wait for all the others, two at once.
        await clock.advance(1000 + 400 * checks.length);
        for (const [number, { at, mine }] of checks.entries()) {
          if (!mine.removed) expect(at.length).toBeGreaterThan(before[number] ?? 0);
        }
        await scheduler.close();
        expect([running(), scheduler.stats.running, clock.armed]).toEqual([0, 0, 0]);
      }),
    );
  });
});
