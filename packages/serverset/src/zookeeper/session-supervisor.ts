import { type Clock, systemClock } from "@borealis/clock";
import { ServerSetError } from "../errors.ts";
import { type Connection, type Notification, openConnection, type SessionTicket } from "./connection.ts";
import { formatServer, parseServers, type ServerAddress } from "./servers.ts";
import {
  newSession,
  type SessionEvent,
  type SessionPhase,
  type SessionState,
  stepSession,
} from "./session.ts";

export interface ZooKeeperOptions {
  /** `host:port`, several separated by commas. */
  readonly servers: string;
  /** What is asked for; the server may grant less or more. Default 10,000. */
  readonly sessionTimeoutMs?: number;
  readonly onStatus?: (status: SessionStatus) => void;
  readonly clock?: Clock;
  /** From 0 to 1, for backoff and the order of servers; tests give their own. */
  readonly random?: () => number;
}

export interface SessionStatus {
  /**
   * connecting: no session yet. connected. suspended: no connection, the session may live on; what we announced is
   * still seen by others. expired: that session is gone, a new one is being made. closed: by us.
   */
  readonly state: SessionPhase;
  /** Milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  readonly generation: number;
  readonly server?: string;
  /** Why there is no connection, in words. */
  readonly error?: string;
}

/** Makes a session and keeps it: returns at once, connects in the background and for ever, until closed. */
export function connectZooKeeper(options: ZooKeeperOptions): ZooKeeperSession {
  return new ZooKeeperSession(options);
}

export interface Connected {
  readonly connection: Connection;
  readonly generation: number;
}

const DEFAULT_SESSION_TIMEOUT_MS = 10_000;
const DEFAULT_CLOSE_GRACE_MS = 2_000;

export class ZooKeeperSession {
  readonly clock: Clock;
  readonly #servers: readonly ServerAddress[];
  readonly #random: () => number;
  #state: SessionState;
  #connection: Connection | undefined;
  #opening: AbortController | undefined;
  #ticket: SessionTicket | undefined;
  #cancelRetry: () => void = () => {};
  readonly #statusListeners = new Set<(status: SessionStatus) => void>();
  readonly #notificationListeners = new Set<(notification: Notification) => void>();

  constructor(options: ZooKeeperOptions) {
    this.clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#servers = shuffle(parseServers(options.servers), this.#random);
    const timeout = options.sessionTimeoutMs ?? DEFAULT_SESSION_TIMEOUT_MS;
    this.#state = newSession(this.#servers.length, timeout, this.clock.now());
    if (options.onStatus !== undefined) this.#statusListeners.add(options.onStatus);
    this.#apply({ type: "start" });
  }

  get status(): SessionStatus {
    const { phase, generation, since, error } = this.#state;
    const sinceMs = Math.round(this.clock.wallTime() - (this.clock.now() - since));
    const server = this.#connection === undefined ? {} : { server: formatServer(this.#connection.server) };
    return { state: phase, sinceMs, generation, ...server, ...(error === undefined ? {} : { error }) };
  }

  /** What the server granted, or what was asked before the first connection. */
  get sessionTimeoutMs(): number {
    return this.#state.sessionTimeoutMs;
  }

  /** The connection there is now, if any. Its requests reject, rather than wait, when it is lost. */
  get current(): Connected | undefined {
    const connection = this.#connection;
    return connection === undefined ? undefined : { connection, generation: this.#state.generation };
  }

  /** Called on every change of status; not for the present one. Returns what stops it. */
  subscribe(listener: (status: SessionStatus) => void): () => void {
    this.#statusListeners.add(listener);
    return () => this.#statusListeners.delete(listener);
  }

  /** Every notification of every watch set on this session's connections. */
  onNotification(listener: (notification: Notification) => void): () => void {
    this.#notificationListeners.add(listener);
    return () => this.#notificationListeners.delete(listener);
  }

  /** Resolves with a connection as soon as there is one. Rejects with the signal's reason, or CLOSED. */
  connected(signal?: AbortSignal): Promise<Connected> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        const current = this.current;
        if (current !== undefined) resolve(current);
        else if (signal?.aborted) reject(signal.reason);
        else if (this.#state.phase === "closed")
          reject(new ServerSetError("CLOSED", "the ZooKeeper session was closed"));
        else return false;
        unsubscribe();
        signal?.removeEventListener("abort", settle);
        return true;
      };
      const unsubscribe = this.subscribe(settle);
      if (!settle()) signal?.addEventListener("abort", settle, { once: true });
    });
  }

  /** Ends the session, so that its ephemeral znodes go at once; waits for ZooKeeper for `graceMs` at most. */
  async close(options: { graceMs?: number } = {}): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#cancelRetry();
    this.#apply({ type: "close" });
    this.#opening?.abort();
    await connection?.close(options.graceMs ?? DEFAULT_CLOSE_GRACE_MS);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Drops the connection as a network failure would; the session is resumed. For tests. */
  dropConnection(): void {
    this.#connection?.abandon(new ServerSetError("CONNECTION_LOSS", "the connection was dropped on request"));
  }

  #apply(event: SessionEvent): void {
    const before = this.#state;
    const { state, effects } = stepSession(before, event, this.clock.now());
    this.#state = state;
    if (
      state.phase !== before.phase ||
      state.error !== before.error ||
      state.generation !== before.generation
    ) {
      const status = this.status;
      for (const listener of [...this.#statusListeners]) listener(status);
    }
    for (const effect of effects) {
      // A listener may have closed the session just now.
      if (this.#state.phase === "closed") return;
      if (effect.type === "retry") {
        this.#cancelRetry = this.clock.after(effect.atMostMs * this.#random(), () =>
          this.#apply({ type: "retryDue" }),
        );
      } else {
        void this.#open(
          effect.server,
          effect.deadlineMs,
          effect.resume ? this.#ticket : undefined,
          effect.anyServer,
        );
      }
    }
  }

  async #open(
    index: number,
    deadlineMs: number,
    ticket: SessionTicket | undefined,
    anyServer: boolean,
  ): Promise<void> {
    const server = this.#servers[index];
    if (server === undefined) throw new Error(`there is no server ${index}`);
    const opening = new AbortController();
    this.#opening = opening;
    let mine: Connection | undefined;
    let connection: Connection;
    try {
      connection = await openConnection({
        server,
        sessionTimeoutMs: this.#state.sessionTimeoutMs,
        resume: ticket === undefined ? undefined : { ...ticket, zxid: anyServer ? 0n : ticket.zxid },
        openDeadlineMs: deadlineMs,
        clock: this.clock,
        signal: opening.signal,
        onNotification: (notification) => {
          for (const listener of [...this.#notificationListeners]) listener(notification);
        },
        onLost: (error) => this.#onLost(mine, error),
      });
      // It can happen between the handshake and this line, and would otherwise go unnoticed.
      if (connection.lostWith !== undefined) throw connection.lostWith;
    } catch (error) {
      const { code, message } = error as ServerSetError;
      return this.#apply({ type: "openFailed", reason: message, expired: code === "SESSION_EXPIRED" });
    }
    if (this.#state.phase === "closed") return connection.close(DEFAULT_CLOSE_GRACE_MS);
    mine = connection;
    this.#connection = connection;
    this.#ticket = connection.ticket;
    this.#apply({ type: "opened", sessionTimeoutMs: connection.sessionTimeoutMs });
  }

  #onLost(connection: Connection | undefined, error: ServerSetError): void {
    if (connection === undefined || connection !== this.#connection) return;
    this.#connection = undefined;
    this.#ticket = connection.ticket;
    this.#apply({ type: "lost", reason: error.message, expired: error.code === "SESSION_EXPIRED" });
  }
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
