import { isChecked } from "@borealis/healthcheck";
import type { TaskSnapshot } from "@borealis/runner";
import {
  type AnnounceReport,
  formatInstanceKey,
  type HealthReport,
  type InstanceRecord,
  type ProcessReport,
  type ResourceReport,
  type RestartReport,
  type StopStep,
  type TaskState,
} from "@borealis/schema";
import type { AnnouncementReport } from "@borealis/serverset";
import type { EventLog } from "./event-log.ts";
import type { InstanceSpec } from "./instance-spec.ts";
import { tellProcesses } from "./process-news.ts";
import type { ExecutorSettings } from "./settings.ts";

/**
 * What is known of an instance: three truths, kept apart and shown together: task state × health × announced.
 * Each change is told to the log; the record is what ZooKeeper and the observer API show.
 */
export class InstanceReport {
  #spec: InstanceSpec;
  readonly #settings: ExecutorSettings;
  readonly #executorUrl: string;
  readonly #log: EventLog;
  readonly #name: string;
  #startedAt: number;
  #updatedAt: number;
  #sandbox: string | undefined;
  #taskState: TaskState = "ACTIVE";
  #taskReason: string | undefined;
  #processes: readonly ProcessReport[] = [];
  #health: HealthReport;
  #announced: AnnounceReport;
  #resources: ResourceReport | undefined;
  #restarts: RestartReport | undefined;
  #stopping: readonly StopStep[] | undefined;

  constructor(spec: InstanceSpec, settings: ExecutorSettings, log: EventLog, executorUrl: string) {
    this.#spec = spec;
    this.#settings = settings;
    this.#log = log;
    this.#executorUrl = executorUrl;
    this.#name = formatInstanceKey(spec.key);
    const now = settings.clock.wallTime();
    this.#startedAt = now;
    this.#updatedAt = now;
    this.#health = untold(spec, now);
    this.#announced = unannounced(spec, now);
  }

  /** Another task takes the place of the one that has ended. */
  begin(spec: InstanceSpec, restarts: RestartReport | undefined): void {
    const now = this.#settings.clock.wallTime();
    this.#spec = spec;
    this.#startedAt = now;
    this.#taskState = "ACTIVE";
    this.#taskReason = undefined;
    this.#processes = [];
    this.#health = untold(spec, now);
    this.#announced = unannounced(spec, now);
    this.#resources = undefined;
    this.#restarts = restarts;
    this.#stopping = undefined;
    this.#touch();
  }

  get taskState(): TaskState {
    return this.#taskState;
  }

  get taskReason(): string | undefined {
    return this.#taskReason;
  }

  get health(): HealthReport {
    return this.#health;
  }

  get record(): InstanceRecord {
    const { key, taskId, ports, run } = this.#spec;
    return {
      role: key.role,
      environment: key.environment,
      job: key.name,
      instance: key.instance,
      taskId,
      mode: run === undefined ? "sidecar" : "run",
      host: this.#settings.host,
      ports,
      taskState: this.#taskState,
      ...(this.#taskReason === undefined ? {} : { taskReason: this.#taskReason }),
      health: this.#health,
      announced: this.#announced,
      processes: [...this.#processes],
      ...(this.#resources === undefined ? {} : { resources: this.#resources }),
      ...(this.#restarts === undefined ? {} : { restarts: this.#restarts }),
      ...(this.#stopping === undefined ? {} : { stopping: [...this.#stopping] }),
      executorUrl: this.#executorUrl,
      startedAt: this.#startedAt,
      updatedAt: this.#updatedAt,
    };
  }

  /** Its processes run in its sandbox, and their output is there. */
  onRunning({ sandbox, startedAt }: { readonly sandbox: string; readonly startedAt: number }): void {
    this.#sandbox = sandbox;
    this.#startedAt = Math.round(startedAt);
    this.#log.tell("task", `sandbox ${sandbox}`, this.#name);
  }

  /** Shown with whatever else changes: nobody is told of it alone. */
  onResources(resources: ResourceReport): void {
    this.#resources = resources;
  }

  onRestarts(restarts: RestartReport | undefined): void {
    this.#restarts = restarts;
    this.#touch();
  }

  onStopping(steps: readonly StopStep[]): void {
    this.#stopping = steps;
    this.#touch();
  }

  onTask({ taskState, reason, processes }: TaskSnapshot): void {
    tellProcesses(this.#log, this.#processes, processes, this.#sandbox ?? "", this.#name);
    if (taskState !== this.#taskState) {
      this.#log.tell("task", reason === undefined ? taskState : `${taskState}: ${reason}`, this.#name);
    }
    this.#taskState = taskState;
    this.#taskReason = reason;
    this.#processes = processes;
    this.#touch();
  }

  onHealth(health: HealthReport): void {
    const before = this.#health;
    this.#health = health;
    this.#touch();
    const { state, reason, consecutiveFailures } = health;
    if (state === before.state && reason === before.reason) return;
    const count = consecutiveFailures === 0 ? "not counted" : `${consecutiveFailures} in a row`;
    const text = reason === undefined ? state : `${state}: ${reason} (${count})`;
    if (state === "failing") this.#log.warn("health", text, this.#name);
    else this.#log.tell("health", text, this.#name);
  }

  onAnnouncement({ state, member, problem }: AnnouncementReport): void {
    const before = this.#announced;
    const since = state === before.state ? before.since : this.#settings.clock.wallTime();
    this.#announced = { state, since, ...(member === undefined ? {} : { member }) };
    this.#touch();
    if (problem !== undefined) {
      this.#log.warn("announce", `${state}: ${problem.message}; trying again`, this.#name);
    } else if (state !== before.state || member !== before.member) {
      const leaving = state === "withdrawn" && member !== undefined;
      const text = leaving ? `leaving, ${member}` : member === undefined ? state : `${state} as ${member}`;
      this.#log.tell("announce", text, this.#name);
    }
  }

  #touch(): void {
    this.#updatedAt = this.#settings.clock.wallTime();
  }
}

function untold(spec: InstanceSpec, since: number): HealthReport {
  return { state: isChecked(spec) ? "grace" : "disabled", since, consecutiveFailures: 0 };
}

function unannounced({ announce }: InstanceSpec, since: number): AnnounceReport {
  return { state: announce === undefined ? "disabled" : "waiting", since };
}
