import type { SetWatchOptions } from "./set-watch.ts";
import { SetWatcher } from "./set-watcher.ts";
import type { Connection, Notification } from "./zookeeper/connection.ts";
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
 * The sets that are followed through one session: one watcher for each path, whoever shares it. One listener for all of
 * them routes notifications by path, and loads wait in one row.
 */
export class WatchedSets {
  readonly #session: ZooKeeperSession;
  readonly #watchers = new Map<string, SetWatcher>();
  /** A path can have two watchers, one with weights and one without. */
  readonly #byPath = new Map<string, Set<SetWatcher>>();
  readonly #waiting = new Set<SetWatcher>();
  readonly #loading = new Set<SetWatcher>();
  #connection: Connection | undefined;
  #unsubscribe: (() => void)[] = [];

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
    });
    this.#watchers.set(key, watcher);
    this.#byPath.set(options.path, (this.#byPath.get(options.path) ?? new Set()).add(watcher));
    if (this.#connection !== undefined) this.#enqueue(watcher);
    return watcher;
  }

  /** Ends the watcher when nobody follows it any more. */
  leave(options: SetWatchOptions): void {
    const key = keyOf(options);
    const watcher = this.#watchers.get(key);
    if (watcher === undefined || watcher.followers.size > 0) return;
    this.#watchers.delete(key);
    const others = this.#byPath.get(options.path);
    others?.delete(watcher);
    if (others?.size === 0) this.#byPath.delete(options.path);
    watcher.close();
    this.#waiting.delete(watcher);
    this.#settled(watcher);
    if (this.#watchers.size === 0) this.#end();
  }

  #begin(): void {
    this.#unsubscribe = [
      this.#session.subscribe(() => this.#follow()),
      this.#session.onNotification((notification) => this.#route(notification)),
    ];
    this.#connection = this.#session.current?.connection;
  }

  #end(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#unsubscribe = [];
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

  #route(notification: Notification): void {
    const { path } = notification;
    for (const watcher of this.#byPath.get(path) ?? []) watcher.notified(notification);
    const end = path.lastIndexOf("/");
    if (path === "/") return;
    for (const watcher of this.#byPath.get(path.slice(0, end) || "/") ?? []) watcher.notified(notification);
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
      watcher.connected(current);
    }
  }
}

function keyOf({ path, weights, mostMembers, resyncMs }: SetWatchOptions): string {
  return JSON.stringify([path, weights, mostMembers ?? null, resyncMs ?? null]);
}
