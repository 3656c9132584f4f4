import { type HealthChecker, probeHttp, startHealthChecker } from "@borealis/healthcheck";
import {
  type AnnounceReport,
  type Announcer,
  formatInstanceKey,
  type HealthReport,
  type InstanceRecord,
  instanceRecordPath,
  isTerminal,
  type ProcessReport,
  serverSetPath,
  type TaskState,
} from "@borealis/schema";
import {
  Announcement,
  type AnnouncementReport,
  type Endpoint,
  type ZooKeeperSession,
} from "@borealis/serverset";
import { Claim } from "./claim.ts";
import { mayAnnounce } from "./core/announce-policy.ts";
import type { ExecutorError } from "./errors.ts";
import type { EventLog } from "./event-log.ts";
import type { InstanceSpec } from "./instance-spec.ts";
import { writeJobRecord } from "./job-record.ts";
import type { RunAs } from "./run-as.ts";
import { createSandbox } from "./sandbox.ts";
import type { ExecutorSettings } from "./settings.ts";
import { type RunningTask, startTask } from "./shell/task-runner.ts";

const LEAVE_DEADLINE_MS = 5_000;
const RELEASE_DEADLINE_MS = 2_000;

export interface InstanceContext {
  readonly settings: ExecutorSettings;
  readonly session: ZooKeeperSession;
  readonly log: EventLog;
  readonly executorUrl: string;
  readonly runAs: RunAs | undefined;
}

/** How an instance ended. */
export interface InstanceEnd {
  readonly taskState: TaskState;
  readonly reason: string | undefined;
  /** Set when it was not the task itself that ended it. */
  readonly error?: ExecutorError;
}

/**
 * One instance from claim to release. Three truths are kept apart and shown together: task state × health × announced.
 * Start: claim, then processes, then checks, then the announcement as `mayAnnounce` says.
 * Stop, in this order: checks, the member and its znode, processes, the claim.
 */
export class Instance {
  readonly spec: InstanceSpec;
  readonly ended: Promise<InstanceEnd>;
  readonly #context: InstanceContext;
  readonly #name: string;
  readonly #end = Promise.withResolvers<InstanceEnd>();
  readonly #startedAt: number;
  #claim: Claim | undefined;
  #task: RunningTask | undefined;
  #checker: HealthChecker | undefined;
  #announcement: Announcement | undefined;
  #taskState: TaskState = "ACTIVE";
  #taskReason: string | undefined;
  #processes: readonly ProcessReport[] = [];
  #health: HealthReport;
  #announced: AnnounceReport;
  #updatedAt: number;
  #stopping = false;

  constructor(spec: InstanceSpec, context: InstanceContext) {
    this.spec = spec;
    this.#context = context;
    this.#name = formatInstanceKey(spec.key);
    this.ended = this.#end.promise;
    const now = context.settings.clock.wallTime();
    this.#startedAt = now;
    this.#updatedAt = now;
    const checked = spec.ports["health"] !== undefined;
    this.#health = { state: checked ? "grace" : "disabled", since: now, consecutiveFailures: 0 };
    this.#announced = { state: spec.announce === undefined ? "disabled" : "waiting", since: now };
  }

  get record(): InstanceRecord {
    const { key, taskId, ports, run } = this.spec;
    return {
      role: key.role,
      environment: key.environment,
      job: key.name,
      instance: key.instance,
      taskId,
      mode: run === undefined ? "sidecar" : "run",
      host: this.#context.settings.host,
      ports,
      taskState: this.#taskState,
      ...(this.#taskReason === undefined ? {} : { taskReason: this.#taskReason }),
      health: this.#health,
      announced: this.#announced,
      processes: [...this.#processes],
      executorUrl: this.#context.executorUrl,
      startedAt: this.#startedAt,
      updatedAt: this.#updatedAt,
    };
  }

  /** @throws ExecutorError CLAIMED, SANDBOX, ZOOKEEPER_UNREACHABLE; nothing is left behind then. */
  async start(signal: AbortSignal): Promise<void> {
    const { settings, session, log } = this.#context;
    const { key, run, announce } = this.spec;
    await writeJobRecord(session, this.spec, signal);
    this.#claim = await Claim.take(
      {
        session,
        path: instanceRecordPath(key),
        content: () => Buffer.from(JSON.stringify(this.record)),
        what: `instance ${this.#name}`,
        deadlineMs: settings.claimDeadlineMs,
        onWait: (holder) => {
          const seconds = Math.round(settings.claimDeadlineMs / 1000);
          log.warn(
            "claim",
            `claimed by another executor (${holder}); waiting up to ${seconds} s for it to go`,
            this.#name,
          );
        },
        // Another executor may have it by now: no member before it is known to be ours again.
        onHeld: () => this.#decide(),
        onLost: (error) => this.#onClaimLost(error),
      },
      signal,
    );
    log.tell("claim", `claimed on ${settings.host}`, this.#name);
    if (announce !== undefined) this.#announcement = this.#prepareAnnouncement(announce);
    if (run !== undefined) {
      try {
        await this.#startTask(run);
      } catch (error) {
        await this.release();
        throw error;
      }
    }
    this.#startChecks();
    this.#decide();
  }

  /** Takes the instance down in order. */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#context.log.tell("stop", "stopping", this.#name);
    void this.#takeDown(undefined);
  }

  /** Ends its processes at once; for one that is stopping already. */
  hurry(): void {
    this.#task?.kill();
  }

  async #startTask({ task, commands }: NonNullable<InstanceSpec["run"]>): Promise<void> {
    const { settings, runAs, log } = this.#context;
    const sandbox = await createSandbox(settings.stateDirectory, this.spec.taskId, runAs);
    log.tell("task", `sandbox ${sandbox}`, this.#name);
    this.#task = startTask({
      task,
      cmdlineOf: ({ name }) => commands.get(name) ?? "",
      sandbox,
      user: runAs?.user ?? settings.currentUser,
      ...(runAs === undefined ? {} : { runAs }),
      clock: settings.clock,
      onChange: ({ taskState, reason, processes }) => this.#onTask(taskState, reason, processes),
    });
    void this.#task.ended.then(() => {
      // A task that ends by itself has nothing left to wait for; one we stop is waited for in #takeDown.
      if (!this.#stopping) {
        this.#stopping = true;
        void this.#takeDown(undefined);
      }
    });
  }

  #onTask(taskState: TaskState, reason: string | undefined, processes: readonly ProcessReport[]): void {
    this.#tellProcesses(processes);
    if (taskState !== this.#taskState) {
      this.#context.log.tell(
        "task",
        reason === undefined ? taskState : `${taskState}: ${reason}`,
        this.#name,
      );
    }
    this.#taskState = taskState;
    this.#taskReason = reason;
    this.#processes = processes;
    this.#changed();
    this.#decide();
  }

  #tellProcesses(processes: readonly ProcessReport[]): void {
    for (const { name, state, run, pid, exitCode, signal } of processes) {
      const before = this.#processes.find((process) => process.name === name);
      if (before?.state === state && before.run === run) continue;
      if (state === "WAITING" || state === "FORKED") continue;
      const detail =
        state === "RUNNING" ? `pid ${pid}` : (signal ?? (exitCode === undefined ? "" : `exit ${exitCode}`));
      this.#context.log.tell(
        "process",
        `${name} run ${run} ${state}${detail === "" ? "" : ` (${detail})`}`,
        this.#name,
      );
    }
  }

  #startChecks(): void {
    const { settings, log } = this.#context;
    const port = this.spec.ports["health"];
    if (port === undefined || isTerminal(this.#taskState)) return;
    const config = this.spec.healthCheck;
    this.#checker = startHealthChecker({
      config,
      clock: settings.clock,
      probe: (signal) =>
        probeHttp({ port, timeoutMs: config.timeout_secs * 1000, clock: settings.clock, signal }),
      onReport: (health) => {
        const before = this.#health;
        this.#health = health;
        if (health.state !== before.state || health.reason !== before.reason) {
          const why =
            health.reason === undefined ? "" : `: ${health.reason} (${health.consecutiveFailures} in a row)`;
          const tell = health.state === "failing" ? log.warn : log.tell;
          tell.call(log, "health", `${health.state}${why}`, this.#name);
        }
        this.#changed();
        this.#decide();
      },
    });
  }

  #prepareAnnouncement(announcer: Announcer): Announcement {
    const { settings, session } = this.#context;
    const { ports, key } = this.spec;
    const endpoint = (port: number): Endpoint => ({ host: settings.host, port });
    return new Announcement({
      session,
      path: serverSetPath(key, settings.serverSetRoot),
      member: {
        serviceEndpoint: endpoint(ports[announcer.primary_port] ?? 0),
        additionalEndpoints: Object.fromEntries(
          Object.entries(ports).map(([name, port]) => [name, endpoint(port)]),
        ),
        status: "ALIVE",
        shard: key.instance,
      },
      onChange: (report) => this.#onAnnouncement(report),
    });
  }

  #onAnnouncement({ state, member, problem }: AnnouncementReport): void {
    const before = this.#announced;
    const since = state === before.state ? before.since : this.#context.settings.clock.wallTime();
    this.#announced = { state, since, ...(member === undefined ? {} : { member }) };
    if (problem !== undefined) {
      this.#context.log.warn("announce", `${state}: ${problem.message}; trying again`, this.#name);
    } else if (state !== before.state || member !== before.member) {
      const leaving = state === "withdrawn" && member !== undefined;
      const text = leaving ? `leaving, ${member}` : member === undefined ? state : `${state} as ${member}`;
      this.#context.log.tell("announce", text, this.#name);
    }
    this.#changed();
  }

  /** Joins or leaves the ServerSet as the facts of this moment say. */
  #decide(): void {
    const announcement = this.#announcement;
    if (announcement === undefined || this.#stopping) return;
    const wanted = mayAnnounce({
      taskState: this.#taskState,
      health: this.#health.state,
      claimed: this.#claim?.held ?? false,
      stopping: this.#stopping,
      immediately: this.#context.settings.announceImmediately,
    });
    const isIn = announcement.report.state === "joining" || announcement.report.state === "announced";
    if (wanted && !isIn) announcement.join();
    if (!wanted && isIn) void this.#leave(announcement);
  }

  /** @returns whether ZooKeeper confirmed in time that the znode is gone. */
  async #leave(announcement: Announcement): Promise<boolean> {
    using deadline = this.#context.settings.clock.deadline(LEAVE_DEADLINE_MS);
    // Awaited here: the deadline is disposed of when this function returns.
    return await announcement.leave(deadline.signal).then(
      () => true,
      () => false,
    );
  }

  #onClaimLost(error: ExecutorError): void {
    this.#context.log.warn("claim", error.message, this.#name);
    if (this.#stopping) return;
    this.#stopping = true;
    void this.#takeDown(error);
  }

  async #takeDown(error: ExecutorError | undefined): Promise<void> {
    await this.#checker?.stop();
    await this.#withdraw();
    if (this.#task !== undefined) {
      if (!isTerminal(this.#taskState)) this.#task.kill();
      const { taskState, reason } = await this.#task.ended;
      this.#taskState = taskState;
      this.#taskReason = reason;
    }
    this.#end.resolve({
      taskState: this.#taskState,
      reason: this.#taskReason,
      ...(error === undefined ? {} : { error }),
    });
  }

  async #withdraw(): Promise<void> {
    const announcement = this.#announcement;
    if (announcement === undefined) return;
    if (!(await this.#leave(announcement))) {
      const seconds = LEAVE_DEADLINE_MS / 1000;
      const text = `member not confirmed gone after ${seconds} s; it goes with the session at the latest`;
      this.#context.log.warn("announce", text, this.#name);
    }
    announcement.close();
  }

  /** Gives the claim back and so removes the instance's record; after `ended`. */
  async release(): Promise<void> {
    const claim = this.#claim;
    if (claim === undefined) return;
    using deadline = this.#context.settings.clock.deadline(RELEASE_DEADLINE_MS);
    await claim.release(deadline.signal).catch(() => claim.close());
  }

  #changed(): void {
    this.#updatedAt = this.#context.settings.clock.wallTime();
    this.#claim?.changed();
  }
}
