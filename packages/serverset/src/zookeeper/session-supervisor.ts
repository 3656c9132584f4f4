import { type Clock, systemClock } from "@borealis/clock";
import { ServerSetError } from "../errors.ts";
import {
  type Connection,
  type ConnectionOptions,
  type Notification,
  openConnection,
  type SessionTicket,
} from "./connection.ts";
import { ListenerSet } from "./listener-set.ts";
import { LoopLag } from "./loop-lag.ts";
import { NotificationRoutes } from "./notification-routes.ts";
import { ServerList } from "./server-list.ts";
import { formatServer, parseServers, type ServerAddress } from "./servers.ts";
import {
  type AttemptFailure,
  newSession,
  type OpenEffect,
  type SessionEffect,
  type SessionEvent,
  type SessionState,
  stepSession,
} from "./session.ts";
import { endSession } from "./session-end.ts";
import { SessionFile } from "./session-file.ts";
import type { SessionHealth, SessionStatus } from "./session-health.ts";
import type { ZooKeeperOptions } from "./session-options.ts";

export type { SessionHealth, SessionStatus } from "./session-health.ts";
export type { ZooKeeperOptions } from "./session-options.ts";

/** Makes a session and keeps it: returns at once, connects in the background and for ever, until closed. */
export function connectZooKeeper(options: ZooKeeperOptions): ZooKeeperSession {
  return new ZooKeeperSession(options);
}

export interface Connected {
  readonly connection: Connection;
  readonly generation: number;
}

const DEFAULT_SESSION_TIMEOUT_MS = 10_000;
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;
const DEFAULT_CLOSE_GRACE_MS = 2_000;
/** For ending a session on one of several servers. */
const END_WITHIN_MS = 1_000;

export class ZooKeeperSession {
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly #options: ZooKeeperOptions;
  readonly #requestedTimeoutMs: number;
  readonly #servers: ServerList;
  readonly #file: SessionFile | undefined;
  readonly #lag: LoopLag;
  readonly #status: ListenerSet<SessionStatus>;
  readonly #notifications: NotificationRoutes;
  readonly #events: SessionEvent[] = [];
  #stepping = false;
  #state: SessionState;
  readonly #counters = { attempts: 0, connections: 0, losses: 0, expirations: 0, takeOvers: 0 };
  #connection: Connection | undefined;
  /** Of this session, while it may live. */
  #ticket: SessionTicket | undefined;
  /** Of a crashed run's session, until it is ended. */
  #previous: SessionTicket | undefined;
  /** What is under way, and how to end it. */
  #attempt: Promise<void> = Promise.resolve();
  #opening = new AbortController();
  #cancelWait: () => void = () => {};
  #cancelWake: () => void = () => {};
  #closing: Promise<void> | undefined;

  constructor(options: ZooKeeperOptions) {
    this.#options = options;
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? Math.random;
    const servers = parseServers(options.servers);
    const { lookup, sessionFile } = options;
    this.#servers = new ServerList({ servers, clock: this.clock, random: this.random, lookup });
    const warn = (warning: Error) => this.#warn(warning);
    this.#status = new ListenerSet(warn);
    this.#notifications = new NotificationRoutes(warn);
    this.#requestedTimeoutMs = checkedTimeout(options.sessionTimeoutMs ?? DEFAULT_SESSION_TIMEOUT_MS);
    this.#state = newSession(this.#requestedTimeoutMs, this.clock.now());
    this.#lag = new LoopLag(this.clock);
    if (options.onStatus !== undefined) this.#status.add(options.onStatus);
    if (sessionFile === undefined) {
      this.#feed({ type: "start", previous: false });
    } else {
      this.#file = new SessionFile({
        path: sessionFile,
        servers: servers.map(formatServer),
        clock: this.clock,
        onWarning: warn,
      });
      this.#attempt = this.#startAfter(this.#file);
    }
  }

  get status(): SessionStatus {
    const { phase, generation, since, problem, suspect } = this.#state;
    const sinceMs = Math.round(this.clock.wallTime() - (this.clock.now() - since));
    return {
      state: phase,
      suspect,
      sinceMs,
      generation,
      ...(this.#connection === undefined ? {} : { server: formatServer(this.#connection.server) }),
      ...(problem === undefined ? {} : { error: problem.reason, code: problem.code }),
    };
  }

  get health(): SessionHealth {
    const heardAt = this.#connection?.lastHeardAt ?? this.#state.lastHeard;
    return {
      ...this.status,
      lastContactMs: heardAt === undefined ? undefined : Math.round(this.clock.now() - heardAt),
      loopLagMs: this.#lag.largestMs,
      counters: { ...this.#counters },
    };
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
    return this.#status.add(listener);
  }

  /** Every notification of every watch set on this session's connections. */
  onNotification(listener: (notification: Notification) => void): () => void {
    return this.#notifications.everywhere(listener);
  }

  /** Notifications of `path` itself and of its direct children; the number of other paths costs nothing. */
  onNotificationAt(path: string, listener: (notification: Notification) => void): () => void {
    return this.#notifications.at(path, listener);
  }

  /** Resolves with a connection as soon as there is one. Rejects with the signal's reason, or CLOSED. */
  connected(signal?: AbortSignal): Promise<Connected> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        const current = this.current;
        if (current !== undefined) resolve(current);
        else if (signal?.aborted) reject(signal.reason);
        else if (this.#state.phase === "closed") reject(closedByUs());
        else return false;
        unsubscribe();
        signal?.removeEventListener("abort", settle);
        return true;
      };
      const unsubscribe = this.subscribe(settle);
      if (!settle()) signal?.addEventListener("abort", settle, { once: true });
    });
  }

  /**
   * Ends the session, so that its ephemeral znodes go at once; without connection it asks each server once for that.
   * Resolves within `graceMs` (default 2,000), whatever ZooKeeper does.
   */
  close(options: { graceMs?: number } = {}): Promise<void> {
    if (this.#closing !== undefined) return this.#closing;
    const closed = Promise.withResolvers<void>();
    // Before anything happens: a listener that hears of it may call this, too.
    this.#closing = closed.promise;
    this.#close(options.graceMs ?? DEFAULT_CLOSE_GRACE_MS).then(closed.resolve, closed.reject);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Drops the connection as a network failure would; the session is resumed. For tests. */
  dropConnection(): void {
    this.#connection?.abandon(new ServerSetError("CONNECTION_LOSS", "the connection was dropped on request"));
  }

  async #startAfter(file: SessionFile): Promise<void> {
    this.#previous = await file.previous();
    this.#feed({ type: "start", previous: this.#previous !== undefined });
  }

  /** One event at a time: what a listener or an effect brings about waits for its turn. */
  #feed(event: SessionEvent): void {
    this.#events.push(event);
    if (this.#stepping) return;
    this.#stepping = true;
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) this.#step(next);
    this.#stepping = false;
  }

  #step(event: SessionEvent): void {
    const before = this.#state;
    const { state, effects } = stepSession(before, event, this.clock.now());
    this.#state = state;
    if (event.type === "opened") this.#counters.connections += 1;
    if (event.type === "lost") this.#counters.losses += 1;
    if (state.phase === "expired" && before.phase !== "expired") {
      this.#counters.expirations += 1;
      this.#ticket = undefined;
    }
    if (state.phase !== "suspended" || state.suspect) this.#cancelWake();
    if (state.phase === "closed") this.#stop();
    const changed =
      state.phase !== before.phase ||
      state.generation !== before.generation ||
      state.suspect !== before.suspect ||
      state.problem?.reason !== before.problem?.reason ||
      state.problem?.code !== before.problem?.code;
    if (changed) this.#status.tell(this.status);
    for (const effect of effects) {
      // A listener may have closed the session just now.
      if (this.#closing === undefined) this.#perform(effect);
    }
  }

  #perform(effect: SessionEffect): void {
    if (effect.type === "wake") {
      this.#cancelWake();
      this.#cancelWake = this.clock.after(effect.afterMs, () => this.#feed({ type: "suspectDue" }));
      return;
    }
    this.#cancelWait();
    if (effect.type === "wait") {
      const pauseMs = effect.atMostMs * this.random();
      this.#cancelWait = this.clock.after(pauseMs, () => this.#feed({ type: "retryDue" }));
    } else if (effect.type === "resolve") {
      if (this.#servers.hasNames) this.#attempt = this.#resolve(effect.deadlineMs);
      else this.#feed({ type: "resolved", servers: this.#servers.size });
    } else if (effect.type === "open") {
      this.#attempt = this.#open(effect);
    } else {
      this.#attempt = this.#endPrevious(effect.deadlineMs);
    }
  }

  #stop(): void {
    this.#cancelWait();
    this.#cancelWake();
    this.#lag.stop();
    this.#servers.giveUp();
    this.#opening.abort();
  }

  async #resolve(deadlineMs: number): Promise<void> {
    await this.#servers.resolve(deadlineMs);
    this.#feed({ type: "resolved", servers: this.#servers.size, problem: this.#servers.problem });
  }

  async #endPrevious(deadlineMs: number): Promise<void> {
    const { options, failure } = this.#connecting(this.#servers.next(), deadlineMs);
    try {
      const lived =
        this.#previous !== undefined && (await endSession(options, this.#previous, END_WITHIN_MS));
      this.#previous = undefined;
      if (lived) this.#counters.takeOvers += 1;
      this.#feed({ type: "previousEnded" });
    } catch (error) {
      this.#feed({ type: "previousFailed", ...failure(error) });
    }
  }

  async #open({ server: which, deadlineMs, resume, anyServer }: OpenEffect): Promise<void> {
    const server = which === "same" ? this.#servers.same() : this.#servers.next();
    const ticket = resume ? this.#ticket : undefined;
    const { options, failure } = this.#connecting(server, deadlineMs);
    let mine: Connection | undefined;
    let connection: Connection;
    try {
      connection = await openConnection({
        ...options,
        resume: ticket === undefined ? undefined : { ...ticket, zxid: anyServer ? 0n : ticket.zxid },
        onNotification: (notification) => this.#notifications.route(notification),
        onLost: (error) => this.#onLost(mine, error),
      });
      if (ticket === undefined) {
        await this.#file?.keep(connection.ticket);
        this.#previous = undefined;
      }
      // It can happen between the handshake and this line, and would otherwise go unnoticed.
      if (connection.lostWith !== undefined) throw connection.lostWith;
    } catch (error) {
      return this.#feed({ type: "openFailed", ...failure(error) });
    }
    if (this.#state.phase === "closed") {
      this.#ticket = connection.ticket;
      return connection.abandon(closedByUs());
    }
    mine = connection;
    this.#connection = connection;
    this.#ticket = connection.ticket;
    this.#feed({ type: "opened", sessionTimeoutMs: connection.sessionTimeoutMs });
  }

  /** What every connection is made with, and how its failure is told. */
  #connecting(server: ServerAddress | undefined, openDeadlineMs: number) {
    // A round begins only with servers, and none of them leaves before its end.
    if (server === undefined) throw new Error("there is no server to connect to");
    this.#counters.attempts += 1;
    const { tls, auth, acl, mostPending } = this.#options;
    const { clock } = this;
    this.#opening = new AbortController();
    let reached = false;
    const options: Omit<ConnectionOptions, "resume" | "onNotification" | "onLost"> = {
      server,
      sessionTimeoutMs: this.#requestedTimeoutMs,
      openDeadlineMs,
      clock,
      signal: this.#opening.signal,
      tls,
      auth,
      acl,
      mostPending,
      onReached: () => {
        reached = true;
      },
    };
    const failure = (error: unknown): AttemptFailure => {
      if (error instanceof ServerSetError) return { reason: error.message, code: error.code, reached };
      return { reason: String(error), code: "ZOOKEEPER", reached };
    };
    return { options, failure };
  }

  #onLost(connection: Connection | undefined, error: ServerSetError): void {
    if (connection === undefined || connection !== this.#connection) return;
    this.#connection = undefined;
    this.#ticket = connection.ticket;
    const { message: reason, code } = error;
    this.#feed({ type: "lost", reason, code, lastHeard: connection.lastHeardAt });
  }

  async #close(graceMs: number): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) this.#ticket = connection.ticket;
    this.#feed({ type: "close" });
    const over = Promise.withResolvers<boolean>();
    const ended = this.#end(connection, graceMs);
    const cancel = this.clock.after(graceMs, () => {
      // It may have begun to end the session late, and would hold its socket for as long again.
      this.#opening.abort();
      over.resolve(false);
    });
    const known = await Promise.race([ended, over.promise]);
    cancel();
    await this.#file?.release(known);
  }

  /** True when neither our session nor a previous one is left that the next run would have to end. */
  async #end(connection: Connection | undefined, graceMs: number): Promise<boolean> {
    const until = this.clock.now() + graceMs;
    if (connection !== undefined) {
      // A server that hangs leaves the others time to do it.
      const shareMs = this.#servers.size > 1 ? graceMs / 2 : graceMs;
      await connection.close(shareMs);
      if (connection.sessionEnded) return this.#previous === undefined;
    }
    await this.#attempt;
    for (let left = this.#servers.size; this.#ticket !== undefined && left > 0; left--) {
      const leftMs = until - this.clock.now();
      if (leftMs <= 0) return false;
      const { options } = this.#connecting(this.#servers.next(), Math.min(leftMs, END_WITHIN_MS));
      try {
        await endSession(options, this.#ticket, leftMs);
        this.#ticket = undefined;
      } catch {
        // The next one may.
      }
    }
    return this.#ticket === undefined && this.#previous === undefined;
  }

  #warn(warning: Error): void {
    const { onWarning } = this.#options;
    try {
      if (onWarning === undefined) process.emitWarning(warning);
      else onWarning(warning);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }
}

/** Milliseconds that the handshake can carry. */
function checkedTimeout(timeoutMs: number): number {
  if (Number.isFinite(timeoutMs) && timeoutMs >= 1 && timeoutMs <= LONGEST_TIMEOUT_MS)
    return Math.round(timeoutMs);
  throw new RangeError(
    `sessionTimeoutMs is ${timeoutMs}; it has to be between 1 and ${LONGEST_TIMEOUT_MS} ms`,
  );
}

function closedByUs(): ServerSetError {
  return new ServerSetError("CLOSED", "the ZooKeeper session was closed");
}
