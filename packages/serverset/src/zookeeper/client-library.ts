import type { Socket } from "node:net";
import zooKeeper from "node-zookeeper-client";

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
  remove(path: string, version: number, done: Done<void>): void;
  setData(path: string, data: Buffer, version: number, done: Done<unknown>): void;
  exists(path: string, watcher: () => void, done: Done<LibraryStat | null>): void;
  exists(path: string, done: Done<LibraryStat | null>): void;
  getData(
    path: string,
    done: (error: LibraryError | null, data: Buffer | undefined, stat: LibraryStat) => void,
  ): void;
  getChildren(path: string, done: Done<string[]>): void;
  readonly connectionManager: LibraryConnectionManager;
}

export interface LibraryError extends Error {
  readonly code: number;
}

interface LibraryStat {
  readonly ephemeralOwner: Buffer;
}

type Done<T> = (error: LibraryError | null, value: T) => void;

/** The private members that `connection.ts` relies on. */
export interface LibraryConnectionManager {
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
}

/** The library's numbers for the states of a connection (`STATES` in its ConnectionManager). */
export const LIBRARY_STATE = { CONNECTING: 1, CONNECTED: 2, CLOSING: -1 } as const;

export const CREATE_MODE = {
  persistent: zooKeeper.CreateMode.PERSISTENT,
  ephemeral: zooKeeper.CreateMode.EPHEMERAL,
  ephemeralSequential: zooKeeper.CreateMode.EPHEMERAL_SEQUENTIAL,
} as const;
export type CreateMode = keyof typeof CREATE_MODE;

export function createLibraryClient(options: {
  sessionTimeoutMs: number;
  sessionId?: Buffer;
  sessionPassword?: Buffer;
}): LibraryClient {
  tolerateUnknownErrorCodes();
  const { sessionTimeoutMs, ...session } = options;
  // The address is never used: connection.ts replaces `connect`. Sequential creates must never be retried blindly.
  const settings = { sessionTimeout: sessionTimeoutMs, spinDelay: 0, retries: 0, ...session };
  return zooKeeper.createClient("replaced:1", settings) as unknown as LibraryClient;
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
