import { DueQueue, type Place } from "./due-queue.ts";

/** Lets so many through at once; the others wait in order of due time. */
export class LaneQueue<Item> {
  readonly #limit: number;
  readonly #waiting = new DueQueue<Item>();
  #running = 0;

  constructor(limit: number) {
    if (!(limit >= 1)) throw new RangeError(`no lane: ${limit} at once`);
    this.#limit = limit;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Somebody waits, and needs not. */
  get hasTurn(): boolean {
    return this.#running < this.#limit && this.#waiting.size > 0;
  }

  join(item: Item, dueAt: number, order: number): Place<Item> {
    return this.#waiting.add(item, dueAt, order);
  }

  leave(turn: Place<Item>): void {
    this.#waiting.leave(turn);
  }

  /** The next, if it may run; it holds its place until `release`. */
  take(): Item | undefined {
    const first = this.hasTurn ? this.#waiting.first : undefined;
    if (first === undefined) return undefined;
    this.#waiting.removeFirst();
    this.#running += 1;
    return first.item;
  }

  release(): void {
    this.#running -= 1;
  }
}
