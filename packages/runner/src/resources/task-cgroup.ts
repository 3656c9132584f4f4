import { dirname, join } from "node:path";
import { isErrno, reasonOf } from "../errors.ts";
import { removeCgroup } from "./cgroup-files.ts";
import type { Enforceable } from "./cgroup-mounts.ts";
import { type CgroupPlace, oomKills, processCount, usedCpuMs, usedRamBytes } from "./cgroup-place.ts";
import { endCgroup } from "./end-cgroup.ts";
import { ProcUse, type Reading } from "./proc-use.ts";
import { type NotEnforced, type ResourceHost, removeHome } from "./resource-host.ts";
import type { ResourceUse } from "./resources.ts";

// The kernel lets go of a cgroup some time after its last process has ended.
const REMOVE_DEADLINE_MS = 2_000;
const REMOVE_POLL_MS = 10;

export interface TaskCgroupFacts {
  readonly host: ResourceHost;
  readonly places: readonly CgroupPlace[];
  readonly enforced: readonly Enforceable[];
  readonly notEnforced: readonly NotEnforced[];
  /** The task's runs: asked for what no cgroup counts. */
  readonly pids: () => readonly number[];
}

/** What counts and limits all of a task's processes, wherever they have gone: one cgroup in each hierarchy, or none. */
export class TaskCgroup {
  readonly enforced: readonly Enforceable[];
  readonly notEnforced: readonly NotEnforced[];
  readonly #places: readonly CgroupPlace[];
  readonly #host: ResourceHost;
  readonly #procUse: ProcUse;
  #last: (Reading & { readonly cpu?: number }) | undefined;

  constructor({ host, places, enforced, notEnforced, pids }: TaskCgroupFacts) {
    this.#host = host;
    this.#places = places;
    this.enforced = enforced;
    this.notEnforced = notEnforced;
    this.#procUse = new ProcUse(pids, host.processTable);
  }

  /** To be kept for `openTaskCgroup`: an executor that was started from elsewhere would make them elsewhere. */
  get directories(): readonly string[] {
    return this.#places.map(({ directory }) => directory);
  }

  /** The files that a process writes itself to before it is executed. */
  get procs(): readonly string[] {
    return this.directories.map((directory) => join(directory, "cgroup.procs"));
  }

  /** One at a time. The first has no `cpu`: there is nothing yet to compare with. */
  async sample(): Promise<ResourceUse> {
    const reading = await this.#read();
    // The table of processes may be the one of last time: then the rate is as well.
    if (this.#last === undefined || reading.at > this.#last.at) {
      this.#last = { ...reading, ...cpuSince(this.#last, reading) };
    }
    return { ...this.#last, at: this.#host.clock.wallTime() };
  }

  /** How often the kernel ended a process here because the task had no memory left. */
  oomKills(): Promise<number> {
    return oomKills(this.#places);
  }

  /**
   * SIGKILLs all that is in it, whatever session or parent it has, and waits for its end, but not for ever.
   *
   * @returns what is left, as a sentence
   */
  async kill(): Promise<string | undefined> {
    const left = await endCgroup(this.directories, this.#host.clock);
    return left.length === 0 ? undefined : `Processes that could not be ended: ${left.join(", ")}`;
  }

  /** @returns why it could not be removed, as a sentence */
  async remove(): Promise<string | undefined> {
    const givenUpAt = this.#host.clock.now() + REMOVE_DEADLINE_MS;
    const problems: string[] = [];
    for (const directory of this.directories) {
      try {
        await this.#removeWhenEmpty(directory, givenUpAt);
        await removeHome(dirname(directory));
      } catch (error) {
        problems.push(`The cgroup ${directory} could not be removed: ${reasonOf(error)}`);
      }
    }
    return problems.length === 0 ? undefined : problems.join("; ");
  }

  async #removeWhenEmpty(directory: string, givenUpAt: number): Promise<void> {
    const { clock } = this.#host;
    for (;;) {
      try {
        return await removeCgroup(directory);
      } catch (error) {
        if (!isErrno(error, "EBUSY") || clock.now() >= givenUpAt) throw error;
      }
      await clock.sleep(REMOVE_POLL_MS);
    }
  }

  async #read(): Promise<Reading> {
    const at = this.#host.clock.now();
    const [cpuMs, ramBytes, processes] = await Promise.all([
      usedCpuMs(this.#places),
      usedRamBytes(this.#places),
      processCount(this.#places),
    ]);
    if (cpuMs !== undefined && ramBytes !== undefined && processes !== undefined) {
      return { at, cpuMs, ramBytes, processes };
    }
    const estimate = await this.#procUse.read();
    return {
      at: cpuMs === undefined ? estimate.at : at,
      cpuMs: cpuMs ?? estimate.cpuMs,
      ramBytes: ramBytes ?? estimate.ramBytes,
      processes: processes ?? estimate.processes,
    };
  }
}

function cpuSince(last: Reading | undefined, { at, cpuMs }: Reading): { readonly cpu?: number } {
  return last === undefined ? {} : { cpu: Math.max(0, cpuMs - last.cpuMs) / (at - last.at) };
}
