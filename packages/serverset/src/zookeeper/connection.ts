import { ServerSetError } from "../errors.ts";
import { Channel } from "./channel.ts";
import {
  CREATE_MODE,
  type CreateMode,
  type Done,
  type DoneWithStat,
  fromLibraryStat,
  ignoreEvent,
  type LibraryStat,
  toLibraryAcl,
} from "./client-library.ts";
import type { ConnectionOptions, SessionTicket } from "./connection-options.ts";
import { LARGEST_REQUEST_BYTES, REPLY_BODY } from "./packets.ts";
import * as raw from "./raw-operations.ts";
import type { Acl } from "./security.ts";
import type { ServerAddress } from "./servers.ts";
import type { Stat } from "./stat.ts";

export type { ConnectionOptions, SessionTicket } from "./connection-options.ts";
export type { Notification } from "./packets.ts";

/** What a request needs besides the data it carries, generously. */
const ROOM_BESIDE_DATA_BYTES = 16 * 1024;
const NO_WATCHER = -121;

/**
 * Opens one connection of a ZooKeeper session.
 * @throws ServerSetError CONNECT_FAILED, CONNECT_TIMEOUT, TLS_FAILED, AUTH_FAILED, PROTOCOL, CLOSED, or SESSION_EXPIRED
 * for a session that is gone.
 */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const connection = new Connection(options);
  await connection.opened;
  return connection;
}

/**
 * ZooKeeper's operations on one connection. Every request settles: with its answer, with a ServerSetError that has the
 * server's number in `zkCode`, with LIMIT or INVALID_PATH before anything is sent, or with why the connection ended.
 */
export class Connection {
  readonly server: ServerAddress;
  readonly opened: Promise<void>;
  readonly #channel: Channel;
  readonly #acl: readonly Acl[] | undefined;

  constructor(options: ConnectionOptions) {
    this.server = options.server;
    this.#acl = options.acl;
    this.#channel = new Channel(options);
    this.opened = this.#channel.opened;
  }

  get ticket(): SessionTicket {
    return this.#channel.ticket;
  }

  /** As `ephemeralOwner` shows it. */
  get sessionId(): bigint {
    return this.#channel.ticket.id.readBigInt64BE();
  }

  /** What the server granted, which may differ from what was asked. */
  get sessionTimeoutMs(): number {
    return this.#channel.sessionTimeoutMs;
  }

  /** When bytes last arrived, on the clock it was given; before any did, when it began to open. */
  get lastHeardAt(): number {
    return this.#channel.lastHeardAt;
  }

  /** The server has said, on this connection, that the session is no more. */
  get sessionEnded(): boolean {
    return this.#channel.sessionEnded;
  }

  /** Why this connection ended; undefined while it lives. */
  get lostWith(): ServerSetError | undefined {
    return this.#channel.lostWith;
  }

  /**
   * @param acl who may do what with the znode; default: the connection's.
   * @returns the path, which for a sequential znode ends with its number.
   */
  async create(path: string, data: Buffer, mode: CreateMode, acl?: readonly Acl[]): Promise<string> {
    refuseLargeData("create", path, data);
    const entries = toLibraryAcl(acl ?? this.#acl);
    return this.#channel.requests.ask("create", path, (client, done) =>
      client.create(path, data, entries, CREATE_MODE[mode], done),
    );
  }

  remove(path: string, version = -1): Promise<void> {
    return this.#channel.requests.ask("remove", path, (client, done) => client.remove(path, version, done));
  }

  async setData(path: string, data: Buffer, version = -1): Promise<void> {
    refuseLargeData("setData", path, data);
    await this.#channel.requests.ask("setData", path, (client, done) =>
      client.setData(path, data, version, done),
    );
  }

  /** @returns undefined when there is no such znode; with `watch` its creation is notified then. */
  statOf(path: string, options: { watch?: boolean } = {}): Promise<Stat | undefined> {
    return this.#channel.requests.ask("exists", path, (client, done) => {
      const take: Done<LibraryStat | null> = (error, stat) =>
        done(error, stat ? fromLibraryStat(stat) : undefined);
      if (options.watch) client.exists(path, ignoreEvent, take);
      else client.exists(path, take);
    });
  }

  /** @returns the session that owns the znode, 0n when it is persistent, undefined when there is none. */
  async ownerOf(path: string, options: { watch?: boolean } = {}): Promise<bigint | undefined> {
    return (await this.statOf(path, options))?.ephemeralOwner;
  }

  read(path: string): Promise<{ data: Buffer; stat: Stat }> {
    return this.#channel.requests.ask("getData", path, (client, done) =>
      client.getData(path, (error, data, stat) =>
        done(error, error ? undefined : { data: data ?? Buffer.alloc(0), stat: fromLibraryStat(stat) }),
      ),
    );
  }

  async getData(path: string): Promise<Buffer> {
    return (await this.read(path)).data;
  }

  /** `children` are names, not paths, in no order. With `watch` the next change of them is notified. */
  list(path: string, options: { watch?: boolean } = {}): Promise<{ children: string[]; stat: Stat }> {
    return this.#channel.requests.ask("getChildren", path, (client, done) => {
      const take: DoneWithStat<string[]> = (error, children, stat) =>
        done(error, error ? undefined : { children, stat: fromLibraryStat(stat) });
      if (options.watch) client.getChildren(path, ignoreEvent, take);
      else client.getChildren(path, take);
    });
  }

  async getChildren(path: string): Promise<string[]> {
    return (await this.list(path)).children;
  }

  /** Waits until this server has applied everything committed before the call. */
  sync(path: string): Promise<void> {
    return this.#channel.requests.askRaw("sync", path, {
      type: raw.OP.sync,
      body: raw.encodePath(path),
      decode: nothing,
    });
  }

  /** @returns paths of the ephemeral znodes of this session that begin with `prefix`. */
  getEphemerals(prefix: string): Promise<string[]> {
    return this.#channel.requests.askRaw("getEphemerals", prefix, {
      type: raw.OP.getEphemerals,
      body: raw.encodePath(prefix),
      decode: (reply) => raw.decodeStrings(reply, REPLY_BODY).strings,
    });
  }

  /** Notifications for `path` and everything below it, until the connection ends. The path need not exist. */
  watchTree(path: string): Promise<void> {
    const body = raw.encodeAddWatch(path, "recursive");
    return this.#channel.requests.askRaw("addWatch", path, { type: raw.OP.addWatch, body, decode: nothing });
  }

  /** Ends `watchTree`; that there was none is no error. */
  async unwatchTree(path: string): Promise<void> {
    const body = raw.encodeRemoveWatches(path);
    try {
      await this.#channel.requests.askRaw("removeWatches", path, {
        type: raw.OP.removeWatches,
        body,
        decode: nothing,
      });
    } catch (error) {
      if (!(error instanceof ServerSetError && error.zkCode === NO_WATCHER)) throw error;
    }
  }

  /** Many reads in one round trip; results in the order asked. */
  async multiRead(reads: readonly raw.Read[]): Promise<raw.ReadResult[]> {
    const [first] = reads;
    if (first === undefined) return [];
    return this.#channel.requests.askRaw("multiRead", first.path, {
      type: raw.OP.multiRead,
      body: raw.encodeMultiRead(reads),
      decode: (reply) => {
        const results = raw.decodeMultiRead(reply, REPLY_BODY);
        if (results.length === reads.length) return results;
        throw new RangeError(`${results.length} results of ${reads.length} reads`);
      },
    });
  }

  /** Ends the session at the server, so that its ephemeral znodes go at once; gives up after `graceMs`. */
  close(graceMs: number): Promise<void> {
    return this.#channel.close(graceMs);
  }

  /** Drops the connection without ending the session, as a network failure would. */
  abandon(error: ServerSetError): void {
    this.#channel.lose(error);
  }
}

function nothing(): void {}

function refuseLargeData(operation: string, path: string, data: Buffer): void {
  if (data.length <= LARGEST_REQUEST_BYTES - ROOM_BESIDE_DATA_BYTES) return;
  const message = `${operation} ${path}: ${data.length} bytes of data are more than ZooKeeper takes`;
  throw new ServerSetError("LIMIT", message, { path });
}
