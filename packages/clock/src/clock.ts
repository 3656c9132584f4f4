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

    deadline(delayMs, parent) {
      const controller = new AbortController();
      let expired = false;
      const release = () => {
        cancel();
        parent?.removeEventListener("abort", follow);
      };
      // Whichever comes first releases the other, so that `expired` tells which it was.
      const follow = () => {
        release();
        controller.abort(parent?.reason);
      };
      const cancel = after(delayMs, () => {
        release();
        expired = true;
        controller.abort(new Error(`no answer within ${delayMs} ms`));
      });
      if (parent?.aborted) follow();
      else parent?.addEventListener("abort", follow, { once: true });
      return {
        signal: controller.signal,
        get expired() {
          return expired;
        },
        [Symbol.dispose]: release,
      };
    },
  };
}
