import { asUser } from "@borealis/processes";
import type { Process, TaskState } from "@borealis/schema";
import { bootId } from "../boot.ts";
import type { Checkpoint } from "../checkpoint/checkpoint-file.ts";
import { type Exit, isLive } from "../core/process-run.ts";
import { resume } from "../core/resume.ts";
import type { TaskMachine } from "../core/task.ts";
import type { TaskEffect } from "../core/task-event.ts";
import type { Keeper, RunNews } from "../keeper/keeper.ts";
import { environmentOf, logsOf } from "../keeper/run-files.ts";
import { keyOf } from "../keeper/run-ledger.ts";
import { finishTask } from "../state/state-directory.ts";
import type { NewsBox, TaskNews } from "./news-box.ts";
import { outputPlans } from "./output-plan.ts";
import { TaskLoop } from "./task-loop.ts";
import { TaskReports } from "./task-reports.ts";
import type { TaskUse } from "./task-resources.ts";
import type {
  RunnerContext,
  RunningTask,
  TaskEnd,
  TaskListener,
  TaskSnapshot,
  TaskSpec,
} from "./task-spec.ts";

export interface TaskParts {
  readonly spec: TaskSpec;
  readonly directory: string;
  readonly sandbox: string;
  readonly startedAt: number;
  readonly checkpoint: Checkpoint;
  readonly machine: TaskMachine;
  readonly now: () => number;
  readonly use: TaskUse;
  readonly adopted: boolean;
  /** Whose news are in the box. */
  readonly keeper: Keeper;
  readonly news: NewsBox;
}

/**
 * Runs one task, a new one or one that an earlier executor left: the machine of core/task.ts decides, this does.
 * Its processes belong to their keepers: they go on when this program does not.
 *
 * A terminal state is published only when nothing of the task is left: who reads SUCCESS may reuse the sandbox.
 */
export class TaskRunner implements RunningTask {
  readonly taskId: string;
  readonly adopted: boolean;
  readonly sandbox: string;
  readonly startedAt: number;
  readonly ended: Promise<TaskEnd>;
  readonly #end = Promise.withResolvers<TaskEnd>();
  readonly #parts: TaskParts;
  readonly #context: RunnerContext;
  readonly #listener: TaskListener;
  readonly #loop: TaskLoop;
  readonly #reports: TaskReports;
  readonly #processes: ReadonlyMap<string, Process>;
  /** Runs whose end we have not heard of. */
  readonly #open = new Set<string>();
  #onRequest = false;
  #ending: { readonly taskState: TaskState; readonly reason: string } | undefined;
  #finishing = false;
  #detached = false;

  constructor(parts: TaskParts, context: RunnerContext, listener: TaskListener) {
    this.#parts = parts;
    this.#context = context;
    this.#listener = listener;
    this.taskId = parts.spec.taskId;
    this.adopted = parts.adopted;
    this.sandbox = parts.sandbox;
    this.startedAt = parts.startedAt;
    this.ended = this.#end.promise;
    this.#processes = new Map(parts.spec.task.processes.map((process) => [process.name, process]));
    this.#loop = new TaskLoop({
      machine: parts.machine,
      lastAt: parts.checkpoint.lastAt,
      clock: context.clock,
      now: parts.now,
      append: (record) => parts.checkpoint.append(record),
      perform: (effect) => this.#perform(effect),
      onStep: () => this.#reports.changed(),
    });
    this.#reports = new TaskReports({
      clock: context.clock,
      machine: () => this.#loop.machine,
      tell: (snapshot) => listener.onChange(snapshot),
    });
    parts.checkpoint.attach({
      clock: context.clock,
      snapshotNow: () => this.#loop.machine,
      onProblem: listener.onProblem,
      onRecovered: () =>
        listener.onProblem("its checkpoint can be written again, and nothing of it was lost"),
    });
  }

  begin(): void {
    const { checkpoint, now, news, use, keeper } = this.#parts;
    for (const { name, run, ...process } of this.#loop.machine.processes) {
      // One that was given up at the end may not have felt its SIGKILL yet; one that was never launched has no end.
      const mayRun = isLive({ name, run, ...process }) || (process.abandoned && keeper.launched(name, run));
      if (mayRun) this.#open.add(keyOf(name, run));
    }
    // What ended while nobody was there comes before what is to be done now.
    const earlier = news.open((one) => this.#hear(one));
    for (const one of earlier) this.#hear(one, typeof one === "string" ? undefined : one.at);
    checkpoint.append({ at: now(), executor: { pid: process.pid, bootId: bootId() } });
    for (const effect of resume(this.#loop.machine)) this.#perform(effect);
    this.#endQuitting();
    // A turn later: whoever waits for us may want nothing of it started.
    setImmediate(() => {
      this.#reports.open();
      this.#loop.take({ type: "tick" });
    });
    use.pids = () => this.#pids();
    use.follow({
      onReport: (report) => this.#listener.onResources?.(report),
      onOver: (reason) => (this.#listener.onOverDisk ?? ((why) => this.fail(why)))(reason),
      onProblem: this.#listener.onProblem,
    });
  }

  /** Whoever asked it to quit was killed before it could insist. */
  #endQuitting(): void {
    const { stage, verdict } = this.#loop.machine;
    if (stage !== "ACTIVE" || verdict === undefined) return;
    if (verdict.taskState === "FAILED") this.fail(verdict.reason);
    else this.kill();
  }

  /** Of its runs' shells. */
  #pids(): readonly number[] {
    return this.#loop.machine.processes.flatMap((process) => (isLive(process) ? (process.pid ?? []) : []));
  }

  get snapshot(): TaskSnapshot {
    return this.#reports.snapshot;
  }

  quit(failure?: string): void {
    this.#loop.take(failure === undefined ? { type: "quit" } : { type: "quit", failure });
  }

  kill(): void {
    this.#loop.take({ type: "kill" });
  }

  fail(reason: string): void {
    this.#loop.take({ type: "fail", reason });
  }

  hurry(): void {
    this.#loop.take({ type: "hurry" });
  }

  detach(): void {
    this.#detached = true;
    this.#release();
    this.#parts.checkpoint.close();
  }

  #hear(news: TaskNews, at?: number): void {
    if (news === "kill") {
      this.#onRequest = true;
      if (this.#listener.onKillRequest === undefined) this.kill();
      else setImmediate(this.#listener.onKillRequest);
      return;
    }
    if (news === "taken") return this.#giveUp();
    const { process, run } = news;
    switch (news.type) {
      case "started":
        this.#loop.take({ type: "started", process, run, pid: news.pid }, at);
        return;
      case "startFailed":
        this.#loop.take({ type: "startFailed", process, run, reason: news.reason }, at);
        break;
      case "exited":
        if (news.leftBehind !== undefined) this.#listener.onProblem(news.leftBehind);
        if (mayHaveLackedMemory(news.exit)) {
          void this.#hearKilled(news, at);
          return;
        }
        this.#loop.take({ type: "exited", process, run, exit: news.exit }, at);
        break;
      case "lost":
        this.#loop.take({ type: "lost", process, run, reason: news.reason }, at);
    }
    this.#over(process, run);
  }

  /** Another executor goes on with it: two that write one checkpoint would spoil it for both. */
  #giveUp(): void {
    const reason = "another executor has taken the task over";
    this.#reports.end("LOST", reason);
    this.detach();
    this.#end.resolve({ taskState: "LOST", reason, onRequest: true });
  }

  /** The kernel's own SIGKILL, for want of memory, is a failure; anybody else's is not. */
  async #hearKilled({ process, run, exit }: RunNews & { type: "exited" }, at?: number): Promise<void> {
    const outOfMemory = await this.#parts.use.whyKilled();
    if (outOfMemory !== undefined)
      this.#listener.onProblem(`run ${run} of ${process} ended by the kernel: ${outOfMemory}`);
    const why = outOfMemory === undefined || "exitCode" in exit ? {} : { outOfMemory };
    this.#loop.take({ type: "exited", process, run, exit: { ...exit, ...why } }, at);
    this.#over(process, run);
  }

  #over(process: string, run: number): void {
    this.#open.delete(keyOf(process, run));
    this.#finishWhenEmpty();
  }

  #perform(effect: TaskEffect): void {
    switch (effect.type) {
      case "start":
        this.#start(effect.process, effect.run);
        break;
      case "signal":
        this.#parts.keeper.signal(effect.process, effect.run, effect.signal);
        break;
      case "stage":
        this.#reports.stage(effect.stage);
        break;
      case "ended":
        this.#ending = effect;
        this.#finishWhenEmpty();
    }
  }

  #start(name: string, run: number): void {
    const planned = this.#processes.get(name);
    if (planned === undefined) throw new Error(`the task has no process "${name}"`);
    const { keeper, spec, sandbox, use } = this.#parts;
    if (keeper.launched(name, run)) return;
    this.#open.add(keyOf(name, run));
    try {
      keeper.start({
        process: name,
        run,
        command: asUser(spec.runAs, ["/bin/bash", "-c", planned.cmdline]),
        directory: sandbox,
        environment: { ...environmentOf(sandbox, spec.user), ...spec.environment },
        ...outputPlans(planned.logger, logsOf(sandbox, name, run)),
        cgroups: use.cgroups,
      });
    } catch (error) {
      const reason = (error as Error).message;
      this.#hear({ type: "startFailed", process: name, run, at: this.#context.clock.wallTime(), reason });
    }
  }

  #finishWhenEmpty(): void {
    const ending = this.#ending;
    if (ending === undefined || this.#open.size > 0 || this.#detached || this.#finishing) return;
    this.#finishing = true;
    void this.#finish(ending);
  }

  async #finish({ taskState, reason }: { taskState: TaskState; reason: string }): Promise<void> {
    const { use, checkpoint } = this.#parts;
    const { stateDirectory } = this.#context;
    for (const problem of await use.end()) this.#listener.onProblem(problem);
    this.#release();
    checkpoint.close();
    try {
      await finishTask(stateDirectory, this.taskId);
    } catch (error) {
      this.#listener.onProblem(`can not be moved to the finished tasks: ${(error as Error).message}`);
    }
    this.#reports.end(taskState, reason);
    this.#end.resolve({ taskState, reason, onRequest: this.#onRequest });
  }

  #release(): void {
    this.#loop.stop();
    this.#reports.stop();
    this.#parts.use.stop();
    this.#parts.keeper.close();
  }
}

/** A shell tells of a child that was killed as it likes. */
function mayHaveLackedMemory(exit: Exit): boolean {
  return "exitCode" in exit ? exit.exitCode !== 0 : exit.signal === "SIGKILL";
}
