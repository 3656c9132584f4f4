/**
 * Who has come to a set and has not been read yet. Somebody who left after them is shown until they are: a member that
 * is replaced must not be missed in between, when its replacement was there before it went.
 */
export class Arrivals {
  /** When each came; the first is the oldest. */
  readonly #unread = new Map<string, number>();
  readonly #leftAt = new Map<string, number>();
  #turn = 0;

  came(name: string): void {
    this.#turn += 1;
    this.#leftAt.delete(name);
    if (!this.#unread.has(name)) this.#unread.set(name, this.#turn);
  }

  read(name: string): void {
    this.#unread.delete(name);
  }

  /** `wasShown`: it had been read before it left. */
  left(name: string, wasShown: boolean): void {
    this.#turn += 1;
    const cameAt = this.#unread.get(name);
    this.#unread.delete(name);
    if (wasShown) this.#leftAt.set(name, this.#turn);
    if (cameAt === undefined) return;
    // Who was shown until it would be read is shown until those are who came in its place.
    for (const [other, leftAt] of this.#leftAt) {
      if (leftAt > cameAt) this.#leftAt.set(other, this.#turn);
    }
  }

  /** Nobody but those listed is to be read any more. */
  leftUnless(listed: ReadonlySet<string>): void {
    for (const name of [...this.#unread.keys()]) if (!listed.has(name)) this.left(name, false);
  }

  /** Somebody who had come before `name` left is not read yet. */
  areAwaitedBy(name: string): boolean {
    const [oldest = Number.POSITIVE_INFINITY] = this.#unread.values();
    return oldest < (this.#leftAt.get(name) ?? 0);
  }

  /** That it left has been told. */
  toldOf(name: string): void {
    this.#leftAt.delete(name);
  }

  clear(): void {
    this.#unread.clear();
    this.#leftAt.clear();
  }
}
