import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SetEntry } from "../src/member-reading.ts";
import { Stabiliser, type StabiliserOptions } from "../src/stabiliser.ts";
import { memberOf } from "./live.ts";

const PATIENT: StabiliserOptions = {
  removeAfterMs: 0,
  massRemovalGuard: true,
  sessionTimeoutMs: () => 1_000,
  probationMs: 5_000,
};

function entry(name: string, czxid = 1n): SetEntry {
  const member = { ...memberOf(0), valid: true as const, name };
  return { name, czxid, mzxid: czxid, member };
}

/** A set as it is shown, with the time of each step beside it. */
function stage(options: Partial<StabiliserOptions> = {}) {
  const stabiliser = new Stabiliser({ ...PATIENT, ...options });
  const shown = new Map<string, SetEntry>();
  const step = (event: Parameters<Stabiliser["step"]>[0], now: number) => {
    const { changes, problem, wakeAt } = stabiliser.step(event, now);
    for (const [name, each] of changes) {
      if (each === undefined) shown.delete(name);
      else shown.set(name, each);
    }
    return { problem, wakeAt };
  };
  const change = (
    now: number,
    add: readonly string[],
    remove: readonly string[] = [],
    newSession = false,
  ) => {
    const added = add.map((name) => [name, entry(name)] as const);
    const after = new Map<string, SetEntry | undefined>([
      ...added,
      ...remove.map((name) => [name, undefined] as const),
    ]);
    return step({ type: "changed", after, newSession }, now);
  };
  return { stabiliser, shown, step, change, names: () => [...shown.keys()].sort().join("") };
}

describe("what is shown of a set", () => {
  it("is never more than there ever was at once, however often all come and go while removals are held", () => {
    const { change, shown } = stage();
    for (let round = 0; round < 50; round++) {
      const all = Array.from({ length: 8 }, (_, index) => `${round}-${index}`);
      change(2 * round, all);
      change(2 * round + 1, [], all);
      expect(shown.size).toBeLessThanOrEqual(16);
    }
  });

  it("follows joins and leaves at once", () => {
    const { change, names } = stage();
    change(0, ["a", "b"]);
    change(1, ["c"], ["a"]);
    expect(names()).toBe("bc");
  });

  it("keeps a member for as long as removals are to wait, and for good when it is back by then", () => {
    const { change, step, names } = stage({ removeAfterMs: 100 });
    change(0, ["a", "b", "c"]);
    expect(change(10, [], ["a", "b"])).toEqual({ wakeAt: 110 });
    change(50, ["b"]);
    step({ type: "due" }, 109);
    expect(names()).toBe("abc");
    expect(step({ type: "due" }, 110)).toEqual({ wakeAt: undefined });
    expect(names()).toBe("bc");
  });

  it("keeps most of a fleet that disappears at once, says so once, and lets it go when it stays away", () => {
    const { change, step, names } = stage();
    change(0, [..."abcdefgh"]);
    const { problem, wakeAt } = change(5_000, [], [..."abcde"]);
    expect(problem).toBe("of 8 members 5 have gone at once: 5 removals are held back for 2 s");
    expect(wakeAt).toBe(7_000);
    expect(change(5_010, [], ["f"]).problem).toBeUndefined();
    expect(names()).toBe("abcdefgh");
    change(6_000, ["a"]);
    step({ type: "due" }, 7_000);
    expect(names()).toBe("afgh");
    step({ type: "due" }, 7_010);
    expect(names()).toBe("agh");
  });

  it("takes members that go one by one within a session timeout for a fleet that disappears", () => {
    const { change, names } = stage();
    change(0, [..."abcdefgh"]);
    for (const [index, name] of [..."abcdefgh"].entries()) change(5_000 + index * 100, [], [name]);
    expect(names()).toBe("efgh");
  });

  it("lets a fleet go that takes its time, that is replaced, or that is small", () => {
    const slow = stage();
    slow.change(0, [..."abcdefgh"]);
    for (const [index, name] of [..."abcdefgh"].entries()) slow.change(5_000 + index * 1_001, [], [name]);
    expect(slow.names()).toBe("");
    const replaced = stage();
    replaced.change(0, [..."abcdefgh"]);
    replaced.change(5_000, [..."ijklmn"], [..."abcdefgh"]);
    expect(replaced.names()).toBe("ijklmn");
    const small = stage();
    small.change(0, [..."abc"]);
    small.change(5_000, [], [..."abc"]);
    expect(small.names()).toBe("");
  });

  it("keeps a set that is empty right after a new session, however small", () => {
    const { change, step, names } = stage();
    change(0, ["a"]);
    step({ type: "stale" }, 1_000);
    const { problem } = change(9_000, [], ["a"], true);
    expect(problem).toContain("empty right after a new session");
    step({ type: "fresh" }, 9_000);
    expect(names()).toBe("a");
    step({ type: "due" }, 11_000);
    expect(names()).toBe("");
  });

  it("removes nothing without contact, however long it was due, and is marked after the probation", () => {
    const { stabiliser, change, step, names } = stage({ removeAfterMs: 100 });
    change(0, ["a", "b"]);
    change(10, [], ["a"]);
    expect(step({ type: "stale" }, 20).wakeAt).toBe(5_020);
    step({ type: "due" }, 5_019);
    expect(stabiliser.unusable).toBe(false);
    expect(step({ type: "due" }, 5_020).problem).toContain("nothing has been heard for 5 s");
    expect(step({ type: "due" }, 600_000)).toEqual({ wakeAt: undefined });
    expect([names(), stabiliser.unusable]).toEqual(["ab", true]);
    step({ type: "fresh" }, 600_001);
    expect([names(), stabiliser.unusable]).toEqual(["b", false]);
  });

  it("is the set in the end, never less than half of it at once, and nothing goes without contact", () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 30 }), fc.constantFrom(0, 300), (moves, removeAfterMs) => {
        const { stabiliser, change, step, shown } = stage({ removeAfterMs });
        const truth = new Truth();
        let now = 0;
        let contact = true;
        for (const each of moves) {
          now += each.afterMs;
          step({ type: "due" }, now);
          if (each.contact !== contact) step({ type: each.contact ? "fresh" : "stale" }, now);
          contact = each.contact;
          const before = shown.size;
          const { removed, least } = truth.change(each);
          change(now, each.add, removed, each.newSession);
          expect(shown.size).toBeGreaterThanOrEqual(contact ? least : before);
          expect(truth.names.filter((there) => !shown.has(there))).toEqual([]);
        }
        step({ type: "fresh" }, now);
        step({ type: "due" }, now + 10_000);
        expect([...shown.keys()].sort()).toEqual(truth.names);
        expect(stabiliser.held).toBe(0);
      }),
      { numRuns: 1_000 },
    );
  });
});

const some = fc.subarray([..."abcdefgh"]);
const move = fc.record({
  add: some,
  remove: some,
  afterMs: fc.integer({ min: 0, max: 1_500 }),
  contact: fc.boolean(),
  newSession: fc.boolean(),
});

/** The set as ZooKeeper has it. */
class Truth {
  readonly #names = new Set<string>();

  get names(): string[] {
    return [...this.#names].sort();
  }

  /** @returns who has gone, and how many must be shown all the same. */
  change({ add, remove }: { add: readonly string[]; remove: readonly string[] }) {
    const had = this.#names.size;
    const removed = remove.filter((gone) => this.#names.has(gone) && !add.includes(gone));
    for (const gone of removed) this.#names.delete(gone);
    for (const added of add) this.#names.add(added);
    const left = this.#names.size;
    return { removed, least: had - left > 3 && left * 2 < had ? had / 2 : 0 };
  }
}
