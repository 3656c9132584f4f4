import type { Snooze } from "@borealis/schema";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { type Health, type Outcome, observe, startHealth } from "../src/rules/health.ts";
import type { HealthRule } from "../src/rules/health-rule.ts";
import {
  beforeHeldCheck,
  type HeldHealth,
  isHeld,
  observeHeld,
  withFile,
  withSnooze,
} from "../src/rules/held-health.ts";

const RULE: HealthRule = {
  policy: "initial_delay",
  allowedFailures: 1,
  neededSuccesses: 1,
  forgivenAttempts: 0,
  firstDecides: false,
  final: true,
};
const SNOOZE: Snooze = { since: 1, until: 9, author: "ann", reason: "deploying", pause: false };
const PASS: Outcome = { healthy: true };
const FAILURE: Outcome = { healthy: false, reason: "HTTP 503" };
const START: HeldHealth = { health: startHealth(0) };

/** S and F are results, z begins a snooze, Z ends it, f and g are the file there and gone. */
function fold(letters: string, rule = RULE): readonly HeldHealth[] {
  let held = START;
  return [...letters].map((letter, now) => {
    held = next(held, letter, rule, now);
    return held;
  });
}

function next(held: HeldHealth, letter: string, rule: HealthRule, now: number): HeldHealth {
  switch (letter) {
    case "z":
      return withSnooze(held, SNOOZE);
    case "Z":
      return withSnooze(held, undefined);
    case "f":
      return withFile(held, 5);
    case "g":
      return withFile(held, undefined);
    default:
      return observeHeld(beforeHeldCheck(held, rule, now), letter === "S" ? PASS : FAILURE, rule, now);
  }
}

const last = (letters: string) => fold(letters).at(-1) ?? START;

describe("a check that is snoozed", () => {
  it("stays healthy while it fails, and says what it would be, and why", () => {
    const held = last("SzFFF");
    expect(held.health).toMatchObject({ state: "healthy", consecutiveFailures: 0, reason: "HTTP 503" });
    expect(held.unsnoozed).toMatchObject({ state: "failing", consecutiveFailures: 3 });
  });

  it("becomes healthy when it passes", () => {
    expect(last("FzS").health).toMatchObject({ state: "healthy", consecutiveFailures: 0 });
  });

  it("counts failures from 0 once the snooze is over", () => {
    expect(last("SFzFFFZ").health).toMatchObject({ state: "healthy", consecutiveFailures: 0 });
    expect(last("SFzFFFZF").health.state).toBe("healthy");
    expect(last("SFzFFFZFF").health.state).toBe("failing");
  });

  it("knows nothing of what would have been once nobody holds it", () => {
    expect(last("SzFFFZ")).not.toHaveProperty("unsnoozed");
    expect(last("SzFFFZ")).not.toHaveProperty("snooze");
  });

  it("is held by the file after the snooze is over, and by the snooze after the file is gone", () => {
    expect(last("SzfZFF").health.state).toBe("healthy");
    expect(last("SzfgFF").health.state).toBe("healthy");
    expect(last("SzfgZFF").health.state).toBe("failing");
  });

  it("is not failed by the attempts of the grace policy that it had no use for", () => {
    const rule: HealthRule = { ...RULE, policy: "grace", allowedFailures: 0 };
    expect(fold("zFFFFFF", rule).at(-1)).toMatchObject({
      health: { state: "grace" },
      unsnoozed: { state: "failing" },
    });
  });
});

test("another snooze takes the place of the one that is", () => {
  const longer = { ...SNOOZE, until: 99 };
  expect(withSnooze(last("Sz"), longer).snooze).toBe(longer);
  expect(withSnooze(last("SzFF"), longer).unsnoozed?.state).toBe("failing");
});

describe("in any order of results, snoozes and files", () => {
  const letters = fc.string({ unit: fc.constantFrom("S", "F", "F", "z", "Z", "f", "g"), maxLength: 40 });
  const rules = fc.record({
    ...Object.fromEntries(Object.entries(RULE).map(([key, value]) => [key, fc.constant(value)])),
    allowedFailures: fc.nat({ max: 3 }),
    final: fc.boolean(),
  }) as fc.Arbitrary<HealthRule>;

  it("a state never gets worse while it is held", () => {
    fc.assert(
      fc.property(letters, rules, (series, rule) => {
        const states = [START, ...fold(series, rule)];
        for (const [index, letter] of [...series].entries()) {
          const [before, after] = [states[index], states[index + 1]];
          if (before === undefined || after === undefined || !isHeld(before)) continue;
          if (after.health.state !== before.health.state) {
            expect([letter, after.health.state]).toEqual(["S", "healthy"]);
          }
        }
      }),
    );
  });

  it("what would be is told exactly while it is held", () => {
    fc.assert(
      fc.property(letters, rules, (series, rule) => {
        for (const held of fold(series, rule)) expect(held.unsnoozed !== undefined).toBe(isHeld(held));
      }),
    );
  });

  it("what would be is what the same results come to when nobody ever ends the snooze", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("S", "F"), maxLength: 30 }),
        fc.nat({ max: 30 }),
        rules,
        (results, from, rule) => {
          const series = `${results.slice(0, from)}z${results.slice(from)}`;
          const free = [...results].reduce<Health>(
            (health, letter) => observe(health, letter === "S" ? PASS : FAILURE, rule, 0),
            startHealth(0),
          );
          const told = fold(series, rule).at(-1)?.unsnoozed;
          expect(told?.state).toBe(free.state);
          expect(told?.consecutiveFailures).toBe(free.consecutiveFailures);
        },
      ),
    );
  });

  it("without a snooze or a file it is the plain rule", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("S", "F"), maxLength: 30 }), rules, (results, rule) => {
        let health = startHealth(0);
        for (const [now, letter] of [...results].entries()) {
          health = observe(health, letter === "S" ? PASS : FAILURE, rule, now);
        }
        expect(fold(results, rule).at(-1) ?? START).toEqual({ health });
      }),
    );
  });
});
