import type { ServerSetError } from "../errors.ts";

export interface Waiter {
  /** When it was asked, by the clock of the connection. */
  readonly since: number;
  readonly reject: (error: ServerSetError) => void;
}

/** Takes the whole reply; may throw when it is not what was asked for. */
export interface NumberedWaiter extends Waiter {
  readonly answer: (frame: Buffer, code: number) => void;
}

/** The requests of one connection that are under way: the library's, which it finds itself, and ours by number. */
export class PendingRequests {
  readonly #library = new Set<Waiter>();
  readonly #numbered = new Map<number, NumberedWaiter>();

  get size(): number {
    return this.#library.size + this.#numbered.size;
  }

  /** When the oldest was asked; undefined when nothing is under way. */
  get oldest(): number | undefined {
    const [library] = this.#library;
    const [numbered] = this.#numbered.values();
    if (library === undefined || numbered === undefined) return (library ?? numbered)?.since;
    return Math.min(library.since, numbered.since);
  }

  add(waiter: Waiter): void {
    this.#library.add(waiter);
  }

  remove(waiter: Waiter): void {
    this.#library.delete(waiter);
  }

  has = (number: number): boolean => this.#numbered.has(number);

  expect(number: number, waiter: NumberedWaiter): void {
    this.#numbered.set(number, waiter);
  }

  /** Throws RangeError for a reply that nobody waits for: from there on no reply could be trusted. */
  answer(number: number, frame: Buffer, code: number): void {
    const waiter = this.#numbered.get(number);
    if (waiter === undefined) throw new RangeError(`a reply to request ${number}, which was not made`);
    // Only then is it done with: a reply that can not be read must leave its waiter to be rejected with the others.
    waiter.answer(frame, code);
    this.#numbered.delete(number);
  }

  rejectAll(error: ServerSetError): void {
    const waiters = [...this.#library, ...this.#numbered.values()];
    this.#library.clear();
    this.#numbered.clear();
    for (const { reject } of waiters) reject(error);
  }
}
