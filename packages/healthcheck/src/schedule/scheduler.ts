import type { Clock } from "@borealis/clock";
import { type Entry, Timetable } from "./schedule.ts";

/** When one check is made. Times in milliseconds. */
export interface Schedule {
  /** No run before that long after it was added. */
  readonly initialDelayMs: number;
  /** From one due time to the next, however long a run takes. */
  readonly intervalMs: number;
}

/** Runs of different lanes do not wait for each other: a command costs far more than a connection. */
export type Lane = "network" | "command";

export interface SchedulerOptions {
  readonly clock: Clock;
  /** Most runs at once, by lane. Default: 256 and 8. */
  readonly limits?: Readonly<Record<Lane, number>>;
  /**
   * How much of an interval a run may be put off by chance, 0 to 1; the grid it is counted from stays. Default 0.1.
   * The first run of a check is put off by up to 2 ms for each check there is, one interval at most; 0 switches both off.
   */
  readonly jitter?: number;
  /** The same seed and the same calls give the same times. Default: chance. */
  readonly seed?: number;
  /**
   * Runs begin at multiples of so many milliseconds, so that those which are due within them begin together: to be woken
   * for each of a thousand a second costs as much as the checks' own work. Default 1.
   */
  readonly grainMs?: number;
  /** A run that begins later than this after it was due is late. Default 100. */
  readonly lateAfterMs?: number;
  readonly metrics?: {
    delayed(delayMs: number): void;
    late(): void;
    skipped(count: number): void;
  };
}

export interface ScheduledCheck {
  /** Takes effect from the next run; the grid keeps its phase when the interval stays. */
  change(schedule: Schedule): void;
  /** No run until `resume`; one that goes on is not cancelled. Slots that pass are not counted as skipped. */
  pause(): void;
  /** The grid goes on; nothing is caught up. */
  resume(): void;
  /** Cancels what waits and aborts what runs; resolves when nothing is left. */
  remove(): Promise<void>;
}

export interface Scheduler {
  /**
   * @param run one check; never called while an earlier call has not settled. `signal` aborts when the check is removed.
   * What it throws is rethrown as an uncaught exception: it is a fault of ours.
   */
  add(lane: Lane, schedule: Schedule, run: (signal: AbortSignal) => Promise<void>): ScheduledCheck;
  readonly stats: SchedulerStats;
  /** Removes everything. */
  close(): Promise<void>;
}

export interface SchedulerStats {
  readonly checks: number;
  readonly running: number;
  /** Due, and waiting for their lane. Never more than `checks`. */
  readonly waiting: number;
  readonly runs: number;
  readonly late: number;
  readonly skipped: number;
}

interface Task {
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** One for all runs: it aborts when the check is removed. */
  readonly stopping: AbortController;
  readonly onDone: () => void;
  readonly onFault: (error: unknown) => void;
  readonly gone: PromiseWithResolvers<void>;
}

/** Performs what a `Timetable` decides: one timer, for the next slot of all checks. */
export function createScheduler({
  clock,
  limits = { network: 256, command: 8 },
  jitter = 0.1,
  seed = Math.floor(Math.random() * 2 ** 32),
  grainMs = 1,
  lateAfterMs = 100,
  metrics,
}: SchedulerOptions): Scheduler {
  const timetable = new Timetable<Task>({ limits, jitter, seed });
  const entries = new Set<Entry<Task>>();
  let runs = 0;
  let late = 0;
  let skippedTold = 0;
  let closed = false;
  let armedFor = Number.POSITIVE_INFINITY;
  let disarm = () => {};

  /** After anything that may have changed when the next slot is due. */
  function arm(): void {
    const wakeAt = Math.ceil(timetable.wakeAt / grainMs) * grainMs;
    if (wakeAt === armedFor) return;
    disarm();
    armedFor = wakeAt;
    if (wakeAt === Number.POSITIVE_INFINITY) return;
    // Timers have whole milliseconds: rounded down, most would fire with nothing due yet. One that fires early all the
    // same is armed again, for at least a millisecond.
    disarm = clock.after(Math.max(0, Math.ceil(wakeAt - clock.now())), wake);
  }

  function wake(): void {
    armedFor = Number.POSITIVE_INFINITY;
    disarm = () => {};
    timetable.wake(clock.now());
    startAll();
  }

  function startAll(): void {
    for (let entry = timetable.take(); entry !== undefined; entry = timetable.take()) start(entry);
    arm();
    tellSkipped();
  }

  function tellSkipped(): void {
    const count = timetable.skipped - skippedTold;
    skippedTold = timetable.skipped;
    if (count > 0) metrics?.skipped(count);
  }

  function start({ task, dueAt }: Entry<Task>): void {
    const delayMs = clock.now() - dueAt;
    runs += 1;
    if (delayMs > lateAfterMs) late += 1;
    try {
      metrics?.delayed(delayMs);
      if (delayMs > lateAfterMs) metrics?.late();
      task.run(task.stopping.signal).then(task.onDone, task.onFault);
    } catch (error) {
      // Not here, where the next ones are being started.
      queueMicrotask(() => task.onFault(error));
    }
  }

  function settled(entry: Entry<Task>): void {
    timetable.settled(entry);
    if (entry.removed) entry.task.gone.resolve();
    startAll();
  }

  function remove(entry: Entry<Task>): Promise<void> {
    const { task } = entry;
    timetable.remove(entry);
    entries.delete(entry);
    arm();
    if (entry.state === "idle") task.gone.resolve();
    else task.stopping.abort(new Error("the check was removed"));
    return task.gone.promise;
  }

  return {
    add(lane, schedule, run) {
      if (closed) throw new Error("a check was added to a scheduler that is closed");
      const task: Task = {
        run,
        stopping: new AbortController(),
        onDone: () => settled(entry),
        onFault(error) {
          queueMicrotask(() => {
            throw error;
          });
          settled(entry);
        },
        gone: Promise.withResolvers(),
      };
      const entry = timetable.add(lane, schedule, task, clock.now());
      entries.add(entry);
      arm();
      return {
        change(next) {
          timetable.change(entry, next, clock.now());
          arm();
        },
        pause() {
          timetable.pause(entry, clock.now());
          arm();
          tellSkipped();
        },
        resume() {
          timetable.resume(entry, clock.now());
          arm();
        },
        remove: () => remove(entry),
      };
    },

    stats: {
      get checks() {
        return timetable.checks;
      },
      get running() {
        return timetable.running;
      },
      get waiting() {
        return timetable.waiting;
      },
      get runs() {
        return runs;
      },
      get late() {
        return late;
      },
      get skipped() {
        return timetable.skipped;
      },
    },

    async close() {
      closed = true;
      await Promise.all([...entries].map(remove));
    },
  };
}
