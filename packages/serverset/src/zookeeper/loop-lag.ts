import type { Clock } from "@borealis/clock";

const PERIOD_MS = 500;
const REMEMBERED_MS = 60_000;

/** How late timers fire: a process that does not come to its timers does not come to its heartbeat either. */
export class LoopLag {
  readonly #clock: Clock;
  /** Latest last, and each one later than all that follow: the first is the largest. */
  readonly #late: { readonly at: number; readonly byMs: number }[] = [];
  #dueAt = 0;
  #cancel: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#arm();
  }

  /** The largest lateness of the last minute, the one going on included. */
  get largestMs(): number {
    const now = this.#clock.now();
    this.#forget(now);
    return Math.round(Math.max(this.#late[0]?.byMs ?? 0, now - this.#dueAt, 0));
  }

  stop(): void {
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#cancel();
  }

  #arm(): void {
    this.#dueAt = this.#clock.now() + PERIOD_MS;
    this.#cancel = this.#clock.after(PERIOD_MS, () => {
      const now = this.#clock.now();
      const byMs = Math.max(0, now - this.#dueAt);
      this.#forget(now);
      while ((this.#late.at(-1)?.byMs ?? Number.POSITIVE_INFINITY) <= byMs) this.#late.pop();
      this.#late.push({ at: now, byMs });
      this.#arm();
    });
  }

  #forget(now: number): void {
    while (now - (this.#late[0]?.at ?? now) > REMEMBERED_MS) this.#late.shift();
  }
}
