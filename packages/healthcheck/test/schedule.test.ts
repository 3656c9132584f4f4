import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DueQueue } from "../src/schedule/due-queue.ts";
import { Grid } from "../src/schedule/grid.ts";
import { chanceAt, seedOf } from "../src/schedule/jitter.ts";
import { Timetable } from "../src/schedule/schedule.ts";
import type { Schedule } from "../src/schedule/scheduler.ts";
import { type Command, TimetableModel } from "./timetable-model.ts";

const every = (intervalMs: number, initialDelayMs = 0): Schedule => ({ initialDelayMs, intervalMs });

/** Due times up to `until`, looked for every `stepMs`. */
function dueTimes(grid: Grid, from: number, until: number, stepMs: number): number[] {
  const times: number[] = [];
  for (let now = from; now <= until; now += stepMs) {
    while (grid.nextAt <= now) {
      times.push(grid.nextAt);
      grid.pass(grid.nextAt);
    }
  }
  return times;
}

function gridOf(options: Partial<ConstructorParameters<typeof Grid>[0]> = {}): Grid {
  return new Grid({ schedule: every(1000), addedAt: 0, spreadMs: 0, jitter: 0, seed: 1, ...options });
}

describe("chance", () => {
  it("is spread evenly, and one number of a row says nothing about the next", () => {
    const row = Array.from({ length: 10_000 }, (_, index) => chanceAt(7, index));
    const tenths = new Array<number>(10).fill(0);
    for (const chance of row) tenths[Math.floor(chance * 10)] = (tenths[Math.floor(chance * 10)] ?? 0) + 1;
    for (const count of tenths) expect(count).toSatisfy((count: number) => count > 900 && count < 1100);
    const together = row.slice(1).filter((chance, index) => chance < 0.5 === (row[index] ?? 0) < 0.5);
    expect(together.length).toSatisfy((count: number) => count > 4800 && count < 5200);
  });

  it("differs between neighbours of a family", () => {
    const seeds = Array.from({ length: 1000 }, (_, member) => seedOf(3, member));
    expect(new Set(seeds).size).toBe(1000);
    expect(seedOf(3, 1)).not.toBe(seedOf(4, 0));
    expect(new Set(seeds.map((seed) => Math.floor(chanceAt(seed, 0) * 100))).size).toBe(100);
  });
});

describe("the grid of a check", () => {
  it.each([
    { what: "begins after the initial delay", grid: { schedule: every(1000, 300) }, due: [300, 1300, 2300] },
    { what: "begins at once without one", grid: {}, due: [0, 1000, 2000] },
    { what: "is counted from when the check was added", grid: { addedAt: 250 }, due: [250, 1250, 2250] },
  ])("$what", ({ grid, due }) => {
    expect(dueTimes(gridOf(grid), 0, 2999, 1)).toEqual(due);
  });

  it("puts the first slot off by the spread or the interval, whichever is less, and moves with it", () => {
    const first = (spreadMs: number, seed: number) => gridOf({ jitter: 0.1, spreadMs, seed }).nextAt;
    const seeds = Array.from({ length: 500 }, (_, seed) => seed);
    expect(Math.max(...seeds.map((seed) => first(40, seed)))).toBeLessThan(40);
    expect(Math.max(...seeds.map((seed) => first(40, seed)))).toBeGreaterThan(38);
    expect(Math.max(...seeds.map((seed) => first(9999, seed)))).toBeLessThan(1000);
    expect(Math.max(...seeds.map((seed) => first(9999, seed)))).toBeGreaterThan(950);
  });

  it("counts every slot once that passes, however many in one go", () => {
    const grid = gridOf();
    expect(grid.pass(-1)).toBe(0);
    expect(grid.pass(0)).toBe(1);
    expect(grid.pass(999)).toBe(0);
    expect(grid.pass(3_600_000)).toBe(3600);
    expect([grid.lastAt, grid.nextAt]).toEqual([3_600_000, 3_601_000]);
  });

  it("does not depend on who looks how often: jitter is that of the slot", () => {
    const options = { jitter: 0.5, spreadMs: 100 };
    const often = dueTimes(gridOf(options), 0, 100_000, 1);
    const once = gridOf(options);
    expect(once.pass(100_000)).toBe(often.length);
    expect(once.lastAt).toBe(often.at(-1));
  });

  it.each([
    { what: "keeps it when the interval stays", to: every(1000, 700), at: 2600, due: 3000 },
    { what: "counts a longer interval from the last slot", to: every(5000), at: 2600, due: 7000 },
    { what: "does not wait for the old slot with a shorter one", to: every(200), at: 2650, due: 2800 },
    {
      what: "takes the initial delay for its own before the first slot",
      to: every(1000, 80),
      at: -20,
      due: 80,
    },
    {
      what: "is due at once before the first slot when it would have been by now",
      to: every(1000, 1),
      at: -5,
      addedAt: -100,
      delay: 100,
      due: -5,
    },
  ])("$what", ({ to, at, due, addedAt = 0, delay = 0 }) => {
    const grid = gridOf({ addedAt, schedule: every(1000, delay) });
    grid.pass(at);
    grid.change(to, at);
    expect(grid.nextAt).toBe(due);
  });

  it("spreads those from now on that would have begun already, but puts none off", () => {
    const waited = Array.from({ length: 200 }, (_, seed) => {
      const grid = gridOf({ schedule: every(1000, 5000), jitter: 0.1, spreadMs: 400, seed });
      grid.change(every(1000, 10), 3000);
      return grid.nextAt - 3000;
    });
    expect(new Set(waited.map((ms) => Math.floor(ms / 40)))).toEqual(new Set(Array(10).keys()));

    const soon = gridOf({ schedule: every(1000, 100), jitter: 0.1, spreadMs: 1000 });
    const before = soon.nextAt;
    soon.change(every(1000, 50), before - 10);
    expect(soon.nextAt).toBe(before);
  });

  it("draws no jitter twice, however often it begins anew", () => {
    const grid = gridOf({ jitter: 0.01 });
    grid.pass(0);
    let slotAt = 0;
    const jitters = Array.from({ length: 20 }, (_, change) => {
      const intervalMs = change % 2 === 0 ? 500 : 1000;
      grid.change(every(intervalMs), grid.lastAt);
      grid.pass(grid.nextAt);
      slotAt += intervalMs;
      return ((grid.lastAt - slotAt) / intervalMs).toFixed(6);
    });
    expect(new Set(jitters).size).toBe(20);
  });

  const someGrid = fc.record({
    schedule: fc.record({
      initialDelayMs: fc.nat(5000),
      intervalMs: fc.double({ min: 0.5, max: 5000, noNaN: true }),
    }),
    addedAt: fc.double({ min: 0, max: 1e9, noNaN: true }),
    spreadMs: fc.nat(10_000),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    seed: fc.integer(),
  });

  it("stays where it is: slot k is due from origin + k × interval, less than the jitter later", () => {
    fc.assert(
      fc.property(
        someGrid,
        fc.array(fc.double({ min: 0, max: 1e7, noNaN: true }), { maxLength: 30 }),
        (options, steps) => {
          const { intervalMs } = options.schedule;
          const grid = new Grid(options);
          const origin = grid.nextAt;
          let now = options.addedAt;
          let slot = 0;
          for (const step of steps) {
            now += step;
            slot += grid.pass(now);
            // Far from the origin the last bits of a time are lost.
            const from = origin + slot * intervalMs - 1e-3;
            expect(grid.nextAt).toBeGreaterThan(now);
            expect(grid.nextAt).toBeGreaterThanOrEqual(from);
            expect(grid.nextAt).toBeLessThanOrEqual(from + options.jitter * intervalMs + 2e-3);
            if (slot > 0) expect(grid.lastAt).toBeLessThanOrEqual(now);
          }
          // The rate is the interval and nothing else, however long it went on.
          const slots = Math.max(0, (now - origin) / intervalMs);
          expect(Math.abs(slot - slots)).toBeLessThanOrEqual(1 + 1e-3);
        },
      ),
    );
  });

  it("waits no longer than the new interval and its jitter after a change, and never goes back", () => {
    fc.assert(
      fc.property(
        someGrid,
        fc.array(fc.tuple(fc.nat(8000), fc.integer({ min: 1, max: 6000 })), { maxLength: 20 }),
        (options, changes) => {
          const grid = new Grid(options);
          let now = options.addedAt;
          for (const [step, intervalMs] of changes) {
            now += step;
            grid.pass(now);
            const began = grid.lastAt > 0;
            grid.change(every(intervalMs, options.schedule.initialDelayMs), now);
            expect(grid.nextAt).toBeGreaterThanOrEqual(now);
            if (began)
              expect(grid.nextAt).toBeLessThanOrEqual(now + intervalMs * (1 + options.jitter) + 1e-3);
          }
        },
      ),
    );
  });
});

const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constant("wait"), amount: fc.nat(1500) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("wait"), amount: fc.nat(5_000_000) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant("add"),
      lane: fc.constantFrom("network", "command"),
      schedule: fc.record({ initialDelayMs: fc.nat(1000), intervalMs: fc.integer({ min: 20, max: 2000 }) }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ what: fc.constant("settle"), which: fc.nat(30) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant("change"),
      which: fc.nat(30),
      schedule: fc.record({ initialDelayMs: fc.nat(1000), intervalMs: fc.integer({ min: 20, max: 2000 }) }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constantFrom("pause", "resume", "remove"), which: fc.nat(30) }),
  },
);

describe("the timetable", () => {
  it("holds, whatever happens to its checks and whoever never settles", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0, 0.1, 1),
        fc.array(anyCommand, { maxLength: 120, size: "max" }),
        (jitter, commands) => {
          const model = new TimetableModel(jitter);
          for (const command of commands) model.step(command);
          model.expectEveryoneServed();
        },
      ),
      { numRuns: 200 },
    );
  });

  it("refuses what is no schedule, and stays as it was", () => {
    const timetable = new Timetable<string>({ limits: { network: 1, command: 1 }, jitter: 0, seed: 1 });
    const check = timetable.add("network", every(1000, 50), "a", 0);
    for (const wrong of [every(0), every(-1), every(Number.NaN), every(1000, -1)]) {
      expect(() => timetable.add("network", wrong, "b", 0)).toThrow("no schedule");
      expect(() => timetable.change(check, wrong, 0)).toThrow("no schedule");
    }
    expect([timetable.checks, timetable.wakeAt]).toEqual([1, 50]);
  });

  it.each([
    { what: "jitter above the interval", jitter: 1.1, network: 1 },
    { what: "a lane that lets nobody through", jitter: 0, network: 0 },
  ])("refuses $what", ({ jitter, network }) => {
    expect(() => new Timetable({ limits: { network, command: 1 }, jitter, seed: 1 })).toThrow("no ");
  });

  it("forgets the places of those who left", () => {
    const queue = new DueQueue<number>();
    const places = Array.from({ length: 500 }, (_, item) => queue.add(item, 1000 - item, item));
    for (const place of places.slice(10)) queue.leave(place);
    for (const place of places.slice(10)) queue.leave(place);
    expect(queue.size).toBe(10);
    const order: number[] = [];
    for (let first = queue.first; first !== undefined; first = queue.first) {
      order.push(first.item);
      queue.removeFirst();
    }
    expect(order).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect(queue.size).toBe(0);
  });
});
