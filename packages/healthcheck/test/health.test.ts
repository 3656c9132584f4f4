import { readFileSync } from "node:fs";
import type { HealthCheckConfig } from "@borealis/schema";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { beforeCheck, type Health, observe, startHealth } from "../src/rules/health.ts";
import { type HealthRule, healthRule } from "../src/rules/health-rule.ts";

type Config = Pick<
  HealthCheckConfig,
  "initial_interval_secs" | "interval_secs" | "max_consecutive_failures" | "min_consecutive_successes"
>;
/** What the real Aurora said after each of a series of checks; recorded from its own health checkers. */
interface Vector {
  readonly config: Config;
  readonly results: string;
  readonly steps: readonly {
    /** Made while the checker was constructed, before its thread ran. */
    readonly at?: "construction";
    /** null: the deadline had passed, and no check was made. */
    readonly result: "S" | "F" | null;
    readonly healthy: boolean;
    readonly consecutive_failures?: number;
    readonly consecutive_successes?: number;
    readonly attempts?: number;
    readonly running?: boolean;
    readonly reason?: string | null;
  }[];
}

function vectorsOf(file: string): readonly Vector[] {
  const fixture = new URL(`./fixtures/${file}`, import.meta.url);
  return (JSON.parse(readFileSync(fixture, "utf8")) as { cases: readonly Vector[] }).cases;
}

const named = (vector: Vector) =>
  [
    `${vector.results} with ${Object.entries(vector.config)
      .map((entry) => entry.join(" "))
      .join(", ")}`,
    vector,
  ] as const;

const outcomeOf = (letter: string) =>
  letter === "S" ? ({ healthy: true } as const) : ({ healthy: false, reason: "bad" } as const);

function fold(letters: string, rule: HealthRule, times: readonly number[] = []): readonly Health[] {
  let health = startHealth(0);
  return [...letters].map((letter, index) => {
    const now = times[index] ?? index;
    health = observe(beforeCheck(health, rule, now), outcomeOf(letter), rule, now);
    return health;
  });
}

const INITIAL_DELAY: HealthRule = {
  policy: "initial_delay",
  allowedFailures: 0,
  neededSuccesses: 1,
  forgivenAttempts: 0,
  firstDecides: false,
  final: false,
};
const allowing = (allowedFailures: number) => ({ ...INITIAL_DELAY, allowedFailures });

describe("the verdict of Aurora in 2014", () => {
  const vectors = vectorsOf("health-2014.json");
  const policyOf = ({ config }: Vector) =>
    config.initial_interval_secs === 0 ? "initial_delay_strict" : "initial_delay";

  it("has vectors with and without a delay to be compared with", () => {
    const strict = vectors.filter((vector) => policyOf(vector) === "initial_delay_strict");
    expect([strict.length, vectors.length]).toEqual([76, 190]);
  });

  it.each(vectors.map(named))("is reached at the same check: %s", (_, vector) => {
    const rule = healthRule({ ...vector.config, policy: policyOf(vector) }, { final: true });
    const ours = fold(vector.results, rule);
    for (const [index, step] of vector.steps.entries()) {
      const after = `after check ${index + 1}`;
      expect(ours[index]?.consecutiveFailures, `count ${after}`).toBe(step.consecutive_failures ?? 0);
      expect(ours[index]?.state === "failing", `verdict ${after}`).toBe(!step.healthy);
    }
  });
});

describe("the verdict of Aurora 0.22", () => {
  const vectors = vectorsOf("health-0.22.json");

  it("has vectors to be compared with, and some that end without a check", () => {
    const cut = vectors.filter(({ steps }) => steps.some(({ result }) => result === null));
    expect([vectors.length, cut.length > 0]).toEqual([190, true]);
  });

  it.each(vectors.map(named))("is reached at the same check: %s", (_, vector) => {
    const rule = healthRule({ ...vector.config, policy: "grace" }, { final: true });
    let health = startHealth(0);
    for (const [index, step] of vector.steps.entries()) {
      health = beforeCheck(health, rule, index);
      if (step.result !== null) health = observe(health, outcomeOf(step.result), rule, index);
      expect(
        {
          healthy: health.state !== "failing",
          running: health.everPassed,
          attempts: health.attempts,
          consecutive_failures: health.consecutiveFailures,
          consecutive_successes: health.consecutiveSuccesses,
          reason: health.state === "failing" ? health.reason : null,
        },
        `after check ${index + 1}`,
      ).toEqual({
        healthy: step.healthy,
        running: step.running,
        attempts: step.attempts,
        consecutive_failures: step.consecutive_failures,
        consecutive_successes: step.consecutive_successes,
        reason: step.reason,
      });
    }
  });
});

describe("without a delay", () => {
  it("the first failure counts like any other, as the reference of 2014 says, and not as its code did", () => {
    const config = { initial_interval_secs: 0, interval_secs: 1, max_consecutive_failures: 2 };
    expect(fold("FFF", healthRule(config, { final: false })).map(({ state }) => state)).toEqual([
      "grace",
      "grace",
      "failing",
    ]);
    const strict = healthRule({ ...config, policy: "initial_delay_strict" }, { final: false });
    expect(fold("F", strict).map(({ state }) => state)).toEqual(["failing"]);
  });
});

describe("observe", () => {
  it("leaves grace with the first pass", () => {
    expect(fold("S", allowing(0)).at(-1)).toEqual({
      state: "healthy",
      since: 0,
      attempts: 1,
      everPassed: true,
      consecutiveFailures: 0,
      consecutiveSuccesses: 1,
      checkedAt: 0,
    });
  });

  it("stays in grace while failures are allowed, and keeps the reason of the last", () => {
    expect(fold("FF", allowing(2)).at(-1)).toEqual({
      state: "grace",
      since: 0,
      attempts: 2,
      everPassed: false,
      consecutiveFailures: 2,
      consecutiveSuccesses: 0,
      reason: "bad",
      checkedAt: 1,
    });
  });

  it("stays healthy while failures are allowed", () => {
    expect(fold("SFFSFF", allowing(2)).map(({ state }) => state)).toEqual(Array(6).fill("healthy"));
  });

  it("recovers with the first pass after failing, and forgets the reason", () => {
    const recovered = fold("FFFS", allowing(1)).at(-1);
    expect(recovered).toMatchObject({ state: "healthy", since: 3, consecutiveFailures: 0 });
    expect(recovered).not.toHaveProperty("reason");
  });

  it("does not recover when failing is final, and keeps the reason that decided", () => {
    const rule = { ...allowing(0), final: true };
    expect(fold("SFSS", rule).at(-1)).toMatchObject({ state: "failing", since: 1, reason: "bad" });
  });

  it("recovers by the grace policy, too, after as many passes as it asks for", () => {
    const config = { initial_interval_secs: 0, interval_secs: 1, max_consecutive_failures: 0 };
    const rule = healthRule({ ...config, min_consecutive_successes: 2, policy: "grace" }, { final: false });
    expect(fold("FSFSS", rule).map(({ state }) => state)).toEqual([
      "failing",
      "failing",
      "failing",
      "failing",
      "healthy",
    ]);
  });

  it("dates the state from its first check, not its last", () => {
    expect(fold("SSFFF", allowing(0)).at(-1)).toMatchObject({ state: "failing", since: 2, checkedAt: 4 });
  });
});

describe("whatever the results", () => {
  const letters = fc.string({ unit: fc.constantFrom("S", "F"), maxLength: 60 });
  const allowed = fc.nat({ max: 8 });
  const rules: fc.Arbitrary<HealthRule> = fc.record({
    policy: fc.constantFrom("initial_delay", "initial_delay_strict", "grace"),
    allowedFailures: allowed,
    neededSuccesses: fc.constant(1),
    forgivenAttempts: fc.constant(0),
    firstDecides: fc.constant(false),
    final: fc.boolean(),
  });
  const graceRules: fc.Arbitrary<HealthRule> = fc.record({
    policy: fc.constant("grace"),
    allowedFailures: allowed,
    neededSuccesses: fc.integer({ min: 1, max: 5 }),
    forgivenAttempts: fc.nat({ max: 6 }),
    firstDecides: fc.constant(false),
    final: fc.boolean(),
  });

  it("it is failing exactly when more failed in a row than are allowed", () => {
    fc.assert(
      fc.property(letters, allowed, (results, max) => {
        for (const [index, { state }] of fold(results, allowing(max)).entries()) {
          const inARow = /F*$/.exec(results.slice(0, index + 1))?.[0].length ?? 0;
          expect(state === "failing").toBe(inARow > max);
        }
      }),
    );
  });

  it("it never becomes failing within the failures allowed, by no policy", () => {
    fc.assert(
      fc.property(letters, rules, (results, rule) => {
        for (const [index, { state }] of fold(results, rule).entries()) {
          const longest = Math.max(
            0,
            ...(results.slice(0, index + 1).match(/F+/g) ?? []).map(({ length }) => length),
          );
          if (longest <= rule.allowedFailures) expect(state).not.toBe("failing");
        }
      }),
    );
  });

  it("a forgiven attempt is never what makes it failing", () => {
    fc.assert(
      fc.property(letters, graceRules, (results, rule) => {
        for (const { state, attempts } of fold(results, rule)) {
          if (attempts <= rule.forgivenAttempts) expect(state).not.toBe("failing");
        }
      }),
    );
  });

  it("within the attempts of the grace policy it has become healthy or is failing", () => {
    fc.assert(
      fc.property(letters, graceRules, (results, rule) => {
        const most = rule.forgivenAttempts + rule.allowedFailures + rule.neededSuccesses;
        for (const health of fold(results, rule)) {
          if (health.attempts > most) expect(beforeCheck(health, rule, 0).state).not.toBe("grace");
        }
      }),
    );
  });

  it("a pass resets the count, and mends what is not final", () => {
    fc.assert(
      fc.property(letters, rules, (results, rule) => {
        const last = fold(`${results}S`, rule).at(-1);
        expect(last?.consecutiveFailures).toBe(0);
        if (rule.final) return;
        expect(last?.state).toBe("healthy");
        expect(last).not.toHaveProperty("reason");
      }),
    );
  });

  it("failing stays failing when it is final", () => {
    fc.assert(
      fc.property(letters, fc.oneof(rules, graceRules), (results, rule) => {
        const states = fold(results, { ...rule, final: true }).map(({ state }) => state);
        const failedAt = states.indexOf("failing");
        if (failedAt >= 0) expect(new Set(states.slice(failedAt))).toEqual(new Set(["failing"]));
      }),
    );
  });

  it("the order of results alone decides, not when they came", () => {
    const times = fc.array(fc.nat(), { minLength: 60, maxLength: 60 });
    fc.assert(
      fc.property(letters, fc.oneof(rules, graceRules), times, (results, rule, at) => {
        const withoutTimes = (health: Health) => ({ ...health, since: 0, checkedAt: 0 });
        expect(fold(results, rule, at).map(withoutTimes)).toEqual(fold(results, rule).map(withoutTimes));
      }),
    );
  });
});
