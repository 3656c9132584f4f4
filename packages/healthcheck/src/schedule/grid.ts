import { chanceAt } from "./jitter.ts";
import type { Schedule } from "./scheduler.ts";

export interface GridOptions {
  /** The interval is more than nothing. */
  readonly schedule: Schedule;
  readonly addedAt: number;
  /** Most that the first slot is put off by chance, if the interval is not shorter. */
  readonly spreadMs: number;
  /** From 0 to 1. */
  readonly jitter: number;
  readonly seed: number;
}

/**
 * The slots of one check.
 *
 *   added      origin        origin + interval     origin + 2 × interval
 *     |-----------|--------------------|·····--------------|·····--------
 *     initialDelay + spread   0         jitter 1            jitter 2
 *
 * Jitter is counted from the grid and drawn anew for each slot, so that it never adds up. It is less than an interval,
 * so that slots keep their order. The first has none: it has the spread, which moves the whole grid.
 */
export class Grid {
  readonly #options: GridOptions;
  #schedule: Schedule;
  #origin: number;
  /** Number of the next slot, counted from the origin. */
  #slot = 0;
  /** Slots of the grids before this one: a draw is not used twice. */
  #drawn = 0;
  #nextAt: number;
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(options: GridOptions) {
    this.#options = options;
    this.#schedule = options.schedule;
    this.#origin = this.#firstAt();
    this.#nextAt = this.#origin;
  }

  /** When the next slot is due. */
  get nextAt(): number {
    return this.#nextAt;
  }

  /** When the last slot was due that `pass` counted. */
  get lastAt(): number {
    return this.#lastAt;
  }

  /** Passes every slot that is due. @returns how many. */
  pass(now: number): number {
    if (this.#nextAt > now) return 0;
    const first = this.#slot;
    // One less than the slot that `now` lies in, because a quotient may be rounded up.
    this.#slot = Math.max(first, Math.floor((now - this.#origin) / this.#schedule.intervalMs) - 1);
    do {
      this.#lastAt = this.#dueAt(this.#slot);
      this.#slot += 1;
      this.#nextAt = this.#dueAt(this.#slot);
    } while (this.#nextAt <= now);
    return this.#slot - first;
  }

  /**
   * The same interval keeps the grid. Another one begins a grid where the last slot was: not now, since thousands of
   * checks that are changed together would from then on be made together. Slots of the new grid that would have been
   * before `now` never were; the next is at most a new interval and its jitter away.
   *
   * Before the first slot it is as if it had been added so; one that would have been due by now is spread from now.
   */
  change(schedule: Schedule, now: number): void {
    const { intervalMs } = this.#schedule;
    this.#schedule = schedule;
    if (this.#slot === 0) {
      const firstAt = this.#firstAt();
      this.#origin = firstAt > now ? firstAt : Math.min(this.#origin, now + this.#spread());
      this.#nextAt = this.#origin;
    } else if (schedule.intervalMs !== intervalMs) {
      const lastSlot = this.#slot - 1;
      this.#origin += lastSlot * intervalMs;
      this.#drawn += lastSlot;
      this.#slot = 1;
      this.#nextAt = this.#dueAt(1);
      this.pass(now);
    }
  }

  #dueAt(slot: number): number {
    const { jitter, seed } = this.#options;
    const { intervalMs } = this.#schedule;
    const at = this.#origin + slot * intervalMs;
    if (jitter === 0 || slot === 0) return at;
    return at + chanceAt(seed, this.#drawn + slot) * jitter * intervalMs;
  }

  #firstAt(): number {
    return this.#options.addedAt + this.#schedule.initialDelayMs + this.#spread();
  }

  #spread(): number {
    const { jitter, seed, spreadMs } = this.#options;
    if (jitter === 0) return 0;
    return chanceAt(seed, 0) * Math.min(this.#schedule.intervalMs, spreadMs);
  }
}
