import type { Clock } from "@borealis/clock";
import type { ResourceReport, Task } from "@borealis/schema";
import { createTaskCgroup, openTaskCgroup } from "../resources/make-task-cgroup.ts";
import type { ResourceHost } from "../resources/resource-host.ts";
import { outOfMemory, resourceReport } from "../resources/resource-report.ts";
import type { ResourceLimits, ResourceUse } from "../resources/resources.ts";
import type { TaskCgroup } from "../resources/task-cgroup.ts";
import { watchDisk } from "../state/disk-watch.ts";

const FIRST_LOOK_MS = 1_000;
const MEGABYTE = 1024 ** 2;

export interface TaskUseListener {
  readonly onReport: (report: ResourceReport) => void;
  /** The task is to fail for it; a sentence. */
  readonly onOver: (reason: string) => void;
  readonly onProblem: (problem: string) => void;
}

interface TaskUseOptions {
  readonly taskId: string;
  readonly sandbox: string;
  readonly task: Task;
  readonly host: ResourceHost;
  readonly clock: Clock;
  readonly sampleMs: number;
  /** Where an earlier executor made its cgroups. */
  readonly cgroups: readonly string[];
}

/** What a task uses of its host, and what holds it to its limits. */
export class TaskUse {
  readonly #options: TaskUseOptions;
  readonly #cgroup: TaskCgroup;
  readonly #limits: ResourceLimits | undefined;
  #use: ResourceUse = { at: 0 };
  #watch: Disposable | undefined;
  #oomKills = 0;
  /** Of its runs; told by whoever knows them. */
  pids: () => readonly number[] = () => [];

  /** Makes the task's cgroups, or finds them again. Never throws: what can not be had is in the report. */
  static async of(options: TaskUseOptions): Promise<TaskUse> {
    const { host, taskId, task, cgroups } = options;
    const limits = limitsOf(task);
    let use: TaskUse | undefined;
    const pids = () => use?.pids() ?? [];
    const found = await openTaskCgroup(host, taskId, pids, cgroups);
    const cgroup =
      found ??
      (limits === undefined
        ? await createTaskCgroup({ ...host, enforce: false }, taskId, UNLIMITED, pids)
        : await createTaskCgroup(host, taskId, limits, pids));
    use = new TaskUse(options, cgroup, limits);
    // Those of before are no reason for what is to come.
    use.#oomKills = await cgroup.oomKills().catch(() => 0);
    return use;
  }

  private constructor(options: TaskUseOptions, cgroup: TaskCgroup, limits: ResourceLimits | undefined) {
    this.#options = options;
    this.#cgroup = cgroup;
    this.#limits = limits;
  }

  /** `cgroup.procs` files that its processes join. */
  get cgroups(): readonly string[] {
    return this.#cgroup.procs;
  }

  get directories(): readonly string[] {
    return this.#cgroup.directories;
  }

  /** Disk use is looked at first, as it is what costs; the rest is read along with it. */
  follow({ onReport, onOver, onProblem }: TaskUseListener): void {
    const { sandbox, clock, sampleMs } = this.#options;
    const limits = this.#limits;
    this.#watch = watchDisk({
      directory: sandbox,
      clock,
      intervalMs: sampleMs,
      // A look costs as much as a short task takes.
      delayMs: Math.min(sampleMs, FIRST_LOOK_MS),
      onProblem,
      ...(limits === undefined ? {} : { limitBytes: limits.diskBytes }),
      onSample: (diskBytes) => void this.#sample(diskBytes, onReport),
      onOver: (bytes) => onOver(overDisk(bytes, limits?.diskBytes ?? 0)),
    });
  }

  /** Asked when a run was ended by SIGKILL. @returns a sentence when it was the kernel, for want of memory */
  async whyKilled(): Promise<string | undefined> {
    const oomKills = await this.#cgroup.oomKills().catch(() => 0);
    if (oomKills <= this.#oomKills || this.#limits === undefined) return undefined;
    this.#oomKills = oomKills;
    return outOfMemory(this.#limits, this.#cgroup);
  }

  /** No more reports. */
  stop(): void {
    this.#watch?.[Symbol.dispose]();
  }

  /** Ends what is left in its cgroups, and removes them. @returns what could not be done, in sentences */
  async end(): Promise<readonly string[]> {
    this.stop();
    const problems = [await this.#cgroup.kill(), await this.#cgroup.remove()];
    return problems.filter((problem) => problem !== undefined);
  }

  async #sample(diskBytes: number, onReport: TaskUseListener["onReport"]): Promise<void> {
    try {
      this.#use = { ...(await this.#cgroup.sample()), diskBytes };
    } catch {
      // Its cgroup went while it was read.
      return;
    }
    onReport(
      this.#limits === undefined
        ? unlimited(this.#use)
        : resourceReport(this.#use, this.#limits, this.#cgroup),
    );
  }
}

const UNLIMITED: ResourceLimits = {
  cpu: Number.POSITIVE_INFINITY,
  ramBytes: Number.POSITIVE_INFINITY,
  diskBytes: Number.POSITIVE_INFINITY,
};

function unlimited(use: ResourceUse): ResourceReport {
  const { limits: _, notEnforced: __, ...report } = resourceReport(use, UNLIMITED, { notEnforced: [] });
  return report;
}

function limitsOf({ resources }: Task): ResourceLimits | undefined {
  if (resources === undefined) return undefined;
  return { cpu: resources.cpu, ramBytes: resources.ram, diskBytes: resources.disk };
}

function overDisk(bytes: number, limit: number): string {
  const [used, allowed] = [bytes, limit].map((value) => (value / MEGABYTE).toFixed(1));
  return `disk: its sandbox uses ${used} MB, and ${allowed} MB is its limit`;
}
