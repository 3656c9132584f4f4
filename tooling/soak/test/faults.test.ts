import { expect, test } from "vitest";
import { FAULT_KINDS, faultsOf, pickFrom } from "../src/faults.ts";

test("a seed brings the same faults every time, and a longer run only more of them", () => {
  expect(faultsOf(42, 30)).toEqual(faultsOf(42, 30));
  expect(faultsOf(42, 60).slice(0, 30)).toEqual(faultsOf(42, 30));
  expect(faultsOf(43, 30)).not.toEqual(faultsOf(42, 30));
});

test("every kind of fault comes in the five minutes of a default run, none much more often than others", () => {
  const counts = new Map<string, number>();
  for (let seed = 0; seed < 20; seed++) {
    const kinds = faultsOf(seed, 60).map(({ kind }) => kind);
    for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    expect(new Set(kinds).size).toBeGreaterThanOrEqual(FAULT_KINDS.length - 2);
  }
  for (const kind of FAULT_KINDS) {
    expect(counts.get(kind)).toBeGreaterThan(60);
    expect(counts.get(kind)).toBeLessThan(250);
  }
});

test("nobody's member is deleted again before it has stood for a while", () => {
  for (let seed = 0; seed < 20; seed++) {
    const deletions = faultsOf(seed, 200).flatMap(({ kind }, index) =>
      kind.startsWith("delete") ? [index] : [],
    );
    const apart = deletions.slice(1).map((each, index) => each - (deletions[index] ?? 0));
    expect(Math.min(...apart)).toBeGreaterThanOrEqual(4);
  }
});

test("what is picked is one of those there are", () => {
  expect(pickFrom(["a", "b", "c"], 0)).toBe("a");
  expect(pickFrom(["a", "b", "c"], 0.999)).toBe("c");
  expect(pickFrom([], 0.5)).toBeUndefined();
});
