import { ServerSetError } from "./errors.ts";
import type { SetEntry } from "./member-reading.ts";
import { OnePerShard } from "./one-per-shard.ts";
import type { SetReadOptions } from "./set-query.ts";
import { SortedEntries, split, Weigher } from "./set-view.ts";
import type { SetWatchOptions } from "./set-watch.ts";
import type { SetFollower, SetWatcher } from "./set-watcher.ts";
import { type Snapshot, snapshotOf } from "./snapshot.ts";
import { Stabiliser, type StabiliserEvent } from "./stabiliser.ts";
import { watchedSetsOf } from "./watched-sets.ts";
import type { ZooKeeperSession } from "./zookeeper/session-supervisor.ts";

export interface WatchOptions extends SetReadOptions {
  /** Ends the watch. */
  readonly signal?: AbortSignal;
  /** A removal is told after so long, unless the member is back by then. Default 0. */
  readonly removeAfterMs?: number;
  /**
   * Holds removals for two session timeouts, with a `problem`, when more than half of the members and more than three go
   * within one session timeout, or when the set is found empty right after a new session. Default true.
   */
  readonly massRemovalGuard?: boolean;
  /** Without contact for so long the snapshot is `unusable`, with a `problem`. Default 300,000. */
  readonly probationMs?: number;
  /** Shows only the newest of several members with one shard. Default false. */
  readonly onePerShard?: boolean;
  /** How often all is read again in case a notification was lost, give or take a fifth. Default 300,000. */
  readonly resyncMs?: number;
}

/** What a consumer is given; `before` holds what it knew of each name that differs, `after` what is there now. */
export type Told =
  | { readonly type: "snapshot" | "stale" | "fresh"; readonly snapshot: Snapshot }
  | { readonly type: "change"; readonly differences: readonly Difference[]; readonly snapshot: Snapshot }
  | { readonly type: "problem"; readonly error: ServerSetError };

export interface Difference {
  readonly before: SetEntry | undefined;
  readonly after: SetEntry | undefined;
}

const DEFAULT_PROBATION_MS = 300_000;

/**
 * What one consumer has not been told yet, as differences to what it has: however slow it is, that is never more than
 * the members it knew and the members there are.
 */
export class SetSubscription implements SetFollower {
  readonly path: string;
  readonly #session: ZooKeeperSession;
  readonly #watchOptions: SetWatchOptions;
  readonly #watcher: SetWatcher;
  readonly #onNews: () => void;
  readonly #stabiliser: Stabiliser;
  readonly #filters: boolean;
  readonly #layers: {
    apply(changes: ReadonlyMap<string, SetEntry | undefined>): ReadonlyMap<string, SetEntry | undefined>;
  }[];
  readonly #view = new Map<string, SetEntry>();
  /** What the consumer was told last of each name that differs now. */
  readonly #untold = new Map<string, SetEntry | undefined>();
  readonly #unsorted = new Set<string>();
  readonly #sorted = new SortedEntries();
  #cancelWake: () => void = () => {};
  #toldOnce = false;
  #toldExists = false;
  #toldStale = false;
  #toldUnusable = false;
  #problem: ServerSetError | undefined;
  #closed = false;
  #exists = false;
  #revision = 0;
  #readAtMs = 0;
  #snapshot: Snapshot | undefined;

  /** `onNews` is called, in the midst of things, when `take` may have something. */
  constructor(session: ZooKeeperSession, path: string, options: WatchOptions, onNews: () => void) {
    this.path = path;
    this.#session = session;
    this.#onNews = onNews;
    const { weights = false, mostMembers, resyncMs } = options;
    this.#watchOptions = {
      path,
      weights,
      ...(mostMembers === undefined ? {} : { mostMembers }),
      ...(resyncMs === undefined ? {} : { resyncMs }),
    };
    this.#filters = weights || (options.onePerShard ?? false) || (options.removeAfterMs ?? 0) > 0;
    this.#stabiliser = new Stabiliser({
      removeAfterMs: options.removeAfterMs ?? 0,
      massRemovalGuard: options.massRemovalGuard ?? true,
      // The server may grant another one than was asked for before the first connection.
      sessionTimeoutMs: () => session.sessionTimeoutMs,
      probationMs: options.probationMs ?? DEFAULT_PROBATION_MS,
    });
    this.#layers = [...(weights ? [new Weigher()] : []), ...(options.onePerShard ? [new OnePerShard()] : [])];
    this.#watcher = watchedSetsOf(session).join(this.#watchOptions);
    this.#watcher.followers.add(this);
    const { entries, loaded, problem } = this.#watcher.watch;
    if (loaded) this.#show({ type: "changed", after: entries, newSession: false });
    if (this.#watcher.stale !== undefined) this.stale();
    if (problem !== undefined) this.problem(problem);
    if (session.status.state === "closed") this.closed();
  }

  /** The newest; undefined until the set has been read. */
  get current(): Snapshot | undefined {
    if (this.#revision === 0) return undefined;
    this.#snapshot ??= this.#makeSnapshot();
    return this.#snapshot;
  }

  /** Changes that no notification told and a resync found. */
  get lostUpdates(): number {
    return this.#watcher.watch.lostUpdates;
  }

  /** It shows what is in ZooKeeper as far as is known, and nothing else: nothing is held back or left out. */
  get isExact(): boolean {
    return !this.#filters && this.#stabiliser.held === 0;
  }

  /** How much waits to be told. */
  get untold(): number {
    return this.#untold.size;
  }

  /** What to tell next, merged with everything that came since the last; undefined when there is nothing. */
  take(): Told | undefined {
    if (this.#closed) return { type: "problem", error: sessionClosed(this.path) };
    const error = this.#problem;
    this.#problem = undefined;
    if (error !== undefined) return { type: "problem", error };
    const snapshot = this.current;
    if (snapshot === undefined) return undefined;
    if (!this.#toldOnce) {
      this.#toldOnce = true;
      this.#untold.clear();
      this.#toldExists = snapshot.exists;
      return { type: "snapshot", snapshot };
    }
    const change = this.#takeChange(snapshot);
    if (change !== undefined) return change;
    if (this.#toldStale !== snapshot.stale) {
      this.#toldStale = snapshot.stale;
      return { type: snapshot.stale ? "stale" : "fresh", snapshot };
    }
    const unusable = snapshot.unusable ?? false;
    if (this.#toldUnusable === unusable) return undefined;
    this.#toldUnusable = unusable;
    return unusable ? { type: "snapshot", snapshot } : undefined;
  }

  close(): void {
    this.#cancelWake();
    this.#watcher.followers.delete(this);
    watchedSetsOf(this.#session).leave(this.#watchOptions);
  }

  changed(before: ReadonlyMap<string, SetEntry | undefined>, newSession: boolean): void {
    const { entries, exists } = this.#watcher.watch;
    const all = this.#revision === 0;
    const after = new Map<string, SetEntry | undefined>();
    for (const name of all ? entries.keys() : before.keys()) after.set(name, entries.get(name));
    if (after.size === 0 && exists === this.#exists && !all) return;
    this.#show({ type: "changed", after, newSession });
  }

  stale(): void {
    this.#show({ type: "stale" });
  }

  fresh(): void {
    this.#show({ type: "fresh" });
  }

  problem(error: ServerSetError): void {
    this.#problem = error;
    this.#onNews();
  }

  closed(): void {
    this.#closed = true;
    this.#cancelWake();
    this.#onNews();
  }

  #takeChange(snapshot: Snapshot): Told | undefined {
    const names = [...this.#untold.keys()].sort();
    const differences = names
      .map((name) => ({ before: this.#untold.get(name), after: this.#view.get(name) }))
      .filter((each) => !areAlike(each));
    this.#untold.clear();
    if (differences.length === 0 && this.#toldExists === snapshot.exists) return undefined;
    this.#toldExists = snapshot.exists;
    return { type: "change", differences, snapshot };
  }

  #show(event: StabiliserEvent): void {
    const { clock } = this.#session;
    const { changes, problem, wakeAt } = this.#stabiliser.step(event, clock.now());
    this.#cancelWake();
    if (wakeAt !== undefined && !this.#closed) {
      this.#cancelWake = clock.after(wakeAt - clock.now(), () => this.#show({ type: "due" }));
    }
    let shown = changes;
    for (const layer of this.#layers) shown = layer.apply(shown);
    for (const [name, entry] of shown) this.#put(name, entry);
    // What is held back is shown as it was, and so is the set that it is in.
    this.#exists = this.#watcher.watch.exists || this.#stabiliser.held > 0;
    this.#snapshot = undefined;
    if (event.type === "changed" || shown.size > 0) this.#revision += 1;
    if (event.type === "changed" || event.type === "fresh") this.#readAtMs = clock.wallTime();
    if (problem !== undefined) {
      const code = event.type === "changed" ? "REMOVALS_HELD" : "CONNECTION_LOSS";
      this.#problem = new ServerSetError(code, `${this.path}: ${problem}`, { path: this.path });
    }
    this.#onNews();
  }

  #put(name: string, entry: SetEntry | undefined): void {
    const before = this.#view.get(name);
    if (before === entry) return;
    if (!this.#untold.has(name)) this.#untold.set(name, before);
    else if (this.#untold.get(name) === entry) this.#untold.delete(name);
    if (entry === undefined) this.#view.delete(name);
    else this.#view.set(name, entry);
    this.#unsorted.add(name);
  }

  #makeSnapshot(): Snapshot {
    this.#sorted.update(this.#unsorted, this.#view);
    this.#unsorted.clear();
    const { members, invalid } = split(this.#sorted.all);
    const { generation, zxid } = this.#watcher.watch;
    const { stale } = this.#watcher;
    return snapshotOf({
      path: this.path,
      exists: this.#exists,
      members,
      invalid,
      generation,
      revision: this.#revision,
      zxid,
      stale: stale !== undefined,
      ...(stale === undefined ? {} : { staleSinceMs: stale.sinceMs, staleReason: stale.reason }),
      ...(this.#stabiliser.unusable ? { unusable: true } : {}),
      readAtMs: this.#readAtMs,
    });
  }
}

/** Written anew, and as useless as before for the same reason. */
function areAlike({ before, after }: Difference): boolean {
  const was = before?.member;
  const is = after?.member;
  if (was === undefined || is === undefined || was.valid || is.valid) return false;
  return before?.czxid === after?.czxid && was.reason === is.reason;
}

function sessionClosed(path: string): ServerSetError {
  return new ServerSetError("CLOSED", "the ZooKeeper session was closed", { path });
}
