import { DueQueue, type Place } from "./due-queue.ts";
import { Grid } from "./grid.ts";
import { seedOf } from "./jitter.ts";
import { LaneQueue } from "./lane-queue.ts";
import type { Lane, Schedule, SchedulerOptions } from "./scheduler.ts";

const SPREAD_MS_PER_CHECK = 2;

interface OwnEntry<Task> {
  readonly task: Task;
  readonly number: number;
  readonly lane: LaneQueue<OwnEntry<Task>>;
  readonly grid: Grid;
  /** When the run that waits, goes on or was last made was due. */
  dueAt: number;
  state: "idle" | "waiting" | "running";
  paused: boolean;
  removed: boolean;
  /** Among the slots of all checks, unless paused. */
  slot: Place<OwnEntry<Task>> | undefined;
  /** In its lane, when waiting. */
  turn: Place<OwnEntry<Task>> | undefined;
}

/** One check in a `Timetable`. */
export type Entry<Task> = Readonly<OwnEntry<Task>>;

/**
 * Which check runs when, for all checks of a process. Each of them:
 *
 *            slot due              room in its lane
 *     idle ────────────▶ waiting ────────────────────▶ running
 *      ▲                    │                             │
 *      ├──paused: skipped───┘                             │
 *      └────────────────────settled───────────────────────┘
 *
 * Slots go on in every state: one that comes due while waiting or running is skipped, one that comes due while paused
 * never was. Of several that have passed unnoticed, because the host slept or the process was busy, the last is taken
 * and the others are skipped. So a check waits at most once, and none runs twice at once.
 *
 * Removed is final from any state; one that runs keeps its place in the lane until it has settled.
 */
export class Timetable<Task> {
  readonly #jitter: number;
  readonly #seed: number;
  readonly #lanes: Readonly<Record<Lane, LaneQueue<OwnEntry<Task>>>>;
  readonly #slots = new DueQueue<OwnEntry<Task>>();
  #added = 0;
  #checks = 0;
  #skipped = 0;

  constructor({ limits, jitter, seed }: Required<Pick<SchedulerOptions, "limits" | "jitter" | "seed">>) {
    if (!(jitter >= 0 && jitter <= 1)) throw new RangeError(`no jitter: ${jitter}`);
    this.#jitter = jitter;
    this.#seed = seed;
    this.#lanes = { network: new LaneQueue(limits.network), command: new LaneQueue(limits.command) };
  }

  get checks(): number {
    return this.#checks;
  }

  get running(): number {
    return this.#lanes.network.running + this.#lanes.command.running;
  }

  get waiting(): number {
    return this.#lanes.network.waiting + this.#lanes.command.waiting;
  }

  get skipped(): number {
    return this.#skipped;
  }

  /** When `wake` has something to do; long ago when `take` has. */
  get wakeAt(): number {
    if (this.#lanes.network.hasTurn || this.#lanes.command.hasTurn) return Number.NEGATIVE_INFINITY;
    return this.#slots.first?.dueAt ?? Number.POSITIVE_INFINITY;
  }

  add(lane: Lane, schedule: Schedule, task: Task, now: number): Entry<Task> {
    assertSound(schedule);
    const number = this.#added++;
    this.#checks += 1;
    const entry: OwnEntry<Task> = {
      task,
      number,
      lane: this.#lanes[lane],
      grid: new Grid({
        schedule,
        addedAt: now,
        spreadMs: SPREAD_MS_PER_CHECK * this.#checks,
        jitter: this.#jitter,
        seed: seedOf(this.#seed, number),
      }),
      dueAt: Number.NEGATIVE_INFINITY,
      state: "idle",
      paused: false,
      removed: false,
      slot: undefined,
      turn: undefined,
    };
    this.#enter(entry);
    return entry;
  }

  /** What is due already waits on as it is. */
  change(entry: OwnEntry<Task>, schedule: Schedule, now: number): void {
    assertSound(schedule);
    if (entry.removed) return;
    this.#settleAccounts(entry, now);
    entry.grid.change(schedule, now);
    if (!entry.paused) this.#enter(entry);
  }

  pause(entry: OwnEntry<Task>, now: number): void {
    if (entry.removed) return;
    this.#settleAccounts(entry, now);
    entry.paused = true;
    if (entry.state !== "waiting") return;
    this.#stopWaiting(entry);
    this.#skipped += 1;
  }

  resume(entry: OwnEntry<Task>, now: number): void {
    if (entry.removed) return;
    this.#settleAccounts(entry, now);
    entry.paused = false;
    this.#enter(entry);
  }

  /** What has passed and was not run is not counted any more. */
  remove(entry: OwnEntry<Task>): void {
    if (entry.removed) return;
    entry.removed = true;
    this.#checks -= 1;
    this.#exit(entry);
    if (entry.state === "waiting") this.#stopWaiting(entry);
  }

  /** Its run is over. */
  settled(entry: OwnEntry<Task>): void {
    entry.state = "idle";
    entry.lane.release();
  }

  /** Everything that is due by now waits for its lane: `take` it. */
  wake(now: number): void {
    for (let slot = this.#slots.first; slot !== undefined && slot.dueAt <= now; slot = this.#slots.first) {
      this.#pass(slot.item, now);
      this.#slots.postponeFirst(slot.item.grid.nextAt);
    }
  }

  /** The next that is to run now, which counts as running from here. */
  take(): Entry<Task> | undefined {
    const entry = this.#lanes.network.take() ?? this.#lanes.command.take();
    if (entry === undefined) return undefined;
    entry.turn = undefined;
    entry.state = "running";
    return entry;
  }

  #pass(entry: OwnEntry<Task>, now: number): void {
    const passed = entry.grid.pass(now);
    if (passed === 0 || entry.paused) return;
    if (entry.state !== "idle") {
      this.#skipped += passed;
      return;
    }
    this.#skipped += passed - 1;
    entry.state = "waiting";
    entry.dueAt = entry.grid.lastAt;
    entry.turn = entry.lane.join(entry, entry.dueAt, entry.number);
  }

  /** What came due before its schedule changes, and was not noticed yet, belongs to the old one. */
  #settleAccounts(entry: OwnEntry<Task>, now: number): void {
    this.#exit(entry);
    this.#pass(entry, now);
  }

  #enter(entry: OwnEntry<Task>): void {
    entry.slot = this.#slots.add(entry, entry.grid.nextAt, entry.number);
  }

  #exit(entry: OwnEntry<Task>): void {
    if (entry.slot !== undefined) this.#slots.leave(entry.slot);
    entry.slot = undefined;
  }

  #stopWaiting(entry: OwnEntry<Task>): void {
    if (entry.turn !== undefined) entry.lane.leave(entry.turn);
    entry.turn = undefined;
    entry.state = "idle";
  }
}

/** An interval of nothing would be an endless row of slots. */
function assertSound({ initialDelayMs, intervalMs }: Schedule): void {
  if (intervalMs > 0 && initialDelayMs >= 0) return;
  throw new RangeError(`no schedule: every ${intervalMs} ms, after ${initialDelayMs} ms`);
}
