import type { Clock } from "@borealis/clock";

/**
 * A ping every third of the session timeout, its answer due within another third. Only our own packets keep a session
 * alive, so it is sent whatever arrives; and a server that stopped answering is left after two thirds.
 */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #ping: () => void;
  readonly #onSilence: (waitedMs: number) => void;
  #cancel: () => void = () => {};

  constructor(clock: Clock, ping: () => void, onSilence: (waitedMs: number) => void) {
    this.#clock = clock;
    this.#ping = ping;
    this.#onSilence = onSilence;
  }

  /** At the start, and whenever a ping was answered. */
  next(sessionTimeoutMs: number): void {
    const third = sessionTimeoutMs / 3;
    this.stop();
    this.#cancel = this.#clock.after(third, () => {
      this.#ping();
      this.#cancel = this.#clock.after(third, () => this.#onSilence(Math.round(third)));
    });
  }

  stop(): void {
    this.#cancel();
  }
}
