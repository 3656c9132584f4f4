import type { Clock } from "@borealis/clock";

export interface HeartbeatOptions {
  readonly clock: Clock;
  readonly ping: () => void;
  /** When bytes last arrived, by `clock`. */
  readonly lastHeardAt: () => number;
  readonly onSilence: (waitedMs: number) => void;
}

/**
 *   ping ──T/3──▶ anything heard since? ──yes──▶ ping …
 *                     └─no─▶ let the socket be read ──still nothing──▶ silence, for good
 *
 * Only our own packets keep a session alive, so a ping goes every third of the session timeout whatever arrives. Any
 * bytes are an answer, because the one to a ping may stand behind a large reply; a server that says nothing is left
 * after two thirds. A timer that was held up by a busy process runs before the answer that came meanwhile is read.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #cancel: () => void = () => {};

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  start(sessionTimeoutMs: number): void {
    this.stop();
    this.#cancel = this.#options.clock.after(sessionTimeoutMs / 3, () => this.#beat(sessionTimeoutMs / 3));
  }

  stop(): void {
    this.#cancel();
  }

  #beat(everyMs: number): void {
    const { clock, ping } = this.#options;
    const pingedAt = clock.now();
    ping();
    this.#cancel = clock.after(everyMs, () => {
      if (this.#heardSince(pingedAt)) return this.#beat(everyMs);
      this.#cancel = clock.after(0, () => {
        if (this.#heardSince(pingedAt)) this.#beat(everyMs);
        else this.#options.onSilence(Math.round(clock.now() - pingedAt));
      });
    });
  }

  #heardSince(time: number): boolean {
    return this.#options.lastHeardAt() >= time;
  }
}
