import { connect, type Socket } from "node:net";
import type { Clock } from "@borealis/clock";
import { fromZooKeeperCode, ServerSetError } from "../errors.ts";
import {
  CREATE_MODE,
  type CreateMode,
  createLibraryClient,
  LIBRARY_STATE,
  type LibraryClient,
  type LibraryConnectionManager,
  type LibraryError,
} from "./client-library.ts";
import { FrameSplitter } from "./frames.ts";
import { Heartbeat } from "./heartbeat.ts";
import * as raw from "./raw-operations.ts";
import { formatServer, type ServerAddress } from "./servers.ts";
import { socketProblem } from "./socket-problem.ts";
import { pathProblem } from "./znode-path.ts";

/** What lets another connection go on with a session. The password is a secret: never log it. */
export interface SessionTicket {
  readonly id: Buffer;
  readonly password: Buffer;
  /** The newest transaction we have seen. A server that is behind it refuses us; 0 asks any server. */
  readonly zxid: bigint;
}

type NotificationType = "created" | "deleted" | "changed" | "children" | "other";

export interface Notification {
  readonly type: NotificationType;
  readonly path: string;
}

export interface ConnectionOptions {
  readonly server: ServerAddress;
  readonly sessionTimeoutMs: number;
  readonly resume: SessionTicket | undefined;
  /** For the TCP connection and the handshake together. */
  readonly openDeadlineMs: number;
  readonly clock: Clock;
  /** Gives up opening; has no effect afterwards. */
  readonly signal: AbortSignal;
  readonly onNotification: (notification: Notification) => void;
  /** Called once, after every pending request has been rejected; never for a connection that did not open. */
  readonly onLost: (error: ServerSetError) => void;
}

const LARGEST_FRAME_BYTES = 64 * 1024 ** 2;
/** Our own requests use the upper half of the numbers, so that their replies are told from the library's. */
const FIRST_RAW_XID = 0x4000_0000;
const NOTIFICATION_XID = -1;
const PING_XID = -2;
const REPLY_HEADER_BYTES = 16;
const REPLY_BODY = 4 + REPLY_HEADER_BYTES;
const NOTIFICATION_TYPES: Readonly<Record<number, NotificationType>> = {
  1: "created",
  2: "deleted",
  3: "changed",
  4: "children",
};

interface Waiter {
  readonly reject: (error: ServerSetError) => void;
}

interface RawWaiter extends Waiter {
  readonly resolve: (frame: Buffer) => void;
  readonly describe: string;
  readonly path: string | undefined;
}

/**
 * One TCP connection of a ZooKeeper session, on one client of the library that is thrown away with it.
 * Opening, framing, heartbeat and closing are ours; the library encodes requests and decodes replies.
 * @throws ServerSetError CONNECT_FAILED, CONNECT_TIMEOUT, PROTOCOL, or SESSION_EXPIRED for a session that is gone.
 */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const connection = new Connection(options);
  await connection.opened;
  return connection;
}

export class Connection {
  readonly server: ServerAddress;
  readonly opened: Promise<void>;
  readonly #options: ConnectionOptions;
  readonly #client: LibraryClient;
  readonly #manager: LibraryConnectionManager;
  readonly #handToLibrary: (frame: Buffer) => void;
  readonly #splitter = new FrameSplitter(LARGEST_FRAME_BYTES);
  readonly #pending = new Set<Waiter>();
  readonly #rawPending = new Map<number, RawWaiter>();
  #nextRawXid = FIRST_RAW_XID;
  #zxid: bigint;
  #lostWith: ServerSetError | undefined;
  #isOpen = false;
  #settleOpen: { resolve: () => void; reject: (error: ServerSetError) => void };
  #cancelDeadline: () => void;
  readonly #heartbeat: Heartbeat;
  #closing = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.server = options.server;
    this.#zxid = options.resume?.zxid ?? 0n;
    const opened = Promise.withResolvers<void>();
    this.opened = opened.promise;
    this.#settleOpen = opened;

    const ticket = options.resume;
    this.#client = createLibraryClient({
      sessionTimeoutMs: options.sessionTimeoutMs,
      ...(ticket === undefined ? {} : { sessionId: ticket.id, sessionPassword: ticket.password }),
    });
    const manager = this.#client.connectionManager;
    this.#manager = manager;
    manager.zxid = zxidBytes(this.#zxid);
    this.#heartbeat = new Heartbeat(
      options.clock,
      () => void manager.socket.write(header(PING_XID, raw.OP.ping, 0)),
      (waitedMs) => {
        const message = `${formatServer(this.server)} has not answered a ping for ${waitedMs} ms`;
        this.#lose(new ServerSetError("CONNECTION_LOSS", message));
      },
    );
    this.#handToLibrary = manager.onSocketData.bind(manager);
    // The library's ping is silenced by any inbound traffic and its answer is not awaited: see heartbeat.ts.
    manager.onSocketTimeout = () => {};
    let attempted = false;
    manager.connect = () => {
      // The library reconnects by itself after a close; a session supervisor does that here.
      if (attempted) return;
      attempted = true;
      manager.setState(LIBRARY_STATE.CONNECTING);
      manager.socket = this.#openSocket();
    };
    this.#client.on("state", (state) => this.#onLibraryState(state.name));
    this.#cancelDeadline = options.clock.after(options.openDeadlineMs, () => {
      const message = `${formatServer(this.server)} did not answer as ZooKeeper within ${options.openDeadlineMs} ms`;
      this.#lose(new ServerSetError("CONNECT_TIMEOUT", message));
    });
    const giveUp = () => {
      if (!this.#isOpen) this.#lose(new ServerSetError("CLOSED", "the ZooKeeper session was closed"));
    };
    options.signal.addEventListener("abort", giveUp, { once: true });
    this.#client.connect();
  }

  get ticket(): SessionTicket {
    return { id: this.#client.getSessionId(), password: this.#client.getSessionPassword(), zxid: this.#zxid };
  }

  /** As `ephemeralOwner` shows it. */
  get sessionId(): bigint {
    return this.#client.getSessionId().readBigInt64BE();
  }

  /** What the server granted, which may differ from what was asked. */
  get sessionTimeoutMs(): number {
    return this.#client.getSessionTimeout();
  }

  /** Why this connection ended; undefined while it lives. */
  get lostWith(): ServerSetError | undefined {
    return this.#lostWith;
  }

  create(path: string, data: Buffer, mode: CreateMode): Promise<string> {
    return this.#request("create", path, (done) => this.#client.create(path, data, CREATE_MODE[mode], done));
  }

  remove(path: string, version = -1): Promise<void> {
    return this.#request("remove", path, (done) => this.#client.remove(path, version, done));
  }

  async setData(path: string, data: Buffer, version = -1): Promise<void> {
    await this.#request("setData", path, (done) => this.#client.setData(path, data, version, done));
  }

  /** @returns the session that owns the znode, 0n when it is persistent, undefined when there is none. */
  async ownerOf(path: string, options: { watch?: boolean } = {}): Promise<bigint | undefined> {
    const stat = await this.#request<{ ephemeralOwner: Buffer } | null>("exists", path, (done) =>
      options.watch ? this.#client.exists(path, ignoreEvent, done) : this.#client.exists(path, done),
    );
    return stat?.ephemeralOwner.readBigInt64BE();
  }

  getData(path: string): Promise<Buffer> {
    return this.#request<Buffer>("getData", path, (done) =>
      this.#client.getData(path, (error, data) => done(error, data ?? Buffer.alloc(0))),
    );
  }

  getChildren(path: string): Promise<string[]> {
    return this.#request("getChildren", path, (done) => this.#client.getChildren(path, done));
  }

  /** Waits until this server has applied everything committed before the call. */
  async sync(path: string): Promise<void> {
    await this.#rawRequest("sync", raw.OP.sync, raw.encodePath(path), path);
  }

  /** @returns paths of the ephemeral znodes of this session that begin with `prefix`. */
  async getEphemerals(prefix: string): Promise<string[]> {
    const frame = await this.#rawRequest(
      "getEphemerals",
      raw.OP.getEphemerals,
      raw.encodePath(prefix),
      prefix,
    );
    return raw.decodeStrings(frame, REPLY_BODY).strings;
  }

  /** Notifications for `path` and everything below it, until the connection ends. The path need not exist. */
  async watchTree(path: string): Promise<void> {
    await this.#rawRequest("addWatch", raw.OP.addWatch, raw.encodeAddWatch(path, "recursive"), path);
  }

  /** Many reads in one round trip; results in the order asked. */
  async multiRead(reads: readonly raw.Read[]): Promise<raw.ReadResult[]> {
    if (reads.length === 0) return [];
    const frame = await this.#rawRequest(
      "multiRead",
      raw.OP.multiRead,
      raw.encodeMultiRead(reads),
      reads[0]?.path,
    );
    return raw.decodeMultiRead(frame, REPLY_BODY);
  }

  /** Ends the session at the server, so that its ephemeral znodes go at once; gives up after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    if (this.#lostWith !== undefined) return;
    this.#closing = true;
    const gone = Promise.withResolvers<void>();
    this.#manager.socket.once("close", () => gone.resolve());
    const cancel = this.#options.clock.after(graceMs, () => gone.resolve());
    this.#client.close();
    await gone.promise;
    cancel();
    this.#lose(new ServerSetError("CLOSED", "the ZooKeeper session was closed"));
  }

  /** Drops the connection without ending the session, as a network failure would. */
  abandon(error: ServerSetError): void {
    this.#lose(error);
  }

  #openSocket(): Socket {
    const socket = connect({ host: this.server.host, port: this.server.port, noDelay: true });
    socket.on("connect", () => this.#manager.onSocketConnected());
    socket.on("data", (chunk) => this.#onData(chunk));
    socket.on("drain", () => this.#manager.onSocketDrain());
    socket.on("error", (error) => {
      const message = `can not reach ZooKeeper at ${formatServer(this.server)}: ${socketProblem(error)}`;
      this.#lose(
        new ServerSetError(this.#isOpen ? "CONNECTION_LOSS" : "CONNECT_FAILED", message, { cause: error }),
      );
    });
    socket.on("close", (hadError) => {
      const message = `${formatServer(this.server)} closed the connection`;
      if (!this.#closing) {
        this.#lose(new ServerSetError(this.#isOpen ? "CONNECTION_LOSS" : "CONNECT_FAILED", message));
      }
      this.#manager.onSocketClosed(hadError);
    });
    return socket;
  }

  #onData(chunk: Buffer): void {
    if (this.#lostWith !== undefined) return;
    try {
      this.#splitter.push(chunk, (frame) => this.#onFrame(frame));
    } catch (cause) {
      const tooLarge = cause instanceof RangeError && /^a frame of \d/.test(cause.message);
      const message = `${formatServer(this.server)} sent what ZooKeeper does not send: ${(cause as Error).message}`;
      this.#lose(new ServerSetError(tooLarge && this.#isOpen ? "TOO_LARGE" : "PROTOCOL", message, { cause }));
    }
  }

  #onFrame(frame: Buffer): void {
    if (this.#lostWith !== undefined) return;
    if (this.#manager.state === LIBRARY_STATE.CONNECTING) return this.#handToLibrary(frame);
    if (frame.length < REPLY_BODY) throw new RangeError(`a reply of ${frame.length} bytes`);
    const xid = frame.readInt32BE(4);
    const zxid = frame.readBigInt64BE(8);
    if (zxid > this.#zxid) this.#zxid = zxid;
    if (xid === NOTIFICATION_XID) return this.#onNotification(frame);
    if (xid === PING_XID) return this.#heartbeat.next(this.sessionTimeoutMs);
    if (xid >= FIRST_RAW_XID) return this.#onRawReply(xid, frame);
    this.#handToLibrary(frame);
  }

  #onNotification(frame: Buffer): void {
    const type = NOTIFICATION_TYPES[frame.readInt32BE(REPLY_BODY)] ?? "other";
    const length = frame.readInt32BE(REPLY_BODY + 8);
    const path = frame.toString("utf8", REPLY_BODY + 12, REPLY_BODY + 12 + length);
    this.#options.onNotification({ type, path });
  }

  #onRawReply(xid: number, frame: Buffer): void {
    const waiter = this.#rawPending.get(xid);
    if (waiter === undefined) throw new RangeError(`a reply to request ${xid}, which was not made`);
    this.#rawPending.delete(xid);
    const code = frame.readInt32BE(REPLY_HEADER_BYTES);
    if (code === 0) waiter.resolve(frame);
    else waiter.reject(fromZooKeeperCode(code, waiter.describe, waiter.path));
  }

  #onLibraryState(name: string): void {
    if (name === "SYNC_CONNECTED") {
      this.#isOpen = true;
      this.#cancelDeadline();
      this.#settleOpen.resolve();
      this.#heartbeat.next(this.sessionTimeoutMs);
    } else if (name === "EXPIRED") {
      this.#lose(new ServerSetError("SESSION_EXPIRED", "ZooKeeper says that the session has expired"));
    } else if (name === "AUTH_FAILED") {
      this.#lose(new ServerSetError("NO_AUTH", "ZooKeeper refused the credentials"));
    }
  }

  #request<T>(
    operation: string,
    path: string,
    send: (done: (error: LibraryError | null, value: T) => void) => void,
  ): Promise<T> {
    const refusal = this.#lostWith ?? pathProblem(path);
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { reject };
      this.#pending.add(waiter);
      send((error, value) => {
        this.#pending.delete(waiter);
        if (error === null || error === undefined) resolve(value);
        else reject(fromZooKeeperCode(error.code, operation, path));
      });
    });
  }

  #rawRequest(operation: string, type: number, body: Buffer, path?: string): Promise<Buffer> {
    const refusal = this.#lostWith ?? (path === undefined ? undefined : pathProblem(path));
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      const xid = this.#nextRawXid;
      this.#nextRawXid = xid === 0x7fff_ffff ? FIRST_RAW_XID : xid + 1;
      this.#rawPending.set(xid, { resolve, reject, describe: operation, path });
      this.#manager.socket.write(Buffer.concat([header(xid, type, body.length), body]));
    });
  }

  #lose(error: ServerSetError): void {
    if (this.#lostWith !== undefined) return;
    this.#lostWith = error;
    this.#cancelDeadline();
    this.#heartbeat.stop();
    this.#manager.socket.destroy();
    for (const waiter of [...this.#pending, ...this.#rawPending.values()]) waiter.reject(error);
    this.#pending.clear();
    this.#rawPending.clear();
    if (!this.#isOpen) this.#settleOpen.reject(error);
    else this.#options.onLost(error);
  }
}

/** Notifications are taken from the frames; the library only needs a function to ask the server for one. */
function ignoreEvent(): void {}

function header(xid: number, type: number, bodyBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(12);
  bytes.writeInt32BE(8 + bodyBytes, 0);
  bytes.writeInt32BE(xid, 4);
  bytes.writeInt32BE(type, 8);
  return bytes;
}

function zxidBytes(zxid: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(zxid);
  return bytes;
}
