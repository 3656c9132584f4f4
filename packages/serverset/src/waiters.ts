/** Those who wait for one thing to happen, each for as long as its signal allows. */
export class Waiters {
  readonly #settles = new Set<{ resolve: () => void; reject: (reason: unknown) => void }>();

  /** Rejects with the signal's reason when that comes first. */
  wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settled = (settle: () => void) => () => {
        this.#settles.delete(waiter);
        signal?.removeEventListener("abort", giveUp);
        settle();
      };
      const giveUp = settled(() => reject(signal?.reason));
      const waiter = {
        resolve: settled(resolve),
        reject: (reason: unknown) => settled(() => reject(reason))(),
      };
      this.#settles.add(waiter);
      if (signal?.aborted) giveUp();
      else signal?.addEventListener("abort", giveUp, { once: true });
    });
  }

  resolve(): void {
    for (const { resolve } of [...this.#settles]) resolve();
  }

  reject(reason: unknown): void {
    for (const { reject } of [...this.#settles]) reject(reason);
  }
}
