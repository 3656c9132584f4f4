import { lstatSync } from "node:fs";
import type { Clock } from "@borealis/clock";
import type { CheckReport, Snooze } from "@borealis/schema";
import { askOnce } from "./ask-once.ts";
import type { CheckSpec } from "./check-spec.ts";
import type { History } from "./history/history.ts";
import type { HealthMetrics } from "./metrics/metrics.ts";
import type { CheckResult } from "./probes/check-result.ts";
import type { Probe } from "./probes/probe.ts";
import { startHealth } from "./rules/health.ts";
import {
  beforeHeldCheck,
  type HeldHealth,
  isHeld,
  observeHeld,
  observeNothing,
  withFile,
  withSnooze,
} from "./rules/held-health.ts";
import type { CheckVerdict } from "./rules/instance-verdict.ts";
import type { ScheduledCheck, Scheduler } from "./schedule/scheduler.ts";

export interface WatchedCheckOptions {
  readonly instance: string;
  readonly spec: CheckSpec;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly history: History;
  readonly metrics: HealthMetrics;
  readonly snoozeFile: string | undefined;
  /** State, count, reason or snooze have changed; not for each of a row of equal passes. */
  readonly onChange: () => void;
  /** A sentence about a snooze that nobody asked for just now, for the log. */
  readonly onSnooze: (text: string) => void;
}

/** One check of one instance: asks when it is due, counts, remembers. */
export class WatchedCheck {
  readonly spec: CheckSpec;
  /** Its name in the history. */
  readonly key: string;
  readonly #options: WatchedCheckOptions;
  #held: HeldHealth;
  #scheduled: ScheduledCheck | undefined;
  #probe: Probe | undefined;
  #cancelWake = () => {};

  constructor(options: WatchedCheckOptions) {
    const { spec, instance, clock, metrics, history } = options;
    this.spec = spec;
    this.key = `${instance}/${spec.name}`;
    this.#options = options;
    const now = clock.wallTime();
    this.#held = { health: startHealth(now) };
    metrics.stateChanged(undefined, "grace");
    const [last] = history.transitions(this.key, { limit: 1 });
    if (last === undefined || last.to === "grace") return;
    history.transition(this.key, { at: now, from: last.to, to: "grace", reason: "it was started again" });
  }

  get verdict(): CheckVerdict {
    const { name, roles, onUnhealthy } = this.spec;
    return { name, roles, onUnhealthy, health: this.#held.health };
  }

  get held(): HeldHealth {
    return this.#held;
  }

  get report(): CheckReport {
    const { name, roles, type, target, intervalMs, timeoutMs, onUnhealthy } = this.spec;
    const { health, snooze, fileSince, unsnoozed } = this.#held;
    const { attempts: _, everPassed: __, ...shown } = health;
    return {
      instance: this.#options.instance,
      name,
      roles: [...roles],
      type,
      target,
      intervalMs,
      timeoutMs,
      onUnhealthy,
      ...shown,
      waiting: this.#scheduled === undefined && health.state === "grace",
      ...(snooze === undefined ? {} : { snooze }),
      ...(unsnoozed === undefined ? {} : { stateUnsnoozed: unsnoozed.state }),
      ...(fileSince === undefined ? {} : { snoozeFile: { since: fileSince } }),
    };
  }

  /** From now on it is checked. */
  start(): void {
    if (this.#scheduled !== undefined) return;
    const { spec, scheduler } = this.#options;
    this.#probe = spec.probe();
    const lane = spec.type === "command" ? "command" : "network";
    this.#scheduled = scheduler.add(lane, spec, (signal) => this.#run(signal));
    if (this.#held.snooze?.pause === true) this.#scheduled.pause();
  }

  /** No more checks; what it came to stays. */
  async rest(): Promise<void> {
    const [scheduled, probe] = [this.#scheduled, this.#probe];
    this.#scheduled = undefined;
    this.#probe = undefined;
    await scheduled?.remove();
    probe?.close();
  }

  async stop(): Promise<void> {
    this.#cancelWake();
    await this.rest();
    const { metrics } = this.#options;
    metrics.stateChanged(this.#held.health.state, undefined);
    if (isHeld(this.#held)) metrics.held(-1);
  }

  /** Until its time is over, another comes, or undefined ends it. */
  snooze(snooze: Snooze | undefined, text: string): void {
    const { clock, history, onSnooze } = this.#options;
    this.#cancelWake();
    this.#become(withSnooze(this.#held, snooze));
    const { state } = this.#held.health;
    history.transition(this.key, { at: clock.wallTime(), from: state, to: state, reason: text });
    if (snooze?.pause === true) this.#scheduled?.pause();
    else this.#scheduled?.resume();
    if (snooze === undefined) return;
    const endsAt = clock.now() + Math.max(0, snooze.until - clock.wallTime());
    const wait = (): void => {
      const left = endsAt - clock.now();
      if (left > 0) this.#cancelWake = clock.after(left, wait);
      else {
        const over = `the snooze by ${snooze.author} is over`;
        this.snooze(undefined, over);
        onSnooze(`${this.spec.name}: ${over}`);
      }
    };
    wait();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { spec, clock, metrics } = this.#options;
    this.#lookForFile();
    if (isHeld(this.#held)) metrics.snoozed(spec.type);
    // As in Aurora, the target is not asked.
    if (this.#held.fileSince !== undefined) return;
    const at = clock.wallTime();
    this.#become(beforeHeldCheck(this.#held, spec.rule, at));
    if (this.#isOver() || this.#probe === undefined) return;
    const wasHeld = isHeld(this.#held);
    const result = await askOnce(this.#probe, spec.timeoutMs, clock, signal);
    if (signal.aborted) return;
    const failure = result.healthy ? undefined : result.kind;
    metrics.ran(spec.type, result.durationMs, failure);
    const now = clock.wallTime();
    this.#become(
      // Nor has it consequences what began while it was snoozed.
      !result.healthy && (failure === "internal" || (wasHeld && !isHeld(this.#held)))
        ? observeNothing(this.#held, result.reason, now)
        : observeHeld(this.#held, result, spec.rule, now),
    );
    this.#remember(at, result);
  }

  /** Failing for good: another check would change nothing. */
  #isOver(): boolean {
    return this.spec.rule.final && this.#held.health.state === "failing";
  }

  #remember(at: number, result: CheckResult): void {
    const { history } = this.#options;
    const { health, unsnoozed } = this.#held;
    const { healthy, durationMs, statusCode } = result;
    history.result(this.key, {
      at,
      durationMs,
      healthy,
      state: health.state,
      ...(unsnoozed === undefined ? {} : { stateUnsnoozed: unsnoozed.state }),
      ...(statusCode === undefined ? {} : { statusCode }),
      ...(result.healthy ? {} : { kind: result.kind, reason: result.reason }),
      ...(result.healthy || result.output === undefined ? {} : { output: result.output }),
    });
  }

  #become(next: HeldHealth): void {
    const before = this.#held;
    if (next === before) return;
    this.#held = next;
    const { history, metrics, onChange } = this.#options;
    if (isHeld(before) !== isHeld(next)) metrics.held(isHeld(next) ? 1 : -1);
    const [from, to] = [before.health, next.health];
    if (from.state !== to.state) {
      metrics.stateChanged(from.state, to.state);
      const reason = to.reason === undefined ? {} : { reason: to.reason };
      history.transition(this.key, { at: to.since, from: from.state, to: to.state, ...reason });
    }
    const same =
      from.state === to.state &&
      from.reason === to.reason &&
      from.consecutiveFailures === to.consecutiveFailures &&
      before.snooze === next.snooze &&
      before.fileSince === next.fileSince;
    if (!same) onChange();
  }

  /** Asked before each check, as Aurora did: it is one system call for a file that is not there. */
  #lookForFile(): void {
    const { snoozeFile, clock, history, onSnooze } = this.#options;
    if (snoozeFile === undefined) return;
    const since = modifiedAt(snoozeFile);
    if (since === this.#held.fileSince) return;
    const was = this.#held.fileSince;
    this.#become(withFile(this.#held, since));
    if (since !== undefined && was !== undefined) return;
    const text =
      since === undefined
        ? "the snooze file is gone; it is checked again"
        : `not checked while ${snoozeFile} is there`;
    const { state } = this.#held.health;
    history.transition(this.key, { at: clock.wallTime(), from: state, to: state, reason: text });
    onSnooze(`${this.spec.name}: ${text}`);
  }
}

/** Of a regular file; undefined when there is none. */
function modifiedAt(path: string): number | undefined {
  try {
    // Not where a link leads: its target may be anybody's, or on a disk that hangs.
    const file = lstatSync(path, { throwIfNoEntry: false });
    return file?.isFile() === true ? Math.max(0, Math.round(file.mtimeMs)) : undefined;
  } catch {
    // Somebody made its directory unreadable, or a file of it.
    return undefined;
  }
}
