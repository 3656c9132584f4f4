const MOST_KEPT = 20;

/** What happened, for the one who reads why it failed: the last events with the second they came in. */
export class Journal {
  readonly #startedAt = performance.now();
  readonly #events: string[] = [];

  get elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  get events(): readonly string[] {
    return this.#events;
  }

  note(event: string): void {
    this.#events.push(`${(this.elapsedMs / 1_000).toFixed(1).padStart(7)} s  ${event}`);
    if (this.#events.length > MOST_KEPT) this.#events.shift();
  }
}
