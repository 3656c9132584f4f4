import type { SetWatchOptions } from "./set-watch.ts";
import { SetWatcher } from "./set-watcher.ts";
import type { Connection } from "./zookeeper/connection.ts";
import type { ZooKeeperSession } from "./zookeeper/session-supervisor.ts";

/** So many sets are read in full at a time: a reconnection with ten thousands of them must not flood the server. */
const MOST_LOADING = 64;

const ofSession = new WeakMap<ZooKeeperSession, WatchedSets>();

export function watchedSetsOf(session: ZooKeeperSession): WatchedSets {
  const known = ofSession.get(session);
  if (known !== undefined) return known;
  const made = new WatchedSets(session);
  ofSession.set(session, made);
  return made;
}

/**
 * The sets that are followed through one session: one watcher for each path, whoever shares it. The session brings
 * each the notifications of its path, and loads wait in one row.
 */
export class WatchedSets {
  readonly #session: ZooKeeperSession;
  readonly #watchers = new Map<string, SetWatcher>();
  readonly #waiting = new Set<SetWatcher>();
  readonly #loading = new Set<SetWatcher>();
  #connection: Connection | undefined;
  #stopFollowing: () => void = () => {};
  readonly #unsubscribe = new Map<SetWatcher, () => void>();

  constructor(session: ZooKeeperSession) {
    this.#session = session;
  }

  get size(): number {
    return this.#watchers.size;
  }

  /** The watcher of a set, made when nobody follows it yet. Options that differ make another one. */
  join(options: SetWatchOptions): SetWatcher {
    const key = keyOf(options);
    const known = this.#watchers.get(key);
    if (known !== undefined) return known;
    if (this.#watchers.size === 0) this.#begin();
    const watcher: SetWatcher = new SetWatcher({
      ...options,
      session: this.#session,
      random: this.#session.random,
      onSettled: () => this.#settled(watcher),
      onRetry: () => this.#enqueue(watcher),
    });
    this.#watchers.set(key, watcher);
    const stop = this.#session.onNotificationAt(options.path, (each) => watcher.notified(each));
    this.#unsubscribe.set(watcher, stop);
    if (this.#connection !== undefined) this.#enqueue(watcher);
    return watcher;
  }

  /** Ends the watcher when nobody follows it any more. */
  leave(options: SetWatchOptions): void {
    const key = keyOf(options);
    const watcher = this.#watchers.get(key);
    if (watcher === undefined || watcher.followers.size > 0) return;
    this.#watchers.delete(key);
    this.#unsubscribe.get(watcher)?.();
    this.#unsubscribe.delete(watcher);
    watcher.close();
    this.#waiting.delete(watcher);
    this.#settled(watcher);
    if (this.#watchers.size === 0) this.#end();
  }

  #begin(): void {
    this.#stopFollowing = this.#session.subscribe(() => this.#follow());
    this.#connection = this.#session.current?.connection;
  }

  #end(): void {
    this.#stopFollowing();
    this.#connection = undefined;
  }

  #follow(): void {
    const connection = this.#session.current?.connection;
    const { state, error } = this.#session.status;
    if (connection === this.#connection && state !== "closed") return;
    const hadOne = this.#connection !== undefined;
    this.#connection = connection;
    this.#waiting.clear();
    this.#loading.clear();
    const reason = error ?? (state === "closed" ? "the session was closed" : "the connection was lost");
    for (const watcher of [...this.#watchers.values()]) {
      if (hadOne) watcher.disconnected(reason);
      if (connection !== undefined) this.#enqueue(watcher);
      if (state === "closed") watcher.sessionClosed();
    }
  }

  #enqueue(watcher: SetWatcher): void {
    this.#waiting.add(watcher);
    this.#admit();
  }

  #settled(watcher: SetWatcher): void {
    this.#loading.delete(watcher);
    this.#admit();
  }

  #admit(): void {
    for (const watcher of this.#waiting) {
      const { current } = this.#session;
      if (current === undefined || this.#loading.size >= MOST_LOADING) return;
      this.#waiting.delete(watcher);
      this.#loading.add(watcher);
      watcher.load(current);
    }
  }
}

function keyOf({ path, weights, mostMembers, resyncMs }: SetWatchOptions): string {
  return JSON.stringify([path, weights, mostMembers ?? null, resyncMs ?? null]);
}
