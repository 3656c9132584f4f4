/**
 * Something that may be wrong for a while, but not for long: adds up the time in which it is, as long as it could have
 * been put right. Where that can not be told the time stands still.
 */
export class Tolerance {
  readonly #mostMs: number;
  readonly #wrongForMs = new Map<string, number>();

  constructor(mostMs: number) {
    this.#mostMs = mostMs;
  }

  /** `wrong`: every key that is wrong now; the others start anew. @returns those that have been for too long. */
  step(wrong: Iterable<string>, elapsedMs: number): readonly string[] {
    const now = new Set(wrong);
    for (const key of this.#wrongForMs.keys()) if (!now.has(key)) this.#wrongForMs.delete(key);
    const late: string[] = [];
    for (const key of now) {
      const forMs = this.#wrongForMs.has(key) ? (this.#wrongForMs.get(key) ?? 0) + elapsedMs : 0;
      this.#wrongForMs.set(key, forMs);
      if (forMs > this.#mostMs) late.push(key);
    }
    return late;
  }
}
