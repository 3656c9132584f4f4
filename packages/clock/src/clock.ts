/**
 * The one place that names a timer or reads the time.
 *
 * `now` is monotonic: a host whose wall clock jumps must neither expire a session nor skip a health check.
 */
export interface Clock extends BaseClock {
  /** Resolves after `delayMs`; rejects with the signal's reason as soon as it aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** A signal that aborts after `delayMs`, or with `parent`. Disposing of it releases its timer. */
  deadline(delayMs: number, parent?: AbortSignal): Deadline;
}

/** What a clock is made from. */
export interface BaseClock {
  /** Milliseconds since an arbitrary origin; never goes back. */
  now(): number;
  /** Milliseconds since the Unix epoch, for records that people and other hosts read. */
  wallTime(): number;
  /** Calls `task` once after `delayMs`. The returned function cancels it and may be called any number of times. */
  after(delayMs: number, task: () => void): () => void;
}

export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** True when the time ran out, as opposed to `parent` having been aborted. */
  readonly expired: boolean;
}

/** The real clock and the one of tests differ in `base` only: what tests exercise is what ships. */
export function clockFrom({ now, wallTime, after }: BaseClock): Clock {
  return {
    now,
    wallTime,
    after,

    sleep(delayMs, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const abandon = () => {
          cancel();
          reject(signal?.reason);
        };
        const cancel = after(delayMs, () => {
          signal?.removeEventListener("abort", abandon);
          resolve();
        });
        signal?.addEventListener("abort", abandon, { once: true });
      });
    },

    deadline: (delayMs, parent) => new ClockDeadline(after, delayMs, parent),
  };
}

/**
 * Whichever comes first releases the other, so that `expired` tells which it was.
 *
 * A class, not a literal with a getter: V8 would make each of those a shape of its own, half a kilobyte that stays for
 * long, and a thousand health checks a second have a deadline each.
 */
class ClockDeadline implements Deadline {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal | undefined;
  readonly #cancel: () => void;
  #follow: (() => void) | undefined;
  #expired = false;

  constructor(after: BaseClock["after"], delayMs: number, parent: AbortSignal | undefined) {
    this.#parent = parent;
    this.#cancel = after(delayMs, () => {
      this[Symbol.dispose]();
      this.#expired = true;
      this.#controller.abort(new Error(`no answer within ${delayMs} ms`));
    });
    if (parent === undefined) return;
    this.#follow = () => {
      this[Symbol.dispose]();
      this.#controller.abort(parent.reason);
    };
    if (parent.aborted) this.#follow();
    else parent.addEventListener("abort", this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get expired(): boolean {
    return this.#expired;
  }

  [Symbol.dispose](): void {
    this.#cancel();
    if (this.#follow !== undefined) this.#parent?.removeEventListener("abort", this.#follow);
  }
}
