import { Heap } from "heap-js";

interface OwnPlace<Item> {
  dueAt: number;
  /** Decides between those that are due at the same time. */
  readonly order: number;
  readonly item: Item;
  left: boolean;
}

/** Whoever holds it can give it up. */
export type Place<Item> = Readonly<OwnPlace<Item>>;

const FEWEST_SWEPT = 64;

/**
 * By due time. Whoever leaves is only marked, and swept out when half of the queue is: to look for a place in a heap
 * takes all of it, and thousands of checks may be paused or removed in one go.
 */
export class DueQueue<Item> {
  readonly #heap = new Heap<OwnPlace<Item>>((a, b) => a.dueAt - b.dueAt || a.order - b.order);
  #left = 0;

  get size(): number {
    return this.#heap.length - this.#left;
  }

  get first(): Place<Item> | undefined {
    let first = this.#heap.peek();
    while (first?.left === true) {
      this.#heap.pop();
      this.#left -= 1;
      first = this.#heap.peek();
    }
    return first;
  }

  add(item: Item, dueAt: number, order: number): Place<Item> {
    const place = { dueAt, order, item, left: false };
    this.#heap.add(place);
    return place;
  }

  /** The first gets a later time; cheaper than to leave and come back, and no garbage. */
  postponeFirst(dueAt: number): void {
    const first = this.#heap.peek();
    if (first === undefined) return;
    first.dueAt = dueAt;
    this.#heap.replace(first);
  }

  removeFirst(): void {
    this.#heap.pop();
  }

  leave(place: OwnPlace<Item>): void {
    if (place.left) return;
    place.left = true;
    this.#left += 1;
    if (this.#left < FEWEST_SWEPT || this.#left < this.#heap.length / 2) return;
    this.#heap.init(this.#heap.toArray().filter((each) => !each.left));
    this.#left = 0;
  }
}
