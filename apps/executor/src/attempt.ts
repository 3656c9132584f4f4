import type { CheckSpec, InstanceHealth } from "@borealis/healthcheck";
import type { RunningTask } from "@borealis/runner";
import { formatInstanceKey, isTerminal, type TaskState } from "@borealis/schema";
import { mayAnnounce } from "./core/announce-policy.ts";
import type { InstanceContext } from "./instance.ts";
import { snoozeFileOf } from "./instance-checks.ts";
import type { InstanceReport } from "./instance-report.ts";
import type { InstanceSpec } from "./instance-spec.ts";
import { Membership } from "./membership.ts";
import { planStop } from "./stop/stop-plan.ts";
import { postStop } from "./stop/stop-request.ts";
import { stopReport, stopSentence } from "./stop/stop-sentences.ts";
import { type StopSequence, startStop } from "./stop/stop-sequence.ts";

/** How one task of an instance ended. */
export interface AttemptEnd {
  readonly taskState: TaskState;
  readonly reason: string | undefined;
  /** We were told to, or somebody put a `kill` file there: it is not to be started again. */
  readonly onRequest: boolean;
}

export interface AttemptOptions {
  readonly spec: InstanceSpec;
  readonly context: InstanceContext;
  readonly report: InstanceReport;
  readonly checks: readonly CheckSpec[];
  readonly claimed: () => boolean;
  /** Something that the record shows is different now. */
  readonly onChange: () => void;
}

/**
 * One task of an instance, from its first process to its last; a service has one after the other.
 * Start: processes, then checks, then the announcement as `mayAnnounce` says.
 * Stop: checks, then as stop/stop-machine.ts says.
 */
export class Attempt {
  readonly ended: Promise<AttemptEnd>;
  readonly #options: AttemptOptions;
  readonly #name: string;
  readonly #end = Promise.withResolvers<AttemptEnd>();
  readonly #membership: Membership | undefined;
  #task: RunningTask | undefined;
  #health: InstanceHealth | undefined;
  #sequence: StopSequence | undefined;
  #stopping = false;
  #onRequest = false;
  #hurries = 0;

  constructor(options: AttemptOptions) {
    const { spec, context } = options;
    this.#options = options;
    this.#name = formatInstanceKey(spec.key);
    this.#membership = Membership.of(spec, context, (report) => {
      options.report.onAnnouncement(report);
      options.onChange();
    });
    this.ended = this.#end.promise;
  }

  get health(): InstanceHealth | undefined {
    return this.#health;
  }

  /** @param task what it runs; nothing, where something else does. */
  begin(task: RunningTask | undefined): void {
    this.#task = task;
    if (task !== undefined) {
      this.#options.report.onRunning(task);
      // One that was gone on with may not change for long.
      this.#options.report.onTask(task.snapshot);
      void task.ended.then(({ onRequest }) => {
        this.#onRequest ||= onRequest;
        // One that ends by itself has nothing left to wait for; one we stop is waited for in #takeDown.
        if (!this.#stopping) void this.#takeDown(undefined);
      });
    }
    this.#startChecks();
    this.decide();
  }

  /** Takes it down in order. */
  stop(): void {
    this.#onRequest = true;
    if (!this.#stopping) void this.#takeDown(undefined);
  }

  /** Waits for less, and for nothing when it is told again. For one that is stopping already. */
  hurry(): void {
    this.#hurries += 1;
    this.#sequence?.hurry();
  }

  /** Joins or leaves the ServerSet as the facts of this moment say. */
  decide(): void {
    if (this.#stopping) return;
    const { report, claimed, context } = this.#options;
    const wanted = mayAnnounce({
      taskState: report.taskState,
      health: this.#health?.readiness ?? report.health.state,
      claimed: claimed(),
      stopping: this.#stopping,
      immediately: context.settings.announceImmediately,
    });
    this.#membership?.want(wanted);
  }

  #startChecks(): void {
    const { context, report, spec, checks, onChange } = this.#options;
    const { settings, log, health } = context;
    if (checks.length === 0) {
      log.tell("health", "not checked: it has no port named health", this.#name);
      return;
    }
    if (this.#stopping || isTerminal(report.taskState)) return;
    this.#health = health.watch({
      instance: this.#name,
      checks,
      ...snoozeFileOf(spec, settings),
      onReport: (found) => {
        report.onHealth(found);
        onChange();
      },
      onSnooze: (text) => log.tell("health", text, this.#name),
      onFail: (reason) => this.fail(reason),
    });
  }

  /** Takes it down in order, and it has FAILED: its health, or the disk it takes, says so. */
  fail(reason: string): void {
    if (this.#stopping) return;
    this.#options.context.log.warn("task", `the task fails: ${reason}`, this.#name);
    void this.#takeDown(reason);
  }

  async #takeDown(failure: string | undefined): Promise<void> {
    this.#stopping = true;
    const { spec, report, context, onChange } = this.#options;
    const task = this.#task;
    // A process that follows a request to stop is not to be started again, nor its exit status to be the verdict.
    task?.quit(failure);
    await this.#health?.stop();
    const { settings, log, probes } = context;
    const { clock } = settings;
    const membership = this.#membership;
    this.#sequence = startStop({
      plan: planStop({
        announced: membership?.isIn ?? false,
        lifecycle: spec.lifecycle,
        ports: spec.ports,
        finalizationWaitSecs: spec.run?.task.finalization_wait,
      }),
      clock,
      leave: async (signal) => await membership?.leave(signal),
      post: (request, signal) => postStop(request, { http: probes.dispatcher, signal }),
      killTask: () => (failure === undefined ? task?.kill() : task?.fail(failure)),
      hurryTask: () => task?.hurry(),
      taskEnded: task?.ended,
      onStep: (entry, timeline) => {
        const sentence = stopSentence(entry);
        if (sentence !== undefined && entry.outcome?.kind === "failed")
          log.warn("stop", sentence, this.#name);
        else if (sentence !== undefined) log.tell("stop", sentence, this.#name);
        report.onStopping(stopReport(timeline, clock.wallTime() - clock.now()));
        onChange();
      },
    });
    for (let count = 0; count < this.#hurries; count++) this.#sequence.hurry();
    await this.#sequence.done;
    this.#membership?.close();
    const { taskState, taskReason } = report;
    this.#end.resolve({ taskState, reason: taskReason, onRequest: this.#onRequest });
  }
}
