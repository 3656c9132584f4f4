/** Listeners of which none can hurt another or the one who calls them: what they throw is reported. */
export class ListenerSet<T> {
  readonly #listeners = new Set<(event: T) => unknown>();
  readonly #report: (error: Error) => void;

  constructor(report: (error: Error) => void) {
    this.#report = report;
  }

  get size(): number {
    return this.#listeners.size;
  }

  /** Returns what removes it again. */
  add(listener: (event: T) => unknown): () => void {
    // The same function may be given twice, and each is removed by itself.
    const own = (event: T) => listener(event);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  tell(event: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        const told = listener(event);
        if (told instanceof Promise) told.catch((error: unknown) => this.#report(asError(error)));
      } catch (error) {
        this.#report(asError(error));
      }
    }
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
