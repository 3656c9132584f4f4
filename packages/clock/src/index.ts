/**
 * The one place that names a timer or reads the time.
 *
 * `now` is monotonic: a host whose wall clock jumps must neither expire a session nor skip a health check.
 * The globals are looked up at call time, so that a test which replaces them is obeyed.
 */
export interface Clock {
  /** Milliseconds since an arbitrary origin; never goes back. */
  now(): number;
  /** Milliseconds since the Unix epoch, for records that people and other hosts read. */
  wallTime(): number;
  /** Calls `task` once after `delayMs`. The returned function cancels it and may be called any number of times. */
  after(delayMs: number, task: () => void): () => void;
  /** Resolves after `delayMs`; rejects with the signal's reason as soon as it aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** A signal that aborts after `delayMs`, or with `parent`. `clear` releases its timer. */
  deadline(delayMs: number, parent?: AbortSignal): Deadline;
}

export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** True when the time ran out, as opposed to `parent` having been aborted. */
  readonly expired: boolean;
}

// setTimeout fires at once, with a warning, for anything above this.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => globalThis.performance.now(),
  wallTime: () => globalThis.Date.now(),

  after(delayMs, task) {
    const timer = globalThis.setTimeout(task, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS));
    return () => globalThis.clearTimeout(timer);
  },

  sleep(delayMs, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abandon = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = systemClock.after(delayMs, () => {
        signal?.removeEventListener("abort", abandon);
        resolve();
      });
      signal?.addEventListener("abort", abandon, { once: true });
    });
  },

  deadline(delayMs, parent) {
    const controller = new AbortController();
    let expired = false;
    const cancel = systemClock.after(delayMs, () => {
      expired = true;
      controller.abort(new Error(`no answer within ${delayMs} ms`));
    });
    const follow = () => controller.abort(parent?.reason);
    if (parent?.aborted) follow();
    else parent?.addEventListener("abort", follow, { once: true });
    return {
      signal: controller.signal,
      get expired() {
        return expired;
      },
      [Symbol.dispose]() {
        cancel();
        parent?.removeEventListener("abort", follow);
      },
    };
  },
};

/** `2026-01-31T12:00:00.000Z`, from milliseconds since the Unix epoch. */
export function formatWallTime(epochMs: number): string {
  return new globalThis.Date(epochMs).toISOString();
}
