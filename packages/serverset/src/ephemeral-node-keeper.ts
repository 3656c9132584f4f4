import {
  type EphemeralNodeEffect,
  type EphemeralNodeEvent,
  type EphemeralNodeState,
  isGone,
  isUpToDate,
  newEphemeralNode,
  stepEphemeralNode,
} from "./ephemeral-node.ts";
import { isCode, ServerSetError } from "./errors.ts";
import { absentIsUndefined, ensureParents, ownZnodes } from "./own-znodes.ts";
import { auditPauseMs, pauseAfterExpiryMs } from "./pacing.ts";
import type { Connection } from "./zookeeper/connection.ts";
import type { Acl } from "./zookeeper/security.ts";
import type { ZooKeeperSession } from "./zookeeper/session-supervisor.ts";

export { ensureParents } from "./own-znodes.ts";

const AUDIT_RETRY_MS = 1_000;
/** `ephemeralOwner` of a znode that no session owns. */
const CLOSED = "the keeper of this znode was closed";
const PERSISTENT = 0n;

export interface EphemeralNodeOptions {
  readonly session: ZooKeeperSession;
  /** The znode's path; for a sequential one what ZooKeeper appends the number to. */
  readonly path: string;
  readonly sequential: boolean;
  /** What the znode holds; asked again after `changed()`. */
  readonly content: () => Buffer;
  /** Of the znode and of the ancestors that it lacks; default: what the session was given. */
  readonly acl?: readonly Acl[];
  /** What to do when somebody deletes it. Default: create it again. */
  readonly onRemoved?: "reannounce" | "stop";
  readonly onChange: (state: EphemeralNodeState, problem: ServerSetError | undefined) => void;
  /** The newest content was refused for good; a znode with an earlier one stays. */
  readonly onChangeRefused?: (problem: ServerSetError) => void;
  /** It was deleted, and `onRemoved` is "stop". */
  readonly onStopped?: () => void;
}

/** What the keepers of one session know of each other. */
interface Neighbours {
  generation: number;
  /** Held by one of them: another one that looks for its own must not take it. */
  readonly held: Set<string>;
  readonly wanting: Set<EphemeralNodeKeeper>;
}

const neighboursOf = new WeakMap<ZooKeeperSession, Neighbours>();

/** Performs what `stepEphemeralNode` decides for one znode. The only writer of its state. */
export class EphemeralNodeKeeper {
  readonly #options: EphemeralNodeOptions;
  readonly #neighbours: Neighbours;
  readonly #random: () => number;
  readonly #unsubscribe: (() => void)[];
  #state: EphemeralNodeState;
  /** The content and version of the last create. */
  #sent: { readonly bytes: Buffer; readonly version: number } | undefined;
  #problem: ServerSetError | undefined;
  #cancelRetry: () => void = () => {};
  #cancelAudit: () => void = () => {};
  #closed = false;
  readonly #goneWaiters = new Set<() => void>();

  constructor(options: EphemeralNodeOptions) {
    this.#options = options;
    const { session, sequential } = options;
    this.#state = newEphemeralNode({ sequential, stopOnVanish: options.onRemoved === "stop" });
    this.#neighbours = neighboursOf.get(session) ?? { generation: 0, held: new Set(), wanting: new Set() };
    neighboursOf.set(session, this.#neighbours);
    this.#random = session.random;
    this.#unsubscribe = [
      session.subscribe(() => this.#followSession()),
      session.onNotification(({ type, path }) => {
        if (path !== this.#state.path && !this.#state.outdated.includes(path)) return;
        if (type === "deleted") this.#apply({ type: "vanished", path });
        else if (path === this.#state.path) void this.#perform({ type: "audit", path });
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
  gone(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        if (isGone(this.#state)) resolve();
        else if (this.#closed) reject(new ServerSetError("CLOSED", CLOSED, { path: this.#options.path }));
        else if (signal?.aborted) reject(signal.reason);
        else return;
        this.#goneWaiters.delete(settle);
        signal?.removeEventListener("abort", settle);
      };
      this.#goneWaiters.add(settle);
      signal?.addEventListener("abort", settle, { once: true });
      settle();
    });
  }

  /** Stops keeping. The znode itself stays until it was `unwant`ed or the session ends. */
  close(): void {
    this.#closed = true;
    this.#cancelRetry();
    this.#cancelAudit();
    this.#neighbours.wanting.delete(this);
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const settle of [...this.#goneWaiters]) settle();
  }

  #followSession(): void {
    const { current, status } = this.#options.session;
    if (current !== undefined) {
      const known = this.#state.connected && this.#state.generation === current.generation;
      if (!known) this.#onConnected(current.generation);
    } else if (status.state === "expired" || status.state === "closed") {
      this.#apply({ type: "sessionEnded" });
      // No timer of ours may outlive the session.
      if (status.state === "closed") this.close();
    } else if (status.state === "suspended" && this.#state.connected) {
      this.#apply({ type: "disconnected" });
    }
  }

  #onConnected(generation: number): void {
    const expired = this.#state.generation > 0 && generation !== this.#state.generation;
    const { held, wanting } = this.#neighbours;
    // Names may come again, below a parent that was created anew.
    if (generation !== this.#neighbours.generation) held.clear();
    this.#neighbours.generation = generation;
    const pauseMs = expired ? pauseAfterExpiryMs(wanting.size, this.#random()) : 0;
    this.#apply({ type: "connected", generation, pauseMs });
  }

  #apply(event: EphemeralNodeEvent, refusal?: ServerSetError): void {
    if (this.#closed) return;
    const before = this.#state;
    const { state, effects } = stepEphemeralNode(before, event);
    this.#state = state;
    this.#tellNeighbours(before, state);
    // The next connection audits anyway.
    if (state.path === undefined || !state.connected) this.#cancelAudit();
    if (isUpToDate(state) || (!state.wanted && isGone(state))) this.#problem = undefined;
    // First: `onChange` shows what came of it.
    for (const { type } of effects) {
      if (type === "changeRefused" && refusal !== undefined) this.#options.onChangeRefused?.(refusal);
      if (type === "stopped") this.#options.onStopped?.();
    }
    // It may have moved on: whoever was told may have asked for something at once.
    if (state !== before) this.#options.onChange(this.#state, this.#problem);
    for (const settle of [...this.#goneWaiters]) settle();
    for (const effect of effects) void this.#perform(effect);
  }

  #tellNeighbours(before: EphemeralNodeState, state: EphemeralNodeState): void {
    const { held, wanting } = this.#neighbours;
    if (state.wanted) wanting.add(this);
    else wanting.delete(this);
    if (before.path === state.path && before.outdated === state.outdated) return;
    for (const path of pathsOf(before)) held.delete(path);
    for (const path of pathsOf(state)) held.add(path);
  }

  async #perform(effect: EphemeralNodeEffect): Promise<void> {
    if (effect.type === "retry") return this.#retryLater(effect);
    if (effect.type === "stopped" || effect.type === "changeRefused") return;
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
      this.#onProblem(effect, error);
    }
  }

  #onProblem(
    effect: Extract<EphemeralNodeEffect, { request: number }> | { type: "audit" },
    error: unknown,
  ): void {
    const problem = asProblem(error);
    this.#problem = problem;
    if (effect.type === "audit") {
      // Not to be told is not to be gone: a second znode must not be made of a question that failed.
      this.#auditLater(AUDIT_RETRY_MS);
      return;
    }
    const { request } = effect;
    const { version } = effect.type === "create" ? (this.#sent ?? this.#state) : this.#state;
    if (problem !== error || !isFinal(problem)) this.#apply({ type: "failed", request });
    else this.#apply({ type: "refused", request, version }, problem);
  }

  #retryLater({ afterMs, spreadMs }: Extract<EphemeralNodeEffect, { type: "retry" }>): void {
    this.#cancelRetry();
    const delayMs = afterMs + spreadMs * this.#random();
    this.#cancelRetry = this.#options.session.clock.after(delayMs, () => this.#apply({ type: "retryDue" }));
  }

  async #create(
    connection: Connection,
    effect: Extract<EphemeralNodeEffect, { type: "create" }>,
  ): Promise<void> {
    const { request } = effect;
    if (effect.lookFirst && (await this.#adopted(connection, request))) return;
    if (!this.#isAskedFor(request)) return;
    try {
      await this.#createNow(connection, request);
    } catch (error) {
      if (!isCode(error, "NO_NODE")) throw error;
      await ensureParents(connection, this.#options.path, this.#options.acl);
      if (this.#isAskedFor(request)) await this.#createNow(connection, request);
    }
  }

  async #createNow(connection: Connection, request: number): Promise<void> {
    const { path, sequential, content, acl } = this.#options;
    const { version } = this.#state;
    const bytes = content();
    this.#sent = { bytes, version };
    const mode = sequential ? "ephemeralSequential" : "ephemeral";
    try {
      const created = await connection.create(path, bytes, mode, acl);
      this.#apply({ type: "created", request, path: created, version });
    } catch (error) {
      if (!isCode(error, "NODE_EXISTS")) throw error;
      await this.#onNameInUse(connection, request, error);
    }
  }

  async #onNameInUse(connection: Connection, request: number, cause: unknown): Promise<void> {
    const { path } = this.#options;
    const owner = await connection.ownerOf(path);
    // Nobody holds it: it is in the way, and stays so until somebody removes it.
    if (owner === PERSISTENT) {
      const message = `a persistent znode stands at ${path}, where an ephemeral one of ours belongs; remove it`;
      throw new ServerSetError("NODE_EXISTS", message, { path, cause });
    }
    // It is ours, but who knows what it says: -1 has it written again.
    if (owner === connection.sessionId) this.#apply({ type: "created", request, path, version: -1 });
    else this.#apply(owner === undefined ? { type: "failed", request } : { type: "taken", request });
  }

  async #write(connection: Connection, { request, path }: { request: number; path: string }): Promise<void> {
    const { version } = this.#state;
    await connection.setData(path, this.#options.content());
    this.#apply({ type: "wrote", request, version });
  }

  async #remove(
    connection: Connection,
    effect: Extract<EphemeralNodeEffect, { type: "remove" }>,
  ): Promise<void> {
    const doubtful = effect.lookFirst ? await this.#takeLeftBehind(connection) : undefined;
    const paths = doubtful === undefined ? effect.paths : [...effect.paths, doubtful];
    try {
      for (const path of paths) await this.#removeOwn(connection, path);
    } finally {
      if (doubtful !== undefined) this.#neighbours.held.delete(doubtful);
    }
    this.#apply({ type: "removed", request: effect.request });
  }

  /** Where we have not been told otherwise, another's znode may stand under a name that was ours. */
  async #removeOwn(connection: Connection, path: string): Promise<void> {
    if (!this.#state.confirmed && (await connection.ownerOf(path)) !== connection.sessionId) return;
    await connection.remove(path).catch(absentIsUndefined);
  }

  #isAskedFor(request: number): boolean {
    return !this.#closed && this.#state.request === request;
  }

  /** @returns whether the request is answered by that. */
  async #adopted(connection: Connection, request: number): Promise<boolean> {
    try {
      const path = await this.#takeLeftBehind(connection);
      if (path === undefined) return false;
      this.#apply({ type: "created", request, path, version: this.#sent?.version ?? -1 });
      if (this.#state.path !== path) this.#neighbours.held.delete(path);
    } catch (error) {
      if (connection.lostWith !== undefined) throw error;
      // Also what is refused for good: it was not about our create, and that stays in doubt.
      this.#problem = asProblem(error);
      this.#apply({ type: "failed", request });
    }
    return true;
  }

  /**
   * The znode of a create whose answer was lost; it is held from here on. Were it held by the caller, another keeper in
   * the same doubt could take it in between.
   */
  async #takeLeftBehind(connection: Connection): Promise<string | undefined> {
    const { path, sequential } = this.#options;
    const { held } = this.#neighbours;
    if (this.#sent === undefined) return undefined;
    const own = await ownZnodes(connection, path, this.#sent.bytes);
    const mine = own.find((each) => (sequential || each === path) && !held.has(each));
    if (mine !== undefined) held.add(mine);
    return mine;
  }

  #auditLater(delayMs: number): void {
    this.#cancelAudit();
    this.#cancelAudit = this.#options.session.clock.after(delayMs, () => {
      const { path } = this.#state;
      if (path !== undefined) void this.#perform({ type: "audit", path });
    });
  }

  async #audit(connection: Connection, path: string): Promise<void> {
    const owner = await connection.ownerOf(path, { watch: true });
    if (this.#closed) return;
    if (owner !== connection.sessionId) return this.#apply({ type: "vanished", path });
    if (!this.#state.confirmed) this.#apply({ type: "confirmed", path });
    this.#auditLater(auditPauseMs(this.#random()));
  }
}

function asProblem(error: unknown): ServerSetError {
  return error instanceof ServerSetError
    ? error
    : new ServerSetError("ZOOKEEPER", String(error), { cause: error });
}

/** What ZooKeeper would answer again. An ancestor that went meanwhile, `NO_NODE`, is created again. */
function isFinal({ retryable, code }: ServerSetError): boolean {
  return !retryable && code !== "NO_NODE";
}

function pathsOf({ path, outdated }: EphemeralNodeState): readonly string[] {
  return path === undefined ? outdated : [path, ...outdated];
}
