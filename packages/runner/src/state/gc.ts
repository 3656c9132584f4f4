import { lstat, readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Clock } from "@borealis/clock";
import { checkpointPath } from "../checkpoint/checkpoint-file.ts";
import { reasonOf } from "../errors.ts";
import { diskUse } from "./disk-use.ts";
import { chooseGarbage, type GarbageRules, type Remains } from "./garbage.ts";
import { removeAllBut, removeTree } from "./remove.ts";
import { finishedTask, listTaskIds, listTasks, sandboxesPath, sandboxPath } from "./state-directory.ts";

export interface GarbagePolicy extends GarbageRules {
  /** Only of these; nothing else is looked at. */
  readonly only?: ReadonlySet<string>;
  /** What stays of a task that goes. */
  readonly keepLogs?: boolean;
  /** Its checkpoint. */
  readonly keepMetadata?: boolean;
  readonly keepSandbox?: boolean;
  /** Tells what it would do. */
  readonly dryRun?: boolean;
  /** Tasks of which something goes in one round. */
  readonly maxRemovals?: number;
}

export interface GarbageReport {
  readonly removed: readonly Remains[];
  /** What they took, or would free. */
  readonly bytes: number;
  /** Of these something is still there. */
  readonly failed: readonly { readonly taskId: string; readonly why: string }[];
  /** To be removed by further rounds. */
  readonly left: number;
}

const LOGS = ".logs";
const MAX_REMOVALS = 100;

/**
 * Takes away what tasks that have ended left, never what is of an active one.
 *
 * A sandbox goes before its task's directory: when we are killed in between, the next round finds the rest.
 */
export class GarbageCollector {
  readonly #state: string;
  readonly #clock: Clock;
  /** Remains do not change: looked through once. */
  readonly #sizes = new Map<string, number>();
  /** What could not be removed is tried again, after all that was not tried yet. */
  readonly #stubborn = new Set<string>();

  constructor(stateDirectory: string, clock: Clock) {
    this.#state = resolve(stateDirectory);
    this.#clock = clock;
  }

  /** One round; when it is aborted, as far as it came. @throws RunnerError STATE_DIRECTORY */
  async collect(policy: GarbagePolicy, signal?: AbortSignal): Promise<GarbageReport> {
    const removed: Remains[] = [];
    const failed: { taskId: string; why: string }[] = [];
    let garbage: Remains[] = [];
    try {
      garbage = await this.#choose(policy, signal);
      for (const one of garbage.slice(0, policy.maxRemovals ?? MAX_REMOVALS)) {
        signal?.throwIfAborted();
        const bytes = await this.#size(one.taskId, policy, signal);
        const why = policy.dryRun ? undefined : await this.#remove(one.taskId, policy, signal);
        if (why === undefined) removed.push({ ...one, bytes });
        else failed.push({ taskId: one.taskId, why });
      }
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
    for (const { taskId } of failed) {
      this.#stubborn.add(taskId);
      this.#sizes.delete(keyOf(taskId, policy));
    }
    const bytes = removed.reduce((sum, one) => sum + one.bytes, 0);
    return { removed, bytes, failed, left: garbage.length - removed.length };
  }

  async #choose(policy: GarbagePolicy, signal: AbortSignal | undefined): Promise<Remains[]> {
    const remains = await this.#remains(policy, signal);
    const known = new Set(remains.map(({ taskId }) => keyOf(taskId, policy)));
    for (const key of this.#sizes.keys()) if (!known.has(key)) this.#sizes.delete(key);
    const ids = new Set(remains.map(({ taskId }) => taskId));
    for (const taskId of this.#stubborn) if (!ids.has(taskId)) this.#stubborn.delete(taskId);
    const garbage = chooseGarbage(remains, policy, this.#clock.wallTime());
    const isStubborn = ({ taskId }: Remains) => this.#stubborn.has(taskId);
    return [...garbage.filter((one) => !isStubborn(one)), ...garbage.filter(isStubborn)];
  }

  async #remains(policy: GarbagePolicy, signal: AbortSignal | undefined): Promise<Remains[]> {
    // In this order: the task of a sandbox that is in the list is in one of the next two.
    const sandboxes = new Set(await listTaskIds(sandboxesPath(this.#state)));
    const active = new Set((await listTasks(this.#state, { active: true })).map(({ taskId }) => taskId));
    const finished = (await listTasks(this.#state, { finished: true })).map(({ taskId }) => taskId);
    const known = new Set([...active, ...finished]);
    const orphans = [...sandboxes].filter((taskId) => !known.has(taskId));

    const remains: Remains[] = [];
    for (const taskId of [...finished, ...orphans]) {
      signal?.throwIfAborted();
      if (active.has(taskId) || policy.only?.has(taskId) === false) continue;
      const orphan = !known.has(taskId);
      const goes = (!orphan && !policy.keepMetadata) || (await this.#sandboxGoes(taskId, sandboxes, policy));
      const endedAt = goes ? await this.#endOf(taskId, orphan) : undefined;
      if (endedAt === undefined) continue;
      const bytes = policy.maxBytes === undefined ? 0 : await this.#size(taskId, policy, signal);
      remains.push({ taskId, endedAt, bytes, orphan });
    }
    return remains;
  }

  /** Whether there is anything in it that may go. */
  async #sandboxGoes(
    taskId: string,
    sandboxes: ReadonlySet<string>,
    policy: GarbagePolicy,
  ): Promise<boolean> {
    if (policy.keepSandbox || !sandboxes.has(taskId)) return false;
    if (!policy.keepLogs) return true;
    const names = await readdir(sandboxPath(this.#state, taskId)).catch(() => []);
    return names.some((name) => name !== LOGS);
  }

  /** Undefined when somebody else removed it meanwhile. */
  async #endOf(taskId: string, orphan: boolean): Promise<number | undefined> {
    // The end of a task is the last thing in its checkpoint. The user of a sandbox can set its mtime, not its ctime.
    if (orphan) return lstat(sandboxPath(this.#state, taskId)).then((stat) => stat.ctimeMs, nothing);
    const directory = finishedTask(this.#state, taskId);
    const stat = await lstat(checkpointPath(directory)).catch(() => lstat(directory).catch(nothing));
    return stat?.mtimeMs;
  }

  async #size(taskId: string, policy: GarbagePolicy, signal: AbortSignal | undefined): Promise<number> {
    const key = keyOf(taskId, policy);
    const known = this.#sizes.get(key);
    if (known !== undefined) return known;
    const sandbox = sandboxPath(this.#state, taskId);
    const all = [
      ...(policy.keepSandbox ? [] : [sandbox]),
      ...(policy.keepMetadata ? [] : [finishedTask(this.#state, taskId)]),
    ];
    const stays = policy.keepLogs && !policy.keepSandbox ? await this.#sizeOfLogs(sandbox, signal) : 0;
    const size = Math.max(0, (await diskUse(all, signal)) - stays);
    this.#sizes.set(key, size);
    return size;
  }

  /** With the directory that they stay in. */
  async #sizeOfLogs(sandbox: string, signal: AbortSignal | undefined): Promise<number> {
    const blocks = await lstat(sandbox).then(
      (stat) => stat.blocks,
      () => 0,
    );
    return blocks * 512 + (await diskUse(join(sandbox, LOGS), signal));
  }

  /** Why something is left, if it is. */
  async #remove(taskId: string, policy: GarbagePolicy, signal?: AbortSignal): Promise<string | undefined> {
    const sandbox = sandboxPath(this.#state, taskId);
    const isThere = (await lstat(sandbox).catch(nothing)) !== undefined;
    if (isThere && !policy.keepSandbox) {
      const why = policy.keepLogs
        ? await removeAllBut(LOGS, sandbox, signal)
        : await removeTree(sandbox, signal);
      if (why !== undefined) return why;
    }
    if (policy.keepMetadata) return undefined;
    // Ours alone, and flat: nobody but executors could put anything in it.
    const removal = rm(finishedTask(this.#state, taskId), { recursive: true, force: true });
    return removal.then(nothing, reasonOf);
  }
}

/** What would be freed depends on what is kept. */
function keyOf(taskId: string, { keepLogs, keepMetadata, keepSandbox }: GarbagePolicy): string {
  return `${taskId} ${Number(keepLogs ?? false)}${Number(keepMetadata ?? false)}${Number(keepSandbox ?? false)}`;
}

function nothing(): undefined {}
