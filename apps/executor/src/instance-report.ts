import { join } from "node:path";
import {
  type AnnounceReport,
  formatInstanceKey,
  type HealthReport,
  type InstanceRecord,
  type ProcessReport,
  type TaskState,
} from "@borealis/schema";
import type { AnnouncementReport } from "@borealis/serverset";
import type { EventLog } from "./event-log.ts";
import type { InstanceSpec } from "./instance-spec.ts";
import type { ExecutorSettings } from "./settings.ts";
import type { TaskSnapshot } from "./shell/task-runner.ts";

/**
 * What is known of an instance: three truths, kept apart and shown together: task state × health × announced.
 * Each change is told to the log; the record is what ZooKeeper and the observer API show.
 */
export class InstanceReport {
  readonly #spec: InstanceSpec;
  readonly #settings: ExecutorSettings;
  readonly #executorUrl: string;
  readonly #log: EventLog;
  readonly #name: string;
  readonly #startedAt: number;
  #updatedAt: number;
  #sandbox: string | undefined;
  #taskState: TaskState = "ACTIVE";
  #taskReason: string | undefined;
  #processes: readonly ProcessReport[] = [];
  #health: HealthReport;
  #announced: AnnounceReport;

  constructor(
    spec: InstanceSpec,
    settings: ExecutorSettings,
    log: EventLog,
    executorUrl: string,
    checked: boolean,
  ) {
    this.#spec = spec;
    this.#settings = settings;
    this.#log = log;
    this.#executorUrl = executorUrl;
    this.#name = formatInstanceKey(spec.key);
    const now = settings.clock.wallTime();
    this.#startedAt = now;
    this.#updatedAt = now;
    this.#health = { state: checked ? "grace" : "disabled", since: now, consecutiveFailures: 0 };
    this.#announced = { state: spec.announce === undefined ? "disabled" : "waiting", since: now };
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
      executorUrl: this.#executorUrl,
      startedAt: this.#startedAt,
      updatedAt: this.#updatedAt,
    };
  }

  /** Where the task's processes run and their output is. */
  onSandbox(sandbox: string): void {
    this.#sandbox = sandbox;
    this.#log.tell("task", `sandbox ${sandbox}`, this.#name);
  }

  onTask({ taskState, reason, processes }: TaskSnapshot): void {
    this.#tellProcesses(processes);
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

  #tellProcesses(processes: readonly ProcessReport[]): void {
    for (const { name, state, run, pid, exitCode, signal } of processes) {
      const before = this.#processes.find((process) => process.name === name);
      if (before?.state === state && before.run === run) continue;
      if (state === "WAITING" || state === "FORKED") continue;
      const end = signal ?? (exitCode === undefined ? "" : `exit ${exitCode}`);
      const detail = state === "RUNNING" ? `pid ${pid}` : end;
      const text = `${name} run ${run} ${state}${detail === "" ? "" : ` (${detail})`}`;
      if (state === "FAILED") {
        this.#log.warn("process", `${text}; what it wrote: ${this.#logsOf(name, run)}`, this.#name);
      } else this.#log.tell("process", text, this.#name);
    }
  }

  #logsOf(process: string, run: number): string {
    return join(this.#sandbox ?? "", ".logs", process, String(run));
  }

  #touch(): void {
    this.#updatedAt = this.#settings.clock.wallTime();
  }
}
