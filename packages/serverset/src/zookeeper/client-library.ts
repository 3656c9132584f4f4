import type { Socket } from "node:net";
import zooKeeper from "node-zookeeper-client";
import { type Acl, PERMISSIONS, type Permission } from "./security.ts";
import type { Stat } from "./stat.ts";

/**
 * The only file that imports node-zookeeper-client (1.1.3, pinned exactly), and the only one that knows its private
 * members. We keep its encoding of requests and replies and replace its handling of connections; why is in
 * docs/adr/0003-zookeeper-client-behind-one-file.md. A test fails when a member named here is missing.
 */
export interface LibraryClient {
  connect(): void;
  close(): void;
  getSessionId(): Buffer;
  getSessionPassword(): Buffer;
  getSessionTimeout(): number;
  on(event: "state", listener: (state: { name: string }) => void): void;
  create(path: string, data: Buffer, mode: number, done: Done<string>): void;
  create(path: string, data: Buffer, acl: LibraryAcl[], mode: number, done: Done<string>): void;
  remove(path: string, version: number, done: Done<void>): void;
  setData(path: string, data: Buffer, version: number, done: Done<unknown>): void;
  exists(path: string, watcher: () => void, done: Done<LibraryStat | null>): void;
  exists(path: string, done: Done<LibraryStat | null>): void;
  getData(path: string, done: DoneWithStat<Buffer | undefined>): void;
  getChildren(path: string, watcher: () => void, done: DoneWithStat<string[]>): void;
  getChildren(path: string, done: DoneWithStat<string[]>): void;
  readonly connectionManager: LibraryConnectionManager;
}

export interface LibraryError extends Error {
  readonly code: number;
}

/** What the library hands out for a Stat: 64-bit numbers are their eight bytes. */
export interface LibraryStat {
  readonly czxid: Buffer;
  readonly mzxid: Buffer;
  readonly ctime: Buffer;
  readonly mtime: Buffer;
  readonly version: number;
  readonly ephemeralOwner: Buffer;
  readonly numChildren: number;
  readonly pzxid: Buffer;
}

export function fromLibraryStat(stat: LibraryStat): Stat {
  return {
    czxid: stat.czxid.readBigInt64BE(),
    mzxid: stat.mzxid.readBigInt64BE(),
    ctimeMs: Number(stat.ctime.readBigInt64BE()),
    mtimeMs: Number(stat.mtime.readBigInt64BE()),
    version: stat.version,
    ephemeralOwner: stat.ephemeralOwner.readBigInt64BE(),
    numChildren: stat.numChildren,
    pzxid: stat.pzxid.readBigInt64BE(),
  };
}

export type Done<T> = (error: LibraryError | null, value: T) => void;
export type DoneWithStat<T> = (error: LibraryError | null, value: T, stat: LibraryStat) => void;
export type LibraryAcl = InstanceType<typeof zooKeeper.ACL>;

/** The private members that we rely on. */
export interface LibraryConnectionManager {
  /** The number that the next request gets. */
  xid: number;
  zxid: Buffer;
  state: number;
  socket: Socket;
  connect(): void;
  setState(state: number): void;
  onSocketConnected(): void;
  onSocketData(bytes: Buffer): void;
  onSocketDrain(): void;
  onSocketClosed(hadError: boolean): void;
  onSocketTimeout(): void;
  registerDataWatcher(path: string, watcher: () => void): void;
  registerChildWatcher(path: string, watcher: () => void): void;
  registerExistenceWatcher(path: string, watcher: () => void): void;
}

/** The library's numbers for the states of a connection (`STATES` in its ConnectionManager). */
export const LIBRARY_STATE = { CONNECTING: 1, CONNECTED: 2, CLOSING: -1 } as const;

export const CREATE_MODE = {
  persistent: zooKeeper.CreateMode.PERSISTENT,
  ephemeral: zooKeeper.CreateMode.EPHEMERAL,
  ephemeralSequential: zooKeeper.CreateMode.EPHEMERAL_SEQUENTIAL,
} as const;
export type CreateMode = keyof typeof CREATE_MODE;

/** The library only needs a function to ask the server for a watch; the notifications are taken from the frames. */
export function ignoreEvent(): void {}

const PERMISSION_BITS: Readonly<Record<Permission, number>> = {
  read: zooKeeper.Permission.READ,
  write: zooKeeper.Permission.WRITE,
  create: zooKeeper.Permission.CREATE,
  delete: zooKeeper.Permission.DELETE,
  admin: zooKeeper.Permission.ADMIN,
};

const OPEN_TO_ALL: readonly Acl[] = [{ scheme: "world", id: "anyone", permissions: PERMISSIONS }];

export function toLibraryAcl(acl: readonly Acl[] = []): LibraryAcl[] {
  // ZooKeeper takes no znode without one.
  return (acl.length === 0 ? OPEN_TO_ALL : acl).map(({ scheme, id, permissions }) => {
    const bits = permissions.reduce((sum, permission) => sum | PERMISSION_BITS[permission], 0);
    return new zooKeeper.ACL(bits, new zooKeeper.Id(scheme, id));
  });
}

export function createLibraryClient(options: {
  sessionTimeoutMs: number;
  sessionId?: Buffer;
  sessionPassword?: Buffer;
}): LibraryClient {
  tolerateUnknownErrorCodes();
  const { sessionTimeoutMs, ...session } = options;
  // The address is never used: channel.ts replaces `connect`. Sequential creates must never be retried blindly.
  const settings = { sessionTimeout: sessionTimeoutMs, spinDelay: 0, retries: 0, ...session };
  const client = zooKeeper.createClient("replaced:1", settings) as unknown as LibraryClient;
  // It would keep one emitter for each path ever watched, and send them all in one packet that servers refuse.
  const manager = client.connectionManager;
  manager.registerDataWatcher = ignoreEvent;
  manager.registerChildWatcher = ignoreEvent;
  manager.registerExistenceWatcher = ignoreEvent;
  return client;
}

interface ExceptionFactory {
  create(code: number, path?: string): Error;
}

let tolerant = false;

/** The library throws inside its socket handler, which ends the process, for every error code it does not list. */
function tolerateUnknownErrorCodes(): void {
  if (tolerant) return;
  tolerant = true;
  const factory = zooKeeper.Exception as unknown as ExceptionFactory;
  const strict = factory.create;
  factory.create = (code, path) => {
    try {
      return strict(code, path);
    } catch {
      return Object.assign(new Error(`ZooKeeper error ${code}`), { code, path, getCode: () => code });
    }
  };
}
