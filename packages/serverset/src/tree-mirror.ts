import { fromZooKeeperCode, ServerSetError } from "./errors.ts";
import { joinTreeWatch, leaveTreeWatch } from "./tree-watches.ts";
import type { Connection, Notification } from "./zookeeper/connection.ts";
import type { Read, ReadResult } from "./zookeeper/raw-operations.ts";
import type { ZooKeeperSession } from "./zookeeper/session-supervisor.ts";

export interface MirrorNode {
  readonly data: Uint8Array;
  readonly czxid: bigint;
  readonly mzxid: bigint;
  /** The session that owns an ephemeral znode; 0n for a persistent one. */
  readonly ephemeralOwner: bigint;
  readonly ctimeMs: number;
  readonly mtimeMs: number;
  /** Why it could not be read although it is there, in words; `data` is empty then, and what is below may be missing. */
  readonly unreadable?: string;
}

export type TreeEvent =
  /** Created, changed or removed since the last event. Never a removal that our own disconnection caused. */
  | { readonly type: "changed"; readonly paths: ReadonlySet<string> }
  /** All has been read again after a connection was (re)made; a `changed` before it told what differed. */
  | { readonly type: "fresh" }
  /** ZooKeeper is out of reach since then (Unix epoch, ms); `nodes` is what was last known. */
  | { readonly type: "stale"; readonly sinceMs: number };

const LARGEST_BATCH = 500;
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 5_000;

/**
 * Mirrors everything at and below `root`: one persistent recursive watch, batched reads (ZooKeeper 3.6 or newer).
 * A root that does not exist is an empty mirror and is noticed when it is created.
 */
export function mirrorTree(session: ZooKeeperSession, root: string): TreeMirror {
  return new TreeMirror(session, root);
}

/**
 *   loading ──all read──▶ fresh ──connection lost──▶ stale ──all read again──▶ fresh
 *
 * Notifications and replies share a connection and come in the order in which the server made them: a read that
 * overtakes a deletion is followed by it, one that comes after finds no node. But a reply reaches us through promises and
 * a notification at once, so what is deleted while a read is under way is remembered until its reply has been applied.
 */
export class TreeMirror {
  readonly root: string;
  readonly #session: ZooKeeperSession;
  readonly #nodes = new Map<string, MirrorNode>();
  readonly #listeners = new Set<(event: TreeEvent) => void>();
  readonly #unsubscribe: (() => void)[];
  readonly #closed = new AbortController();
  #state: "loading" | "fresh" | "stale" = "loading";
  #staleSinceMs: number | undefined;
  #connection: Connection | undefined;
  /** Paths that were notified and have to be read. */
  #dirty = new Set<string>();
  /** Where the watch that we share with whoever watches the same tree was joined. */
  #watchedOn: Connection | undefined;
  /** While a full read runs: what it found. Deletions are taken out of it as they are notified. */
  #found: Map<string, MirrorNode> | undefined;
  /** For each read under way: what was notified as deleted meanwhile. */
  readonly #deletedMeanwhile = new Set<Set<string>>();
  #changed = new Set<string>();
  #draining = false;
  #batch = LARGEST_BATCH;
  #problem: ServerSetError | undefined;
  #retryMs = FIRST_RETRY_MS;
  readonly #readyWaiters = new Set<() => void>();
  #cancelRetry: () => void = () => {};

  constructor(session: ZooKeeperSession, root: string) {
    this.#session = session;
    this.root = root;
    this.#unsubscribe = [
      session.subscribe(() => this.#follow()),
      session.onNotification((notification) => this.#onNotification(notification)),
    ];
    this.#follow();
  }

  get state(): "loading" | "fresh" | "stale" {
    return this.#state;
  }

  get staleSinceMs(): number | undefined {
    return this.#staleSinceMs;
  }

  /** Why reading does not succeed although there is a connection: no permission, a server older than 3.6. */
  get problem(): ServerSetError | undefined {
    return this.#problem;
  }

  /** By absolute path; the root itself is among them when it exists. */
  get nodes(): ReadonlyMap<string, MirrorNode> {
    return this.#nodes;
  }

  subscribe(listener: (event: TreeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when everything has been read and is fresh. Rejects with `problem`, the signal's reason, or when closed. */
  ready(signal?: AbortSignal): Promise<void> {
    const ended = signal === undefined ? this.#closed.signal : AbortSignal.any([signal, this.#closed.signal]);
    return new Promise((resolve, reject) => {
      const settle = () => {
        if (this.#state === "fresh") resolve();
        else if (this.#problem !== undefined) reject(this.#problem);
        else if (ended.aborted) reject(ended.reason);
        else return;
        this.#readyWaiters.delete(settle);
        ended.removeEventListener("abort", settle);
      };
      this.#readyWaiters.add(settle);
      ended.addEventListener("abort", settle, { once: true });
      settle();
    });
  }

  async close(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#cancelRetry();
    if (this.#watchedOn !== undefined) leaveTreeWatch(this.#watchedOn, this.root);
    this.#watchedOn = undefined;
    this.#connection = undefined;
    this.#closed.abort(new Error("the mirror was closed"));
    this.#listeners.clear();
  }

  #follow(): void {
    const connection = this.#session.current?.connection;
    if (connection === this.#connection) return;
    this.#connection = connection;
    if (connection !== undefined) {
      void this.#load(connection);
    } else if (this.#state === "fresh") {
      this.#state = "stale";
      this.#staleSinceMs = this.#session.clock.wallTime();
      this.#emit({ type: "stale", sinceMs: this.#staleSinceMs });
    }
  }

  async #load(connection: Connection): Promise<void> {
    try {
      this.#dirty.clear();
      const found = new Map<string, MirrorNode>();
      this.#found = found;
      // The watch first: what is created while we read is then notified, what was there before is read.
      await this.#joinWatch(connection);
      for (let level = [this.root]; level.length > 0; )
        level = await this.#readLevel(connection, level, found);
      if (connection !== this.#connection) return;
      this.#found = undefined;
      this.#replace(found);
      this.#flush();
      this.#state = "fresh";
      this.#staleSinceMs = undefined;
      this.#problem = undefined;
      this.#batch = LARGEST_BATCH;
      this.#retryMs = FIRST_RETRY_MS;
      this.#emit({ type: "fresh" });
      for (const settle of [...this.#readyWaiters]) settle();
      void this.#drain(connection);
    } catch (error) {
      this.#tryAgain(connection, error);
    }
  }

  #joinWatch(connection: Connection): Promise<void> {
    if (this.#watchedOn === connection) return connection.watchTree(this.root);
    this.#watchedOn = connection;
    return joinTreeWatch(connection, this.root);
  }

  /** Reads the znodes of one depth; returns the paths of the next. */
  async #readLevel(connection: Connection, level: readonly string[], found: Map<string, MirrorNode>) {
    const parents: string[] = [];
    await this.#inBatches(connection, "data", level, (path, result) => {
      const node = nodeOf(path, result);
      if (node === undefined) return;
      // Nothing at all may be read: to show an empty tree would be a lie.
      if (path === this.root && "errorCode" in result)
        throw fromZooKeeperCode(result.errorCode, "read", path);
      found.set(path, node);
      if ("stat" in result && result.stat.numChildren > 0) parents.push(path);
    });
    const next: string[] = [];
    await this.#inBatches(connection, "children", parents, (path, result) => {
      if (!("children" in result)) {
        const node = nodeOf(path, result);
        if (node !== undefined) found.set(path, node);
        return;
      }
      for (const child of result.children) next.push(path === "/" ? `/${child}` : `${path}/${child}`);
    });
    return next;
  }

  async #inBatches(
    connection: Connection,
    kind: Read["kind"],
    paths: readonly string[],
    take: (path: string, result: ReadResult) => void,
  ): Promise<void> {
    for (let start = 0; start < paths.length; start += this.#batch) {
      const batch = paths.slice(start, start + this.#batch);
      const deleted = new Set<string>();
      this.#deletedMeanwhile.add(deleted);
      try {
        const results = await connection.multiRead(batch.map((path) => ({ kind, path })));
        for (const [index, path] of batch.entries()) {
          const result = results[index];
          // Notified before we resume here, even if it came after the reply. Created again, it is notified again.
          if (result !== undefined && !deleted.has(path)) take(path, result);
        }
      } finally {
        this.#deletedMeanwhile.delete(deleted);
      }
    }
  }

  #onNotification({ type, path }: Notification): void {
    if (this.#connection === undefined || !this.#holds(path)) return;
    if (type === "deleted") {
      for (const deleted of this.#deletedMeanwhile) deleted.add(path);
      this.#dirty.delete(path);
      this.#found?.delete(path);
      if (this.#found === undefined && this.#nodes.delete(path)) this.#touch(path);
    } else if (type === "created" || type === "changed") {
      this.#dirty.add(path);
      void this.#drain(this.#connection);
    }
  }

  #holds(path: string): boolean {
    return path === this.root || this.root === "/" || path.startsWith(`${this.root}/`);
  }

  async #drain(connection: Connection): Promise<void> {
    if (this.#draining || this.#found !== undefined || connection !== this.#connection) return;
    this.#draining = true;
    try {
      while (this.#dirty.size > 0) {
        const paths = [...this.#dirty];
        this.#dirty.clear();
        await this.#inBatches(connection, "data", paths, (path, result) => {
          const node = nodeOf(path, result);
          if (node !== undefined) this.#nodes.set(path, node);
          else if (!this.#nodes.delete(path)) return;
          this.#touch(path);
        });
      }
    } catch (error) {
      this.#tryAgain(connection, error);
    } finally {
      this.#draining = false;
    }
    if (this.#dirty.size > 0 && this.#connection !== undefined) void this.#drain(this.#connection);
  }

  /** A lost connection comes back through the session; anything else is read again from the start. */
  #tryAgain(connection: Connection, error: unknown): void {
    // Many large znodes in one reply can pass the frame limit, which costs the connection: ask for less the next time.
    if (connection.lostWith?.code === "TOO_LARGE") this.#batch = Math.max(1, Math.floor(this.#batch / 4));
    if (connection !== this.#connection || connection.lostWith !== undefined) return;
    this.#problem =
      error instanceof ServerSetError
        ? error
        : new ServerSetError("PROTOCOL", String(error), { cause: error });
    for (const settle of [...this.#readyWaiters]) settle();
    this.#cancelRetry();
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2);
    this.#cancelRetry = this.#session.clock.after(this.#retryMs / 2, () => {
      if (connection === this.#connection) void this.#load(connection);
    });
  }

  #replace(found: ReadonlyMap<string, MirrorNode>): void {
    for (const path of this.#nodes.keys()) {
      if (found.has(path)) continue;
      this.#nodes.delete(path);
      this.#changed.add(path);
    }
    for (const [path, node] of found) {
      const known = this.#nodes.get(path);
      if (known !== undefined && known.czxid === node.czxid && known.mzxid === node.mzxid) continue;
      this.#nodes.set(path, node);
      this.#changed.add(path);
    }
  }

  #touch(path: string): void {
    if (this.#changed.size === 0) queueMicrotask(() => this.#flush());
    this.#changed.add(path);
  }

  #flush(): void {
    if (this.#changed.size === 0) return;
    const paths = this.#changed;
    this.#changed = new Set();
    this.#emit({ type: "changed", paths });
  }

  #emit(event: TreeEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}

const NO_NODE = -101;

/** Undefined when there is no such znode; one that may not be read is there all the same. */
function nodeOf(path: string, result: ReadResult): MirrorNode | undefined {
  if ("data" in result) {
    const { czxid, mzxid, ephemeralOwner, ctimeMs, mtimeMs } = result.stat;
    // A copy: the whole reply would live for as long as one znode of it.
    return { data: Buffer.from(result.data), czxid, mzxid, ephemeralOwner, ctimeMs, mtimeMs };
  }
  if ("children" in result || result.errorCode === NO_NODE) return undefined;
  const unreadable = fromZooKeeperCode(result.errorCode, "read", path).message;
  return {
    data: Buffer.alloc(0),
    czxid: 0n,
    mzxid: 0n,
    ephemeralOwner: 0n,
    ctimeMs: 0,
    mtimeMs: 0,
    unreadable,
  };
}
