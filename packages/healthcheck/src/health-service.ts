import type { Clock } from "@borealis/clock";
import type { CheckReport, HealthReport, HealthState, SnoozeRequest } from "@borealis/schema";
import type { CheckSpec } from "./check-spec.ts";
import type { History, Page, RecordedResult, Transition } from "./history/history.ts";
import { WatchedInstance } from "./instance-health.ts";
import type { HealthMetrics } from "./metrics/metrics.ts";
import { createScheduler, type SchedulerOptions, type SchedulerStats } from "./schedule/scheduler.ts";
import { SnoozeFile } from "./snooze-file.ts";

export interface HealthServiceOptions {
  readonly clock: Clock;
  readonly history: History;
  readonly metrics: HealthMetrics;
  /** Where snoozes outlive the process; without it they end with it. */
  readonly snoozePath?: string;
  /** Hears that a file can not be read or written. */
  readonly onProblem: (text: string) => void;
  readonly schedule?: Pick<SchedulerOptions, "limits" | "jitter" | "seed" | "lateAfterMs" | "grainMs">;
}

export interface WatchOptions {
  /** `role/environment/job/instance`. */
  readonly instance: string;
  readonly checks: readonly CheckSpec[];
  /** Aurora's `.healthchecksnooze`. */
  readonly snoozeFile?: string;
  readonly onReport: (report: HealthReport) => void;
  /** A check whose policy is `fail_task` is failing. Told once. */
  readonly onFail?: (reason: string) => void;
  /** A sentence about a snooze, for the log. */
  readonly onSnooze?: (text: string) => void;
}

/** All health checks of a process. */
export interface HealthService {
  readonly stats: SchedulerStats;
  watch(options: WatchOptions): InstanceHealth;
  readonly instances: readonly InstanceHealth[];
  find(instance: string): InstanceHealth | undefined;
  /** Until snoozes that were asked for are on the disk, or it was told that they can not be. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** The checks of one instance. */
export interface InstanceHealth {
  readonly instance: string;
  /** All checks in one verdict, to be shown. */
  readonly report: HealthReport;
  /** What announcing goes by. */
  readonly readiness: HealthState;
  readonly checks: readonly CheckReport[];
  /** @returns undefined when there is no such check. */
  snooze(request: SnoozeRequest): readonly CheckReport[] | undefined;
  /** Ends a snooze before its time. @returns those that were snoozed; undefined when there is no such check. */
  endSnooze(check: string | undefined, author: string): readonly CheckReport[] | undefined;
  /** @returns undefined when there is no such check. */
  results(check: string, page: Page): readonly RecordedResult[] | undefined;
  transitions(check: string, page: Page): readonly Transition[] | undefined;
  stop(): Promise<void>;
}

/** Nobody minds a check that begins so much later, and being woken less often saves a quarter of what checks cost. */
const GRAIN_MS = 10;

/** One scheduler for all checks of a process. */
export function createHealthService(options: HealthServiceOptions): HealthService {
  const { clock, history, metrics, schedule, snoozePath, onProblem } = options;
  const scheduler = createScheduler({ clock, metrics, grainMs: GRAIN_MS, ...schedule });
  const watched = new Map<string, WatchedInstance>();
  const snoozes = new SnoozeFile(snoozePath, clock, onProblem);
  return {
    stats: scheduler.stats,
    get instances() {
      return [...watched.values()];
    },
    find: (instance) => watched.get(instance),
    settled: () => snoozes.settled(),
    watch(wanted) {
      const { instance } = wanted;
      if (watched.has(instance)) throw new Error(`${instance} is checked already`);
      const health = new WatchedInstance({
        ...wanted,
        clock,
        scheduler,
        history,
        metrics,
        snoozes: snoozes.of(instance),
        onSnoozes: (those) => snoozes.keep(instance, those),
        onStopped: () => watched.delete(instance),
      });
      watched.set(instance, health);
      return health;
    },
    async close() {
      await Promise.all([...watched.values()].map((health) => health.stop()));
      await scheduler.close();
      history.close();
      await snoozes.settled();
    },
  };
}
