import assert from "node:assert/strict";
import { Grid } from "../src/schedule/grid.ts";
import { seedOf } from "../src/schedule/jitter.ts";
import { type Entry, Timetable } from "../src/schedule/schedule.ts";
import type { Lane, Schedule } from "../src/schedule/scheduler.ts";

export type Command =
  | { readonly what: "wait"; readonly amount: number }
  | { readonly what: "add"; readonly lane: Lane; readonly schedule: Schedule }
  | { readonly what: "settle" | "pause" | "resume" | "remove"; readonly which: number }
  | { readonly what: "change"; readonly which: number; readonly schedule: Schedule };

/** A check, and a grid of its own beside the one it has: nothing that happens to others may make them differ. */
interface Known {
  readonly entry: Entry<number>;
  readonly lane: Lane;
  readonly grid: Grid;
}

const LIMITS = { network: 3, command: 1 };
const SEED = 5;

/** A timetable, and beside it the plainest account of what has to have happened. */
export class TimetableModel {
  readonly #timetable: Timetable<number>;
  readonly #jitter: number;
  readonly #checks: Known[] = [];
  readonly #running = new Set<Known>();
  #now = 0;
  /** Slots of checks that were there and not paused. */
  #passed = 0;
  #taken = 0;
  /** Removed while they waited. */
  #dropped = 0;

  constructor(jitter: number) {
    this.#jitter = jitter;
    this.#timetable = new Timetable<number>({ limits: LIMITS, jitter, seed: SEED });
  }

  step(command: Command): void {
    switch (command.what) {
      case "wait":
        this.#now += command.amount;
        break;
      case "add":
        this.#add(command.lane, command.schedule);
        break;
      case "settle":
        this.#settle([...this.#running][command.which % this.#running.size]);
        break;
      default:
        this.#alter(command, this.#checks[command.which % this.#checks.length]);
    }
    this.#look();
  }

  /** With runs that end at once, each check is made within twice its interval. */
  expectEveryoneServed(): void {
    const from = this.#now;
    const live = this.#checks.filter(({ entry }) => !entry.removed && !entry.paused);
    const longest = Math.max(0, ...live.map(({ grid }) => grid.nextAt - from));
    for (this.#now = from; this.#now <= from + longest + 50; this.#now += 50) {
      do {
        for (const each of this.#running) this.#settle(each);
        this.#look();
      } while (this.#running.size > 0);
    }
    for (const { entry } of live) assert(entry.dueAt > from, "somebody was not served");
  }

  #add(lane: Lane, schedule: Schedule): void {
    const number = this.#checks.length;
    const entry = this.#timetable.add(lane, schedule, number, this.#now);
    const grid = new Grid({
      schedule,
      addedAt: this.#now,
      spreadMs: 2 * this.#timetable.checks,
      jitter: this.#jitter,
      seed: seedOf(SEED, number),
    });
    this.#checks.push({ entry, lane, grid });
  }

  #settle(check: Known | undefined): void {
    if (check !== undefined && this.#running.delete(check)) this.#timetable.settled(check.entry);
  }

  #alter(command: Exclude<Command, { what: "wait" | "add" }>, check: Known | undefined): void {
    if (check === undefined) return;
    const { entry, grid } = check;
    if (command.what !== "remove") this.#pass(check);
    switch (command.what) {
      case "change":
        if (!entry.removed) grid.change(command.schedule, this.#now);
        return this.#timetable.change(entry, command.schedule, this.#now);
      case "pause":
        return this.#timetable.pause(entry, this.#now);
      case "resume":
        return this.#timetable.resume(entry, this.#now);
      case "remove":
        if (entry.state === "waiting") this.#dropped += 1;
        return this.#timetable.remove(entry);
    }
  }

  #pass({ entry, grid }: Known): void {
    if (entry.removed) return;
    const passed = grid.pass(this.#now);
    if (!entry.paused) this.#passed += passed;
  }

  #look(): void {
    this.#timetable.wake(this.#now);
    for (const check of this.#checks) this.#pass(check);
    for (let entry = this.#timetable.take(); entry !== undefined; entry = this.#timetable.take()) {
      this.#begin(this.#checks[entry.task]);
    }
    this.#expectSound();
  }

  #begin(check: Known | undefined): void {
    if (check === undefined) throw new Error("a check that nobody knows");
    const { entry } = check;
    assert(!this.#running.has(check), "two runs of one check");
    assert(!entry.removed && !entry.paused, "a run of a check that has none");
    assert(entry.dueAt <= this.#now, "a run before it was due");
    for (const other of this.#waiting(check.lane)) {
      assert(other.entry.dueAt >= entry.dueAt, "somebody was due before");
    }
    this.#running.add(check);
    this.#taken += 1;
  }

  #waiting(lane: Lane): readonly Known[] {
    return this.#checks.filter((check) => check.lane === lane && check.entry.state === "waiting");
  }

  #expectSound(): void {
    const { checks, running, waiting, skipped, wakeAt } = this.#timetable;
    for (const lane of ["network", "command"] as const) {
      const inLane = [...this.#running].filter((check) => check.lane === lane).length;
      assert(inLane <= LIMITS[lane], "more than the lane takes");
      assert(this.#waiting(lane).length === 0 || inLane === LIMITS[lane], "somebody waits who needs not");
    }
    const live = this.#checks.filter(({ entry }) => !entry.removed);
    assert.equal(checks, live.length);
    assert.equal(running, this.#running.size);
    assert.equal(waiting, this.#waiting("network").length + this.#waiting("command").length);
    assert.equal(this.#taken + skipped + waiting + this.#dropped, this.#passed, "a slot is unaccounted for");
    const going = live.filter(({ entry }) => !entry.paused);
    for (const { entry, grid } of going) assert.equal(entry.grid.nextAt, grid.nextAt);
    assert.equal(wakeAt, Math.min(...going.map(({ grid }) => grid.nextAt)));
  }
}
