import {
  type EphemeralNodeEffect,
  type EphemeralNodeEvent,
  type EphemeralNodeState,
  isGone,
  newEphemeralNode,
  stepEphemeralNode,
} from "./ephemeral-node.ts";
import { isCode, ServerSetError } from "./errors.ts";
import type { Connection } from "./zookeeper/connection.ts";
import type { ZooKeeperSession } from "./zookeeper/session-supervisor.ts";
import { pathProblem } from "./zookeeper/znode-path.ts";

const AUDIT_RETRY_MS = 1_000;
/** `ephemeralOwner` of a znode that no session owns. */
const PERSISTENT = 0n;

export interface EphemeralNodeOptions {
  readonly session: ZooKeeperSession;
  /** The znode's path; for a sequential one what ZooKeeper appends the number to. */
  readonly path: string;
  readonly sequential: boolean;
  /** What the znode holds; asked again after `changed()`. */
  readonly content: () => Buffer;
  readonly onChange: (state: EphemeralNodeState, problem: ServerSetError | undefined) => void;
}

/** Paths that a keeper of this session holds: another one that looks for its own must not take them. */
const heldPaths = new WeakMap<ZooKeeperSession, Set<string>>();

/** Performs what `stepEphemeralNode` decides for one znode. The only writer of its state. */
export class EphemeralNodeKeeper {
  readonly #options: EphemeralNodeOptions;
  readonly #held: Set<string>;
  readonly #unsubscribe: (() => void)[];
  #state = newEphemeralNode();
  #sent: Buffer | undefined;
  #problem: ServerSetError | undefined;
  #cancelRetry: () => void = () => {};
  #cancelAudit: () => void = () => {};
  #closed = false;
  readonly #goneWaiters = new Set<() => void>();

  constructor(options: EphemeralNodeOptions) {
    this.#options = options;
    const { session } = options;
    this.#held = heldPaths.get(session) ?? new Set();
    heldPaths.set(session, this.#held);
    this.#unsubscribe = [
      session.subscribe(() => this.#followSession()),
      session.onNotification(({ type, path }) => {
        if (path !== this.#state.path) return;
        if (type === "deleted") this.#apply({ type: "vanished", path });
        else void this.#perform({ type: "audit", path });
      }),
    ];
    // Silently: whoever makes a keeper is not ready to hear of it yet, and nothing is wanted so far.
    const generation = session.current?.generation;
    if (generation !== undefined) {
      this.#state = stepEphemeralNode(this.#state, { type: "connected", generation }).state;
    }
  }

  get state(): EphemeralNodeState {
    return this.#state;
  }

  want(): void {
    this.#apply({ type: "want" });
  }

  unwant(): void {
    this.#apply({ type: "unwant" });
  }

  changed(): void {
    this.#apply({ type: "changed" });
  }

  /** Resolves when nothing of ours is in ZooKeeper any more. Rejects with the signal's reason. */
  gone(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        if (isGone(this.#state)) resolve();
        else if (signal.aborted) reject(signal.reason);
        else return;
        this.#goneWaiters.delete(settle);
        signal.removeEventListener("abort", settle);
      };
      this.#goneWaiters.add(settle);
      signal.addEventListener("abort", settle, { once: true });
      settle();
    });
  }

  /** Stops keeping. The znode itself stays until it was `unwant`ed or the session ends. */
  close(): void {
    this.#closed = true;
    this.#cancelRetry();
    this.#cancelAudit();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  #followSession(): void {
    const { current, status } = this.#options.session;
    if (current !== undefined) {
      const known = this.#state.connected && this.#state.generation === current.generation;
      if (!known) this.#apply({ type: "connected", generation: current.generation });
    } else if (status.state === "expired" || status.state === "closed") {
      this.#apply({ type: "sessionEnded" });
    } else if (status.state === "suspended" && this.#state.connected) {
      this.#apply({ type: "disconnected" });
    }
  }

  #apply(event: EphemeralNodeEvent): void {
    if (this.#closed) return;
    const before = this.#state;
    const { state, effects } = stepEphemeralNode(before, event);
    this.#state = state;
    if (before.path !== state.path) {
      if (before.path !== undefined) this.#held.delete(before.path);
      if (state.path !== undefined) this.#held.add(state.path);
    }
    if (state.phase === "present") this.#problem = undefined;
    if (state !== before) this.#options.onChange(state, this.#problem);
    for (const settle of [...this.#goneWaiters]) settle();
    for (const effect of effects) void this.#perform(effect);
  }

  async #perform(effect: EphemeralNodeEffect): Promise<void> {
    if (effect.type === "retry") {
      this.#cancelRetry();
      this.#cancelRetry = this.#options.session.clock.after(effect.afterMs, () =>
        this.#apply({ type: "retryDue" }),
      );
      return;
    }
    const connection = this.#options.session.current?.connection;
    // The session's own "disconnected" is on its way and undoes the request.
    if (connection === undefined) return;
    try {
      if (effect.type === "audit") await this.#audit(connection, effect.path);
      else if (effect.type === "create") await this.#create(connection, effect);
      else if (effect.type === "write") await this.#write(connection, effect);
      else await this.#remove(connection, effect);
    } catch (error) {
      // Undone by the session's own "disconnected".
      if (connection.lostWith !== undefined) return;
      const known = error instanceof ServerSetError;
      this.#problem = known ? error : new ServerSetError("ZOOKEEPER", String(error), { cause: error });
      // Not to be told is not to be gone: a second znode must not be made of a question that failed.
      if (effect.type === "audit") this.#auditLater(effect);
      else this.#apply({ type: "failed", request: effect.request });
    }
  }

  async #create(connection: Connection, { request, lookFirst }: { request: number; lookFirst: boolean }) {
    const { path, sequential, content } = this.#options;
    if (lookFirst) {
      let found = false;
      await this.#findOwn(connection, ([mine]) => {
        if (mine === undefined) return;
        found = true;
        this.#apply({ type: "created", request, path: mine, version: -1 });
      });
      if (found) return;
    }
    await ensureParents(connection, path);
    const { version } = this.#state;
    const bytes = content();
    this.#sent = bytes;
    try {
      const created = await connection.create(path, bytes, sequential ? "ephemeralSequential" : "ephemeral");
      this.#apply({ type: "created", request, path: created, version });
    } catch (error) {
      if (!isCode(error, "NODE_EXISTS")) throw error;
      const owner = await connection.ownerOf(path);
      // Nobody holds it: it is in the way, and stays so until somebody removes it.
      if (owner === PERSISTENT) {
        const message = `a persistent znode stands at ${path}, where an ephemeral one of ours belongs; remove it`;
        throw new ServerSetError("NODE_EXISTS", message, { path, cause: error });
      }
      if (owner === connection.sessionId) this.#apply({ type: "created", request, path, version: -1 });
      else this.#apply(owner === undefined ? { type: "failed", request } : { type: "taken", request });
    }
  }

  async #write(connection: Connection, { request, path }: { request: number; path: string }) {
    const { version } = this.#state;
    const bytes = this.#options.content();
    // A member never changes under its name: readers cache it for ever.
    if (this.#options.sequential && this.#sent?.equals(bytes) !== true) {
      await connection.remove(path);
      this.#apply({ type: "vanished", path });
      return;
    }
    if (!this.#options.sequential) await connection.setData(path, bytes);
    this.#apply({ type: "wrote", request, version });
  }

  async #remove(connection: Connection, { request, path }: { request: number; path: string | undefined }) {
    let paths: readonly string[] = path === undefined ? [] : [path];
    if (path === undefined) {
      await this.#findOwn(connection, (own) => {
        paths = own;
      });
    }
    for (const each of paths) await connection.remove(each).catch(unlessAbsent);
    this.#apply({ type: "removed", request });
  }

  #auditLater(effect: Extract<EphemeralNodeEffect, { type: "audit" }>): void {
    this.#cancelAudit();
    this.#cancelAudit = this.#options.session.clock.after(AUDIT_RETRY_MS, () => {
      if (this.#state.path === effect.path) void this.#perform(effect);
    });
  }

  async #audit(connection: Connection, path: string): Promise<void> {
    const owner = await connection.ownerOf(path, { watch: true });
    if (owner !== connection.sessionId) this.#apply({ type: "vanished", path });
  }

  /**
   * Our znodes that a create left behind whose answer was lost. `take` is called at once with them: were they returned,
   * another keeper in the same doubt could take the same one before we hold it.
   */
  async #findOwn(connection: Connection, take: (own: readonly string[]) => void): Promise<void> {
    const { path, sequential } = this.#options;
    // A follower that lags behind would not yet show what we created through another.
    await connection.sync(path);
    const owned = await connection.getEphemerals(path);
    const candidates = owned.filter((candidate) => sequential || candidate === path);
    const reads = await connection.multiRead(
      candidates.map((candidate) => ({ kind: "data", path: candidate })),
    );
    const own = candidates.filter((candidate, index) => {
      const read = reads[index];
      if (this.#held.has(candidate) || read === undefined || !("data" in read)) return false;
      return this.#sent?.equals(read.data) === true;
    });
    take(own);
  }
}

/** Creates the missing ancestors of a path and leaves those that exist alone, locked ones included. */
export async function ensureParents(connection: Connection, path: string): Promise<void> {
  const problem = pathProblem(path);
  if (problem !== undefined) throw problem;
  const steps = path.split("/").slice(1, -1);
  const ancestors = steps.map((_, index) => `/${steps.slice(0, index + 1).join("/")}`);
  for (const ancestor of ancestors) {
    if ((await connection.ownerOf(ancestor)) !== undefined) continue;
    await connection.create(ancestor, Buffer.alloc(0), "persistent").catch((error: unknown) => {
      if (!isCode(error, "NODE_EXISTS")) throw error;
    });
  }
}

function unlessAbsent(error: unknown): void {
  if (!isCode(error, "NO_NODE")) throw error;
}
