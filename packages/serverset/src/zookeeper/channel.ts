import { ServerSetError } from "../errors.ts";
import { authenticate } from "./authentication.ts";
import {
  createLibraryClient,
  LIBRARY_STATE,
  type LibraryClient,
  type LibraryConnectionManager,
} from "./client-library.ts";
import type { ConnectionOptions, SessionTicket } from "./connection-options.ts";
import {
  type Circumstances,
  deadlinePassed,
  hungUp,
  type Stage,
  socketFailed,
} from "./connection-problem.ts";
import { FrameLengthError, FrameSplitter } from "./frames.ts";
import { Heartbeat } from "./heartbeat.ts";
import { encodeRequest, readNotification, readReplyHeader, XID } from "./packets.ts";
import { OP } from "./raw-operations.ts";
import { Requests } from "./requests.ts";
import { formatServer } from "./servers.ts";
import { openTransport } from "./transport.ts";

const LARGEST_REPLY_BYTES = 64 * 1024 ** 2;
const LARGEST_WELCOME_BYTES = 1_024;
const EMPTY = Buffer.alloc(0);

/**
 * One TCP or TLS connection of a session, on one client of the library that is thrown away with it.
 *
 *   reaching ──TCP──▶ securing ──TLS──▶ greeting ──handshake──▶ authenticating ──taken──▶ open
 *            └──────without TLS──────▶           └──────without credentials──────────▶
 *   any of them ──deadline, socket gone, bytes that are none of ZooKeeper's, refusal, silence, close──▶ lost
 *
 * Opening, framing, heartbeat and closing are ours; the library encodes requests and decodes replies.
 */
export class Channel {
  readonly opened: Promise<void>;
  readonly requests: Requests;
  readonly #options: ConnectionOptions;
  readonly #client: LibraryClient;
  readonly #manager: LibraryConnectionManager;
  readonly #handToLibrary: (frame: Buffer) => void;
  readonly #splitter = new FrameSplitter(LARGEST_WELCOME_BYTES);
  readonly #heartbeat: Heartbeat;
  readonly #settleOpen: { resolve: () => void; reject: (error: ServerSetError) => void };
  readonly #stopOpening: () => void;
  #stage: Stage = "reaching";
  #zxid: bigint;
  #heardAt: number;
  #lostWith: ServerSetError | undefined;
  #closing: Promise<void> | undefined;
  /** The number of the request that ends the session, and whether it was answered. */
  #closeNumber: number | undefined;
  #sessionEnded = false;

  constructor(options: ConnectionOptions) {
    const { clock, resume: ticket, signal } = options;
    this.#options = options;
    this.#zxid = ticket?.zxid ?? 0n;
    this.#heardAt = clock.now();
    const opened = Promise.withResolvers<void>();
    this.opened = opened.promise;
    this.#settleOpen = opened;

    this.#client = createLibraryClient({
      sessionTimeoutMs: options.sessionTimeoutMs,
      ...(ticket === undefined ? {} : { sessionId: ticket.id, sessionPassword: ticket.password }),
    });
    const manager = this.#client.connectionManager;
    this.#manager = manager;
    manager.zxid.writeBigInt64BE(this.#zxid);
    this.#handToLibrary = manager.onSocketData.bind(manager);
    // The library's ping is silenced by any inbound traffic and its answer is not awaited: see heartbeat.ts.
    manager.onSocketTimeout = () => {};
    let attempted = false;
    manager.connect = () => {
      // The library reconnects by itself after a close; a session supervisor does that here.
      if (attempted) return;
      attempted = true;
      manager.setState(LIBRARY_STATE.CONNECTING);
      this.#connectSocket();
    };
    this.#client.on("state", (state) => this.#onLibraryState(state.name));
    this.requests = new Requests({
      client: this.#client,
      mostPending: options.mostPending,
      numbers: options.requestNumbers,
      now: clock.now,
      write: (bytes) => void manager.socket.write(bytes),
      refusal: () => this.#lostWith ?? (this.#closing === undefined ? undefined : closedByUs()),
    });
    this.#heartbeat = new Heartbeat({
      clock,
      ping: () => void manager.socket.write(encodeRequest(XID.ping, OP.ping, EMPTY)),
      lastHeardAt: () => this.#heardAt,
      onSilence: (waitedMs) => {
        const message = `${formatServer(options.server)} has not answered a ping for ${waitedMs} ms`;
        this.lose(new ServerSetError("CONNECTION_LOSS", message));
      },
    });

    const giveUp = () => this.lose(closedByUs());
    const cancelDeadline = clock.after(options.openDeadlineMs, () =>
      this.lose(deadlinePassed(this.#circumstances, options.openDeadlineMs)),
    );
    this.#stopOpening = () => {
      cancelDeadline();
      signal.removeEventListener("abort", giveUp);
    };
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      this.#client.connect();
    } catch (error) {
      this.lose(error as ServerSetError);
    }
    if (signal.aborted) giveUp();
  }

  get ticket(): SessionTicket {
    return { id: this.#client.getSessionId(), password: this.#client.getSessionPassword(), zxid: this.#zxid };
  }

  get sessionTimeoutMs(): number {
    return this.#client.getSessionTimeout();
  }

  get lastHeardAt(): number {
    return this.#heardAt;
  }

  get lostWith(): ServerSetError | undefined {
    return this.#lostWith;
  }

  /** The server has said that the session is no more. To hang up, as one does that is being stopped, is not to say so. */
  get sessionEnded(): boolean {
    return this.#sessionEnded;
  }

  /** Ends the session at the server, so that its ephemeral znodes go at once; gives up after `graceMs`. */
  close(graceMs: number): Promise<void> {
    if (this.#stage !== "open") this.lose(closedByUs());
    if (this.#lostWith !== undefined) return this.#closing ?? Promise.resolve();
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  /** Once, and for good: every request under way rejects with `error`. */
  lose(error: ServerSetError): void {
    if (this.#lostWith !== undefined) return;
    this.#lostWith = error;
    this.#stopOpening();
    this.#heartbeat.stop();
    this.#manager.socket?.destroy();
    this.requests.rejectAll(error);
    if (this.#stage !== "open") this.#settleOpen.reject(error);
    else this.#options.onLost(error);
  }

  get #circumstances(): Circumstances {
    const { server, tls } = this.#options;
    return { stage: this.#stage, server, encrypted: tls !== undefined };
  }

  #connectSocket(): void {
    const { server, tls } = this.#options;
    const { socket, readyEvent } = openTransport(server, tls);
    this.#manager.socket = socket;
    socket.once("connect", () => {
      this.#options.onReached?.();
      if (tls !== undefined) this.#stage = "securing";
    });
    socket.once(readyEvent, () => {
      this.#stage = "greeting";
      this.#manager.onSocketConnected();
    });
    socket.on("data", (chunk) => this.#onData(chunk));
    socket.on("drain", () => this.#manager.onSocketDrain());
    socket.on("error", (error) => this.lose(socketFailed(this.#circumstances, error)));
    socket.on("close", (hadError) => {
      if (this.#closing === undefined) this.lose(hungUp(this.#circumstances));
      this.#manager.onSocketClosed(hadError);
    });
  }

  #onData(chunk: Buffer): void {
    if (this.#lostWith !== undefined) return;
    this.#heardAt = this.#options.clock.now();
    try {
      this.#splitter.push(chunk, (frame) => this.#onFrame(frame));
    } catch (cause) {
      const tooLarge = this.#stage === "open" && cause instanceof FrameLengthError && cause.bytes > 0;
      const message = `${formatServer(this.#options.server)} sent what ZooKeeper does not send: ${(cause as Error).message}`;
      this.lose(new ServerSetError(tooLarge ? "TOO_LARGE" : "PROTOCOL", message, { cause }));
    }
  }

  #onFrame(frame: Buffer): void {
    if (this.#lostWith !== undefined) return;
    if (this.#manager.state === LIBRARY_STATE.CONNECTING) return this.#handToLibrary(frame);
    const header = readReplyHeader(frame);
    if (header.zxid > this.#zxid) this.#zxid = header.zxid;
    if (header.xid === this.#closeNumber && header.code === 0) this.#sessionEnded = true;
    if (header.xid === XID.ping) this.#onPong();
    else if (header.xid === XID.notification) this.#options.onNotification(readNotification(frame));
    else if (!this.requests.take(frame, header)) this.#handToLibrary(frame);
  }

  /** A server answers in the order it was asked. What is still open after a session timeout of pongs will never be answered. */
  #onPong(): void {
    const { longestWaitMs } = this.requests;
    if (longestWaitMs <= this.sessionTimeoutMs) return;
    const server = formatServer(this.#options.server);
    const message = `${server} answers pings, and has not answered a request for ${Math.round(longestWaitMs)} ms`;
    this.lose(new ServerSetError("CONNECTION_LOSS", message));
  }

  #onLibraryState(name: string): void {
    if (name === "SYNC_CONNECTED") void this.#onWelcome();
    else if (name === "EXPIRED") {
      this.lose(new ServerSetError("SESSION_EXPIRED", "ZooKeeper says that the session has expired"));
    }
  }

  async #onWelcome(): Promise<void> {
    this.#splitter.largestBytes = LARGEST_REPLY_BYTES;
    const auth = this.#options.auth ?? [];
    if (auth.length === 0) return this.#onOpen();
    this.#stage = "authenticating";
    try {
      await authenticate(auth, (body) =>
        this.#lostWith === undefined ? this.requests.tellAuth(body) : Promise.reject(this.#lostWith),
      );
      this.#onOpen();
    } catch (error) {
      this.lose(error as ServerSetError);
    }
  }

  #onOpen(): void {
    if (this.#lostWith !== undefined) return;
    this.#stage = "open";
    this.#stopOpening();
    this.#settleOpen.resolve();
    this.#heartbeat.start(this.sessionTimeoutMs);
  }

  async #close(graceMs: number): Promise<void> {
    this.#heartbeat.stop();
    const gone = Promise.withResolvers<void>();
    this.#manager.socket.once("close", () => gone.resolve());
    const cancel = this.#options.clock.after(graceMs, () => gone.resolve());
    this.requests.numberNext();
    this.#closeNumber = this.#manager.xid;
    this.#client.close();
    await gone.promise;
    cancel();
    this.lose(closedByUs());
  }
}

function closedByUs(): ServerSetError {
  return new ServerSetError("CLOSED", "the ZooKeeper session was closed");
}
