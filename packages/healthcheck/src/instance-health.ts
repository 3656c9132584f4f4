import { formatWallTime } from "@borealis/clock";
import type { CheckReport, HealthReport, HealthState, Snooze, SnoozeRequest } from "@borealis/schema";
import type { InstanceHealth, WatchOptions } from "./health-service.ts";
import type { Page, RecordedResult, Transition } from "./history/history.ts";
import { combined, failureOf, isStarting, readinessOf } from "./rules/instance-verdict.ts";
import { WatchedCheck, type WatchedCheckOptions } from "./watched-check.ts";

type Shared = Pick<WatchedCheckOptions, "clock" | "scheduler" | "history" | "metrics">;

export interface InstanceHealthOptions extends WatchOptions, Shared {
  /** In force when it begins, by check. */
  readonly snoozes: ReadonlyMap<string, Snooze>;
  readonly onSnoozes: (snoozes: Iterable<readonly [check: string, snooze: Snooze]>) => void;
  readonly onStopped: () => void;
}

/** The checks of one instance, one verdict, and which of them are made now: startup before all others. */
export class WatchedInstance implements InstanceHealth {
  readonly instance: string;
  readonly #options: InstanceHealthOptions;
  readonly #checks: readonly WatchedCheck[];
  readonly #startedAt: number;
  #report: HealthReport;
  #failed = false;
  #stopped: Promise<void> | undefined;

  constructor(options: InstanceHealthOptions) {
    const { instance, checks, clock, snoozes } = options;
    this.instance = instance;
    this.#options = options;
    this.#startedAt = clock.wallTime();
    this.#checks = checks.map(
      (spec) =>
        new WatchedCheck({
          ...options,
          spec,
          snoozeFile: options.snoozeFile,
          onChange: () => this.#changed(),
          onSnooze: (text) => options.onSnooze?.(text),
        }),
    );
    this.#report = this.#combine();
    for (const check of this.#checks) {
      const snooze = snoozes.get(check.spec.name);
      if (snooze !== undefined) check.snooze(snooze, `still snoozed by ${snooze.author}: ${snooze.reason}`);
    }
    this.#startDue();
  }

  get report(): HealthReport {
    // With the time of the latest check, which nobody is told of one by one.
    return this.#combine();
  }

  get readiness(): HealthState {
    return readinessOf(this.#checks.map(({ verdict }) => verdict));
  }

  get checks(): readonly CheckReport[] {
    return this.#checks.map(({ report }) => report);
  }

  get #snoozes(): readonly (readonly [check: string, snooze: Snooze])[] {
    return this.#checks.flatMap(({ spec, held: { snooze } }) =>
      snooze === undefined ? [] : [[spec.name, snooze] as const],
    );
  }

  snooze({ seconds, author, reason, check, pause }: SnoozeRequest): readonly CheckReport[] | undefined {
    const since = this.#options.clock.wallTime();
    const snooze = { since, until: since + Math.ceil(seconds * 1000), author, reason, pause };
    const until = formatWallTime(snooze.until);
    return this.#hold(check, snooze, `snoozed until ${until} by ${author}: ${reason}`);
  }

  endSnooze(name: string | undefined, author: string): readonly CheckReport[] | undefined {
    return this.#hold(name, undefined, `snooze ended by ${author}`);
  }

  results(check: string, page: Page): readonly RecordedResult[] | undefined {
    const found = this.#find(check);
    return found === undefined ? undefined : this.#options.history.results(found.key, page);
  }

  transitions(check: string, page: Page): readonly Transition[] | undefined {
    const found = this.#find(check);
    return found === undefined ? undefined : this.#options.history.transitions(found.key, page);
  }

  stop(): Promise<void> {
    this.#stopped ??= Promise.all(this.#checks.map((check) => check.stop())).then(() =>
      this.#options.onStopped(),
    );
    return this.#stopped;
  }

  #find(name: string): WatchedCheck | undefined {
    return this.#checks.find(({ spec }) => spec.name === name);
  }

  #hold(
    name: string | undefined,
    snooze: Snooze | undefined,
    text: string,
  ): readonly CheckReport[] | undefined {
    const meant = this.#checks.filter(({ spec }) => name === undefined || spec.name === name);
    // One that is being stopped is as good as gone.
    if (meant.length === 0 || this.#stopped !== undefined) return undefined;
    const concerned = meant.filter(({ held }) => snooze !== undefined || held.snooze !== undefined);
    if (concerned.length === 0) return [];
    for (const check of concerned) check.snooze(snooze, text);
    this.#options.onSnoozes(this.#snoozes);
    this.#options.onSnooze?.(name === undefined ? text : `${name}: ${text}`);
    return concerned.map(({ report }) => report);
  }

  #combine(): HealthReport {
    const report = combined(
      this.#checks.map(({ verdict }) => verdict),
      this.#startedAt,
    );
    const held = this.#checks.map(({ held }) => held).find((one) => one.unsnoozed !== undefined);
    if (held === undefined) return report;
    const { snooze } = held;
    const by =
      snooze === undefined
        ? { author: "a file in the sandbox", reason: ".healthchecksnooze is there", pause: true }
        : { author: snooze.author, reason: snooze.reason, until: snooze.until, pause: snooze.pause };
    const without = this.#checks.map(({ verdict, held: { health, unsnoozed = health } }) => ({
      ...verdict,
      health: unsnoozed,
    }));
    return { ...report, snooze: { ...by, stateUnsnoozed: combined(without, this.#startedAt).state } };
  }

  #changed(): void {
    if (this.#stopped !== undefined) return;
    this.#report = this.#combine();
    this.#options.onReport(this.#report);
    this.#startDue();
    const failure = failureOf(this.#checks.map(({ verdict }) => verdict));
    if (failure === undefined || this.#failed) return;
    this.#failed = true;
    this.#options.onFail?.(failure);
  }

  /** A startup check that has passed rests; the others begin then, with all of their initial interval before them. */
  #startDue(): void {
    const starting = isStarting(this.#checks.map(({ verdict }) => verdict));
    for (const check of this.#checks) {
      const isStartup = check.spec.roles.includes("startup");
      const isDone = isStartup && check.verdict.health.state === "healthy";
      if (isDone) void check.rest();
      else if (isStartup || !starting) check.start();
    }
  }
}
