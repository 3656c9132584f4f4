import {
  type CheckSpec,
  type ChecksDeps,
  type HealthService,
  type InstanceHealth,
  isChecked,
} from "@borealis/healthcheck";
import type { RunAs } from "@borealis/processes";
import {
  type Announcer,
  formatInstanceKey,
  type InstanceRecord,
  instanceRecordPath,
  isTerminal,
  type TaskState,
} from "@borealis/schema";
import { Announcement, type ZooKeeperSession } from "@borealis/serverset";
import { announcedMember, announcedPath } from "./announced-member.ts";
import { Claim } from "./claim.ts";
import { mayAnnounce } from "./core/announce-policy.ts";
import type { ExecutorError } from "./errors.ts";
import type { EventLog } from "./event-log.ts";
import { checksOfInstance, snoozeFileOf } from "./instance-checks.ts";
import { InstanceReport } from "./instance-report.ts";
import type { InstanceSpec } from "./instance-spec.ts";
import { writeJobRecord } from "./job-record.ts";
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
  readonly health: HealthService;
  /** What probes share. */
  readonly probes: ChecksDeps;
}

/** How an instance ended. */
export interface InstanceEnd {
  readonly taskState: TaskState;
  readonly reason: string | undefined;
  /** Set when it was not the task itself that ended it. */
  readonly error?: ExecutorError;
}

/**
 * One instance from claim to release.
 * Start: claim, then processes, then checks, then the announcement as `mayAnnounce` says.
 * Stop, in this order: checks, the member and its znode, processes, the claim.
 */
export class Instance {
  readonly spec: InstanceSpec;
  readonly ended: Promise<InstanceEnd>;
  readonly #context: InstanceContext;
  readonly #name: string;
  readonly #end = Promise.withResolvers<InstanceEnd>();
  readonly #report: InstanceReport;
  #claim: Claim | undefined;
  #task: RunningTask | undefined;
  #health: InstanceHealth | undefined;
  #announcement: Announcement | undefined;
  #stopping = false;
  #killing = false;
  readonly #hurried = new AbortController();

  constructor(spec: InstanceSpec, context: InstanceContext) {
    this.spec = spec;
    this.#context = context;
    this.#name = formatInstanceKey(spec.key);
    this.ended = this.#end.promise;
    const checked = isChecked(spec);
    this.#report = new InstanceReport(spec, context.settings, context.log, context.executorUrl, checked);
  }

  /** With the time of the latest check, which the znode is not rewritten for. */
  get record(): InstanceRecord {
    return { ...this.#report.record, health: this.#health?.report ?? this.#report.health };
  }

  /** @throws ExecutorError BAD_CONFIG, CLAIMED, SANDBOX, NOT_PERMITTED, ZOOKEEPER_UNREACHABLE; nothing is left behind then. */
  async start(signal: AbortSignal): Promise<void> {
    const { settings, session, log } = this.#context;
    const { key, run, announce } = this.spec;
    const checks = await checksOfInstance(this.spec, this.#context, signal);
    this.#claim = await Claim.take(
      {
        session,
        path: instanceRecordPath(key),
        content: () => Buffer.from(JSON.stringify(this.#report.record)),
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
        onHeld: (held) => {
          this.#decide();
          // Whoever wiped our claim may have wiped the job's record with it.
          if (held && this.#claim !== undefined) void this.#describeJob(signal).catch(() => {});
        },
        onLost: (error) => this.#onClaimLost(error),
      },
      signal,
    );
    log.tell("claim", `claimed on ${settings.host}`, this.#name);
    await this.#describeJob(signal);
    try {
      if (announce !== undefined) this.#announcement = this.#prepareAnnouncement(announce);
      if (run !== undefined) await this.#startTask(run);
      this.#startChecks(checks);
    } catch (error) {
      this.#stopping = true;
      this.#task?.hurry();
      await this.#task?.ended;
      await this.release();
      throw error;
    }
    this.#decide();
  }

  /** Takes the instance down in order. */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#context.log.tell("stop", "stopping", this.#name);
    void this.#takeDown();
  }

  /** Waits for nothing more: its processes end at once. For one that is stopping already. */
  hurry(): void {
    this.#hurried.abort(new Error("told to hurry"));
    if (this.#killing) this.#task?.hurry();
  }

  /** The record is for people: without it the instance runs as well. */
  async #describeJob(signal: AbortSignal): Promise<void> {
    const { session, log } = this.#context;
    try {
      await writeJobRecord(session, this.spec, signal);
    } catch (error) {
      signal.throwIfAborted();
      log.warn("claim", `the job's record is not up to date: ${(error as Error).message}`, this.#name);
    }
  }

  async #startTask({ task, commands }: NonNullable<InstanceSpec["run"]>): Promise<void> {
    const { settings, runAs } = this.#context;
    const sandbox = await createSandbox(settings.stateDirectory, this.spec.taskId, runAs);
    // The claim was lost meanwhile, and the instance taken down: nobody would stop what starts now.
    if (this.#stopping) return;
    this.#report.onSandbox(sandbox);
    this.#task = startTask({
      task,
      cmdlineOf: ({ name }) => commands.get(name) ?? "",
      sandbox,
      user: runAs?.user ?? settings.currentUser,
      ...(runAs === undefined ? {} : { runAs }),
      clock: settings.clock,
      onChange: (snapshot) => {
        this.#report.onTask(snapshot);
        this.#changed();
      },
    });
    void this.#task.ended.then(() => {
      // A task that ends by itself has nothing left to wait for; one we stop is waited for in #takeDown.
      if (!this.#stopping) {
        this.#stopping = true;
        void this.#takeDown();
      }
    });
  }

  #startChecks(checks: readonly CheckSpec[]): void {
    const { settings, log, health } = this.#context;
    if (checks.length === 0) {
      log.tell("health", "not checked: it has no port named health", this.#name);
      return;
    }
    if (this.#stopping || isTerminal(this.#report.taskState)) return;
    this.#health = health.watch({
      instance: this.#name,
      checks,
      ...snoozeFileOf(this.spec, settings),
      onReport: (report) => {
        this.#report.onHealth(report);
        this.#changed();
      },
      onSnooze: (text) => log.tell("health", text, this.#name),
      onFail: (reason) => this.#fail(reason),
    });
  }

  /** Its health says that it is to be ended. */
  #fail(reason: string): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#context.log.warn("health", `the task fails: ${reason}`, this.#name);
    void this.#takeDown({ failure: reason });
  }

  #prepareAnnouncement(announcer: Announcer): Announcement {
    const { settings, session } = this.#context;
    return new Announcement({
      session,
      path: announcedPath(this.spec, announcer, settings.serverSetRoot),
      member: announcedMember(this.spec, announcer, settings.announcedHost),
      onChange: (report) => {
        this.#report.onAnnouncement(report);
        this.#claim?.changed();
      },
    });
  }

  /** Joins or leaves the ServerSet as the facts of this moment say. */
  #decide(): void {
    const announcement = this.#announcement;
    if (announcement === undefined || this.#stopping) return;
    const wanted = mayAnnounce({
      taskState: this.#report.taskState,
      health: this.#health?.readiness ?? this.#report.health.state,
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
    using deadline = this.#context.settings.clock.deadline(LEAVE_DEADLINE_MS, this.#hurried.signal);
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
    void this.#takeDown({ error });
  }

  async #takeDown({ error, failure }: { error?: ExecutorError; failure?: string } = {}): Promise<void> {
    await this.#health?.stop();
    await this.#withdraw();
    if (this.#task !== undefined) {
      this.#killing = true;
      if (this.#hurried.signal.aborted) this.#task.hurry();
      else if (failure !== undefined) this.#task.fail(failure);
      else this.#task.kill();
      await this.#task.ended;
    }
    const { taskState, taskReason } = this.#report;
    this.#end.resolve({ taskState, reason: taskReason, ...(error === undefined ? {} : { error }) });
  }

  async #withdraw(): Promise<void> {
    const announcement = this.#announcement;
    if (announcement === undefined || announcement.report.state === "waiting") return;
    if (!(await this.#leave(announcement))) {
      // Its keeper goes on: the member goes as soon as ZooKeeper can be told.
      const text = "member not confirmed gone in time; it goes with the session at the latest";
      this.#context.log.warn("announce", text, this.#name);
      return;
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

  /** Something that the record shows, and that may decide about announcing, is different now. */
  #changed(): void {
    this.#claim?.changed();
    this.#decide();
  }
}
