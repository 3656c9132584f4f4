import fc from "fast-check";
import { expect, it } from "vitest";
import { chooseGarbage, type Remains } from "../../src/state/garbage.ts";

const NOW = 1000;

function left(taskId: string, endedAt: number, bytes = 10, orphan = false): Remains {
  return { taskId, endedAt, bytes, orphan };
}

const namesOf = (remains: readonly Remains[]) => remains.map(({ taskId }) => taskId);

const REMAINS = [left("b", 800, 20), left("d", 400, 5), left("a", 900, 10), left("c", 600, 40)];

it.each([
  ["nothing without a rule", {}, []],
  ["what is too old", { maxAgeMs: 300 }, ["d", "c"]],
  ["not what has just that age", { maxAgeMs: 400 }, ["d"]],
  ["the oldest of too many", { maxTasks: 3 }, ["d"]],
  ["all, when none may stay", { maxTasks: 0 }, ["d", "c", "b", "a"]],
  ["the oldest of what takes too much", { maxBytes: 30 }, ["d", "c"]],
  ["nothing of what just fits", { maxBytes: 75 }, []],
  ["whatever any rule says", { maxAgeMs: 500, maxTasks: 2 }, ["d", "c"]],
])("chooses %s, the oldest first", (_, rules, names) => {
  expect(namesOf(chooseGarbage(REMAINS, rules, NOW))).toEqual(names);
});

it("chooses a sandbox of no task by its age alone, and lets no task go on its account", () => {
  const remains = [left("orphan", 500, 1000, true), left("a", 400)];
  expect(chooseGarbage(remains, { maxTasks: 1, maxBytes: 10 }, NOW)).toEqual([]);
  expect(namesOf(chooseGarbage(remains, { maxAgeMs: 499 }, NOW))).toEqual(["a", "orphan"]);
});

const anyRemains = fc.uniqueArray(
  fc.record({
    taskId: fc.string({ minLength: 1, maxLength: 3 }),
    endedAt: fc.nat({ max: 30 }),
    bytes: fc.nat({ max: 20 }),
    orphan: fc.boolean(),
  }),
  { selector: ({ taskId }) => taskId },
);
const anyRules = fc.record(
  { maxAgeMs: fc.nat({ max: 40 }), maxTasks: fc.nat({ max: 12 }), maxBytes: fc.nat({ max: 120 }) },
  { requiredKeys: [] },
);

it("leaves what keeps to all rules, takes no more than they ask for, and never the younger before the older", () => {
  fc.assert(
    fc.property(anyRemains, anyRules, fc.nat({ max: 40 }), (remains, rules, now) => {
      const { maxAgeMs = Infinity, maxTasks = Infinity, maxBytes = Infinity } = rules;
      const garbage = chooseGarbage(remains, rules, now);
      const kept = remains.filter((one) => !garbage.includes(one));
      const tasks = (some: readonly Remains[]) => some.filter(({ orphan }) => !orphan);
      const bytesOf = (some: readonly Remains[]) => tasks(some).reduce((sum, { bytes }) => sum + bytes, 0);

      expect(new Set(garbage).size).toBe(garbage.length);
      expect(kept.every(({ endedAt }) => now - endedAt <= maxAgeMs)).toBe(true);
      expect(tasks(kept).length).toBeLessThanOrEqual(maxTasks);
      expect(bytesOf(kept)).toBeLessThanOrEqual(maxBytes);

      expect(garbage.every(({ orphan, endedAt }) => !orphan || now - endedAt > maxAgeMs)).toBe(true);

      const ends = garbage.map(({ endedAt }) => endedAt);
      expect(ends).toEqual([...ends].sort((a, b) => a - b));
      const youngestGone = Math.max(-1, ...tasks(garbage).map(({ endedAt }) => endedAt));
      expect(tasks(kept).every(({ endedAt }) => endedAt >= youngestGone)).toBe(true);

      // The last one to be chosen had to go: with it kept, some rule is broken.
      const last = garbage.at(-1);
      if (last === undefined) return;
      const more = [...kept, last];
      const isBroken =
        now - last.endedAt > maxAgeMs || tasks(more).length > maxTasks || bytesOf(more) > maxBytes;
      expect(isBroken).toBe(true);
    }),
    { numRuns: 1000 },
  );
});
