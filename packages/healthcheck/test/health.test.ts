import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CheckResult, type Health, observe, startHealth } from "../src/index.ts";

interface Vector {
  readonly config: { readonly initial_interval_secs: number; readonly max_consecutive_failures: number };
  readonly results: string;
  readonly steps: readonly {
    readonly at?: "construction";
    readonly result: "S" | "F";
    readonly healthy: boolean;
    readonly consecutive_failures?: number;
  }[];
}

const fixture = new URL("./fixtures/health-2014.json", import.meta.url);
const vectors = (JSON.parse(readFileSync(fixture, "utf8")) as { cases: readonly Vector[] }).cases;

const pass: CheckResult = { healthy: true };
const failure: CheckResult = { healthy: false, reason: "HTTP 503" };
const resultOf = (letter: string) => (letter === "S" ? pass : failure);

function fold(
  letters: string,
  maxConsecutiveFailures: number,
  times: readonly number[] = [],
): readonly Health[] {
  let health = startHealth(0);
  return [...letters].map((letter, index) => {
    health = observe(health, resultOf(letter), { maxConsecutiveFailures }, times[index] ?? index);
    return health;
  });
}

const ofAurora = ({ config, results }: Vector) =>
  `${results} with initial_interval_secs ${config.initial_interval_secs}, ` +
  `max_consecutive_failures ${config.max_consecutive_failures}`;

describe("the verdict of Aurora in 2014", () => {
  const delayed = vectors.filter(({ config }) => config.initial_interval_secs > 0);

  it("has vectors of both kinds to be compared with", () => {
    expect([delayed.length, vectors.length]).toEqual([114, 190]);
  });

  it.each(delayed.map((vector) => [ofAurora(vector), vector] as const))(
    "is reached at the same check: %s",
    (_, vector) => {
      const ours = fold(vector.results, vector.config.max_consecutive_failures);
      for (const [index, step] of vector.steps.entries()) {
        expect(ours[index]?.consecutiveFailures, `count after check ${index + 1}`).toBe(
          step.consecutive_failures,
        );
        expect(ours[index]?.state === "failing", `verdict after check ${index + 1}`).toBe(!step.healthy);
        // From here on Aurora's verdict is fixed: the task is being killed.
        if (!step.healthy) break;
      }
    },
  );
});

describe("an initial_interval_secs of 0", () => {
  const immediate = vectors.filter(({ config }) => config.initial_interval_secs === 0);
  const passedAtOnce = immediate.filter(({ steps }) => steps[0]?.result === "S");
  const failedAtOnce = immediate.filter(({ steps }) => steps[0]?.result === "F");

  it.each(passedAtOnce.map((vector) => [ofAurora(vector), vector] as const))(
    "gives Aurora's verdict when the first check passes: %s",
    (_, vector) => {
      const ours = fold(vector.results, vector.config.max_consecutive_failures);
      for (const [index, step] of vector.steps.entries()) {
        if (step.at !== "construction")
          expect(ours[index]?.consecutiveFailures).toBe(step.consecutive_failures);
        expect(ours[index]?.state === "failing").toBe(!step.healthy);
        if (!step.healthy) break;
      }
    },
  );

  it.each(failedAtOnce.map((vector) => [ofAurora(vector), vector] as const))(
    "counts a first failure like any other, where Aurora gave up whatever was allowed: %s",
    (_, vector) => {
      expect(vector.steps[0]).toMatchObject({ at: "construction", healthy: false });
      const allowed = vector.config.max_consecutive_failures;
      const [first] = fold(vector.results, allowed);
      expect(first).toMatchObject({ consecutiveFailures: 1, state: allowed === 0 ? "failing" : "grace" });
    },
  );
});

describe("observe", () => {
  it("leaves grace with the first pass", () => {
    expect(fold("S", 0).at(-1)).toEqual({ state: "healthy", since: 0, consecutiveFailures: 0, checkedAt: 0 });
  });

  it("stays in grace while failures are allowed, and keeps the reason of the last", () => {
    expect(fold("FF", 2).at(-1)).toEqual({
      state: "grace",
      since: 0,
      consecutiveFailures: 2,
      reason: "HTTP 503",
      checkedAt: 1,
    });
  });

  it("stays healthy while failures are allowed", () => {
    expect(fold("SFFSFF", 2).map(({ state }) => state)).toEqual(Array(6).fill("healthy"));
  });

  it("recovers with the first pass after failing, and forgets the reason", () => {
    const recovered = fold("FFFS", 1).at(-1);
    expect(recovered).toEqual({ state: "healthy", since: 3, consecutiveFailures: 0, checkedAt: 3 });
  });

  it("dates the state from its first check, not its last", () => {
    expect(fold("SSFFF", 0).at(-1)).toMatchObject({ state: "failing", since: 2, checkedAt: 4 });
  });

  const letters = fc.string({ unit: fc.constantFrom("S", "F"), maxLength: 60 });
  const allowed = fc.nat({ max: 8 });

  it("never fails an instance within the failures allowed, and always beyond", () => {
    fc.assert(
      fc.property(letters, allowed, (results, max) => {
        for (const [index, { state }] of fold(results, max).entries()) {
          const inARow = /F*$/.exec(results.slice(0, index + 1))?.[0].length ?? 0;
          expect(state === "failing").toBe(inARow > max);
        }
      }),
    );
  });

  it("is healthy with nothing to remember after any pass", () => {
    fc.assert(
      fc.property(letters, allowed, (results, max) => {
        const last = fold(`${results}S`, max).at(-1);
        expect(last).toMatchObject({ state: "healthy", consecutiveFailures: 0 });
        expect(last).not.toHaveProperty("reason");
      }),
    );
  });

  it("depends on the order of results alone, not on when they came", () => {
    fc.assert(
      fc.property(
        letters,
        allowed,
        fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
        (results, max, times) => {
          const withoutTimes = (health: Health) => ({ ...health, since: 0, checkedAt: 0 });
          expect(fold(results, max, times).map(withoutTimes)).toEqual(fold(results, max).map(withoutTimes));
        },
      ),
    );
  });
});
