import { readMany } from "./batched-reads.ts";
import { isCode, ServerSetError } from "./errors.ts";
import type { SetEntry } from "./member-reading.ts";
import { isOld, rememberOld } from "./old-servers.ts";
import { type ListedSet, listSet, newestIn } from "./set-query.ts";
import {
  SetWatch,
  type SetWatchEffect,
  type SetWatchEvent,
  type SetWatchMode,
  type SetWatchOptions,
  type SetWatchTimer,
} from "./set-watch.ts";
import { joinTreeWatch, leaveTreeWatch } from "./tree-watches.ts";
import type { Connection, Notification } from "./zookeeper/connection.ts";
import type { Connected, ZooKeeperSession } from "./zookeeper/session-supervisor.ts";

/** What a watcher tells those who share it. */
export interface SetFollower {
  /** `before`: what each name was when this was last called. `newSession`: read in full, the first time in it. */
  changed(before: ReadonlyMap<string, SetEntry | undefined>, newSession: boolean): void;
  stale(): void;
  fresh(): void;
  problem(error: ServerSetError): void;
  /** The session was closed: nothing can follow. */
  closed(): void;
}

export interface SetWatcherOptions extends SetWatchOptions {
  readonly session: ZooKeeperSession;
  readonly random: () => number;
  /** Called when a load is over, one way or the other. */
  readonly onSettled: () => void;
  /** A refused set wants to be read again: call `load` when it is its turn. */
  readonly onRetry: () => void;
}

/** Performs what `SetWatch` decides for one set, for any number of followers. */
export class SetWatcher {
  readonly path: string;
  readonly followers = new Set<SetFollower>();
  readonly #options: SetWatcherOptions;
  readonly #watch: SetWatch;
  readonly #cancel = new Map<SetWatchTimer, () => void>();
  #connection: Connection | undefined;
  #treeOn: Connection | undefined;
  #staleSinceMs: number | undefined;
  #staleReason: string | undefined;
  #flushing = false;

  constructor(options: SetWatcherOptions) {
    this.#options = options;
    this.path = options.path;
    this.#watch = new SetWatch(options);
  }

  get watch(): Readonly<
    Pick<SetWatch, "entries" | "exists" | "generation" | "zxid" | "lostUpdates" | "loaded" | "problem">
  > {
    return this.#watch;
  }

  get stale(): { readonly sinceMs: number; readonly reason: string } | undefined {
    if (this.#staleSinceMs === undefined) return undefined;
    return { sinceMs: this.#staleSinceMs, reason: this.#staleReason ?? "the connection was lost" };
  }

  /** It is its turn to be read in full: on a new connection, or again on one where it was refused. */
  load({ connection, generation }: Connected): void {
    if (connection === this.#connection) {
      this.#feed({ type: "due", timer: "retry" });
      if (!this.#watch.loading) this.#options.onSettled();
      return;
    }
    this.#connection = connection;
    const mode = isOld(this.#options.session, connection) ? "lists" : "tree";
    this.#feed({ type: "connected", generation, mode });
  }

  disconnected(reason: string): void {
    const tooLarge = this.#connection?.lostWith?.code === "TOO_LARGE";
    this.#connection = undefined;
    this.#treeOn = undefined;
    this.#feed({ type: "disconnected", reason, tooLarge });
  }

  sessionClosed(): void {
    for (const cancel of this.#cancel.values()) cancel();
    this.#cancel.clear();
    this.#tell((follower) => follower.closed());
  }

  notified({ type, path }: Notification): void {
    const name = path === this.path ? undefined : path.slice(path.lastIndexOf("/") + 1);
    this.#feed({ type: "notified", what: type, name });
  }

  close(): void {
    for (const cancel of this.#cancel.values()) cancel();
    this.#cancel.clear();
    if (this.#treeOn !== undefined) leaveTreeWatch(this.#treeOn, this.path);
    this.#treeOn = undefined;
    this.#connection = undefined;
  }

  #feed(event: SetWatchEvent): void {
    const wasLoading = this.#watch.loading;
    const effects = this.#watch.step(event, this.#options.session.clock.now());
    for (const effect of effects) this.#perform(effect);
    if (wasLoading && !this.#watch.loading) this.#options.onSettled();
  }

  #perform(effect: SetWatchEffect): void {
    const connection = this.#connection;
    switch (effect.type) {
      case "list":
        if (connection !== undefined) void this.#list(connection, effect.request, effect.mode);
        return;
      case "read":
        if (connection !== undefined) void this.#read(connection, effect.request, effect.paths);
        return;
      case "wake":
        return this.#wake(
          effect.timer,
          effect.afterMs * (1 + (this.#options.random() * 2 - 1) * effect.spread),
        );
      case "changed":
        return this.#flushSoon();
      case "loaded":
        return this.#flush(true, effect.newSession);
      case "stale":
        this.#staleSinceMs = this.#options.session.clock.wallTime();
        this.#staleReason = effect.reason;
        return this.#tell((follower) => follower.stale());
      case "fresh":
        this.#staleSinceMs = undefined;
        return this.#tell((follower) => follower.fresh());
      case "problem":
        return this.#tell((follower) => follower.problem(effect.error));
    }
  }

  async #list(connection: Connection, request: number, mode: SetWatchMode): Promise<void> {
    await this.#answer(connection, request, async () => {
      const list = mode === "tree" ? await this.#listTree(connection) : await this.#listWatched(connection);
      return { type: "listed", request, list };
    });
  }

  async #read(connection: Connection, request: number, paths: readonly string[]): Promise<void> {
    await this.#answer(connection, request, async () => {
      const reads = paths.map((path) => ({ kind: "data", path }) as const);
      return { type: "read", request, results: await readMany(this.#options.session, connection, reads) };
    });
  }

  async #answer(connection: Connection, request: number, ask: () => Promise<SetWatchEvent>): Promise<void> {
    let event: SetWatchEvent;
    try {
      event = await ask();
    } catch (cause) {
      // The session tells of a lost connection, and everything is read again on the next one.
      if (connection.lostWith !== undefined) return;
      const error =
        cause instanceof ServerSetError ? cause : new ServerSetError("PROTOCOL", String(cause), { cause });
      event = { type: "refused", request, error };
    }
    if (connection === this.#connection) this.#feed(event);
  }

  /** The watch first: what is created while we list is then notified, what was there before is listed. */
  async #listTree(connection: Connection): Promise<ListedSet> {
    const armed =
      this.#treeOn === connection ? connection.watchTree(this.path) : joinTreeWatch(connection, this.path);
    this.#treeOn = connection;
    // Sent at once: a server serves the requests of a session in their order.
    const list = listSet(this.#options.session, connection, this.path);
    list.catch(() => {});
    try {
      await armed;
    } catch (error) {
      if (isCode(error, "UNSUPPORTED")) rememberOld(this.#options.session, connection);
      throw error;
    }
    return list;
  }

  async #listWatched(connection: Connection): Promise<ListedSet> {
    for (;;) {
      try {
        const { children, stat } = await connection.list(this.path, { watch: true });
        return { names: children, czxid: stat.czxid, zxid: newestIn(stat) };
      } catch (error) {
        if (!isCode(error, "NO_NODE")) throw error;
      }
      const stat = await connection.statOf(this.path, { watch: true });
      if (stat === undefined) return { names: undefined, czxid: 0n, zxid: 0n };
    }
  }

  #wake(timer: SetWatchTimer, afterMs: number): void {
    this.#cancel.get(timer)?.();
    const { clock } = this.#options.session;
    this.#cancel.set(
      timer,
      clock.after(afterMs, () => {
        if (timer === "retry") this.#options.onRetry();
        else this.#feed({ type: "due", timer });
      }),
    );
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush(false, false);
    });
  }

  #flush(always: boolean, newSession: boolean): void {
    const before = this.#watch.takeChanges();
    if (before === undefined && !always) return;
    this.#tell((follower) => follower.changed(before ?? new Map(), newSession));
  }

  #tell(how: (follower: SetFollower) => void): void {
    for (const follower of [...this.followers]) how(follower);
  }
}
