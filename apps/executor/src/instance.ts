import type { CheckSpec, ChecksDeps, HealthService } from "@borealis/healthcheck";
import type { RunAs } from "@borealis/processes";
import {
  isMarkedThrottled,
  type LeftTask,
  markThrottled,
  type RunnerContext,
  unmarkThrottled,
} from "@borealis/runner";
import { formatInstanceKey, type InstanceRecord, instanceRecordPath, type TaskState } from "@borealis/schema";
import type { ZooKeeperSession } from "@borealis/serverset";
import { Attempt, type AttemptEnd } from "./attempt.ts";
import { Claim } from "./claim.ts";
import { ExecutorError } from "./errors.ts";
import type { EventLog } from "./event-log.ts";
import { checksOfInstance } from "./instance-checks.ts";
import { InstanceReport } from "./instance-report.ts";
import type { InstanceSpec } from "./instance-spec.ts";
import { beginTask, endLeft, findLeft, goOnWith } from "./instance-task.ts";
import { writeJobRecord } from "./job-record.ts";
import { Restarts } from "./restarts.ts";
import type { ExecutorSettings } from "./settings.ts";
import type { TaskView } from "./task-view.ts";

const RELEASE_DEADLINE_MS = 2_000;
const THROTTLED_POLL_MS = 250;

export interface InstanceContext {
  readonly settings: ExecutorSettings;
  readonly session: ZooKeeperSession;
  readonly log: EventLog;
  readonly executorUrl: string;
  readonly runAs: RunAs | undefined;
  readonly health: HealthService;
  /** What probes share. */
  readonly probes: ChecksDeps;
  readonly runner: RunnerContext;
  readonly view: TaskView | undefined;
}

const STOPPED_BETWEEN = { taskState: "KILLED", reason: "stopped between two tasks" } as const;

/** How an instance ended. */
export interface InstanceEnd {
  readonly taskState: TaskState;
  readonly reason: string | undefined;
  /** Set when it was not the task itself that ended it. */
  readonly error?: ExecutorError;
}

/**
 * One instance from claim to release: one task, or, as `Restarts` says, one after the other.
 * What an earlier executor left of it is gone on with, before anything new is started.
 */
export class Instance {
  readonly ended: Promise<InstanceEnd>;
  readonly #context: InstanceContext;
  readonly #name: string;
  readonly #end = Promise.withResolvers<InstanceEnd>();
  readonly #report: InstanceReport;
  readonly #restarts: Restarts;
  readonly #stopped = new AbortController();
  #spec: InstanceSpec;
  #left: LeftTask | undefined;
  #claim: Claim | undefined;
  #attempt: Attempt | undefined;
  #error: ExecutorError | undefined;

  constructor(spec: InstanceSpec, context: InstanceContext) {
    this.#spec = spec;
    this.#context = context;
    this.#name = formatInstanceKey(spec.key);
    this.ended = this.#end.promise;
    this.#report = new InstanceReport(this.#spec, context.settings, context.log, context.executorUrl);
    this.#restarts = new Restarts(spec.job, context.settings, () => void this.#startAgain());
  }

  get spec(): InstanceSpec {
    return this.#spec;
  }

  /** With the time of the latest check, which the znode is not rewritten for. */
  get record(): InstanceRecord {
    return { ...this.#report.record, health: this.#attempt?.health?.report ?? this.#report.health };
  }

  /** @throws ExecutorError BAD_CONFIG, CLAIMED, SANDBOX, NOT_PERMITTED, ZOOKEEPER_UNREACHABLE; nothing is left behind then. */
  async start(signal: AbortSignal): Promise<void> {
    // What is wrong with them is told before anybody has to wait for us.
    await checksOfInstance(this.#spec, this.#context, signal);
    this.#claim = await this.#takeClaim(signal).catch(async (error: unknown) => {
      // An instance runs once: what is left of it here goes when it is elsewhere now.
      const elsewhere = error instanceof ExecutorError && error.code === "CLAIMED";
      if (elsewhere) await endLeft(this.#spec, this.#context);
      throw error;
    });
    this.#context.log.tell("claim", `claimed on ${this.#context.settings.host}`, this.#name);
    await this.#describeJob(signal);
    try {
      // Not before the claim is ours: whoever had it until now may have started another task meanwhile.
      this.#left = await findLeft(this.#spec, this.#context);
      if (this.#left !== undefined) {
        this.#spec = goOnWith(this.#spec, this.#left, this.#context.log);
        this.#report.begin(this.#spec, undefined);
      }
      await this.#begin(await checksOfInstance(this.#spec, this.#context, signal));
    } catch (error) {
      this.#stopped.abort(error);
      await this.release();
      throw error;
    }
  }

  /** Takes the instance down in order. */
  stop(): void {
    if (this.#stopped.signal.aborted) return;
    this.#context.log.tell("stop", "stopping", this.#name);
    this.#takeDown();
  }

  /** Waits for less, and for nothing when it is told again. For one that is stopping already. */
  hurry(): void {
    this.#attempt?.hurry();
  }

  #takeClaim(signal: AbortSignal): Promise<Claim> {
    const { settings, session, log } = this.#context;
    return Claim.take(
      {
        session,
        path: instanceRecordPath(this.#spec.key),
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
          this.#attempt?.decide();
          // Whoever wiped our claim may have wiped the job's record with it.
          if (held && this.#claim !== undefined) void this.#describeJob(signal).catch(() => {});
        },
        onLost: (error) => this.#onClaimLost(error),
      },
      signal,
    );
  }

  /** The record is for people: without it the instance runs as well. */
  async #describeJob(signal: AbortSignal): Promise<void> {
    const { session, log } = this.#context;
    try {
      await writeJobRecord(session, this.#spec, signal);
    } catch (error) {
      signal.throwIfAborted();
      log.warn("claim", `the job's record is not up to date: ${(error as Error).message}`, this.#name);
    }
  }

  async #begin(checks: readonly CheckSpec[]): Promise<void> {
    const report = this.#report;
    const onChange = () => {
      this.#changed();
      this.#attempt?.decide();
    };
    const attempt = new Attempt({
      spec: this.#spec,
      context: this.#context,
      report,
      checks,
      claimed: () => this.#claim?.held ?? false,
      onChange,
    });
    const task = await beginTask(this.#spec, this.#left, this.#context, {
      onChange: (snapshot) => {
        report.onTask(snapshot);
        onChange();
      },
      onProblem: (problem) => this.#context.log.warn("task", problem, this.#name),
      onKillRequest: () => {
        this.#context.log.tell("stop", "asked to end by executor kill", this.#name);
        this.#takeDown();
      },
      onOverDisk: (reason) => attempt.fail(reason),
      onResources: (resources) => report.onResources(resources),
    });
    this.#left = undefined;
    if (task !== undefined) this.#restarts.began(task.startedAt);
    this.#attempt = attempt;
    attempt.begin(task);
    // The claim was lost, or we were told to stop, while there was nothing yet to be stopped.
    if (this.#stopped.signal.aborted) attempt.stop();
    void attempt.ended.then((end) => this.#onAttemptEnd(end));
  }

  #onAttemptEnd({ taskState, reason, onRequest }: AttemptEnd): void {
    const again =
      !this.#stopped.signal.aborted &&
      !onRequest &&
      this.#restarts.ended({ taskId: this.#spec.taskId, taskState, reason });
    if (!again) return this.#finish({ taskState, reason });
    this.#attempt = undefined;
    this.#report.onRestarts(this.#restarts.report);
    this.#context.log.tell("task", this.#restarts.sentence, this.#name);
    this.#changed();
    void this.#waitThrottled();
  }

  /** While there is no task whoever wants to end the instance takes its mark away. */
  async #waitThrottled(): Promise<void> {
    const { settings, log } = this.#context;
    const { stateDirectory, clock } = settings;
    const { throttledUntil: until = clock.wallTime(), count: restarts = 0 } = this.#restarts.report ?? {};
    if (until <= clock.wallTime()) return;
    try {
      markThrottled(stateDirectory, { instance: this.#name, until, restarts, pid: process.pid });
      while (this.#restarts.waiting && isMarkedThrottled(stateDirectory, this.#name)) {
        await clock.sleep(THROTTLED_POLL_MS, this.#stopped.signal).catch(() => {});
      }
      if (this.#restarts.waiting) {
        log.tell("stop", "asked to end by executor kill", this.#name);
        this.#takeDown();
      }
      unmarkThrottled(stateDirectory, this.#name);
    } catch (error) {
      log.warn(
        "task",
        `executor kill can not find it between two tasks: ${(error as Error).message}`,
        this.#name,
      );
    }
  }

  async #startAgain(): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    this.#spec = this.#spec.again();
    this.#report.begin(this.#spec, this.#restarts.report);
    this.#changed();
    try {
      await this.#begin(await checksOfInstance(this.#spec, this.#context, this.#stopped.signal));
    } catch (error) {
      if (this.#stopped.signal.aborted) return this.#finish(STOPPED_BETWEEN);
      const reason = (error as Error).message;
      this.#context.log.warn("task", `not started again: ${reason}`, this.#name);
      this.#report.onTask({ taskState: "FAILED", reason, processes: [] });
      this.#onAttemptEnd({ taskState: "FAILED", reason, onRequest: false });
    }
  }

  #changed(): void {
    this.#claim?.changed();
    const { record } = this;
    this.#context.view?.show({
      title: this.#name,
      taskState: record.taskState,
      ...(record.taskReason === undefined ? {} : { reason: record.taskReason }),
      processes: record.processes,
      health: record.health.state,
      announced: record.announced.state,
      ...(record.restarts?.throttledUntil === undefined
        ? {}
        : { throttledUntil: record.restarts.throttledUntil }),
    });
  }

  #onClaimLost(error: ExecutorError): void {
    this.#context.log.warn("claim", error.message, this.#name);
    if (this.#stopped.signal.aborted) return;
    this.#error = error;
    this.#takeDown();
  }

  #takeDown(): void {
    this.#stopped.abort(new Error("the instance is stopping"));
    const { waiting } = this.#restarts;
    this.#restarts.stop();
    if (this.#attempt !== undefined) this.#attempt.stop();
    // Between two tasks there is nothing to be stopped.
    else if (waiting) this.#finish(STOPPED_BETWEEN);
  }

  #finish({ taskState, reason }: { taskState: TaskState; reason: string | undefined }): void {
    this.#stopped.abort(new Error("the instance has ended"));
    this.#end.resolve({ taskState, reason, ...(this.#error === undefined ? {} : { error: this.#error }) });
  }

  /** Gives the claim back and so removes the instance's record; after `ended`. */
  async release(): Promise<void> {
    const claim = this.#claim;
    if (claim === undefined) return;
    using deadline = this.#context.settings.clock.deadline(RELEASE_DEADLINE_MS);
    await claim.release(deadline.signal).catch(() => claim.close());
  }
}
