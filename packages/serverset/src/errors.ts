/** What went wrong, for programs. The table in docs/errors.md has one row for each; a test holds the two together. */
export const SERVERSET_ERROR_CODES = [
  "INVALID_SERVERS",
  "INVALID_PATH",
  "INVALID_MEMBER",
  "INVALID_AUTH",
  "CONNECT_FAILED",
  "CONNECT_TIMEOUT",
  "CONNECTION_LOSS",
  "NO_QUORUM",
  "TLS_FAILED",
  "AUTH_FAILED",
  "SESSION_EXPIRED",
  "NO_NODE",
  "NODE_EXISTS",
  "NO_AUTH",
  "NOT_EMPTY",
  "UNSUPPORTED",
  "PROTOCOL",
  "TOO_LARGE",
  "LIMIT",
  "REMOVALS_HELD",
  "ZOOKEEPER",
  "CLOSED",
  "ABORTED",
] as const;

export type ServerSetErrorCode = (typeof SERVERSET_ERROR_CODES)[number];

/** Codes after which the same request may succeed on the next connection. */
const RETRYABLE: ReadonlySet<ServerSetErrorCode> = new Set([
  "CONNECT_FAILED",
  "CONNECT_TIMEOUT",
  "CONNECTION_LOSS",
  "NO_QUORUM",
  "TLS_FAILED",
  "SESSION_EXPIRED",
  "PROTOCOL",
  "TOO_LARGE",
  "LIMIT",
  "REMOVALS_HELD",
]);

const BY_ZOOKEEPER_CODE: Readonly<Record<number, ServerSetErrorCode>> = {
  [-4]: "CONNECTION_LOSS",
  [-7]: "CONNECTION_LOSS",
  [-6]: "UNSUPPORTED",
  [-101]: "NO_NODE",
  [-102]: "NO_AUTH",
  [-110]: "NODE_EXISTS",
  [-111]: "NOT_EMPTY",
  [-112]: "SESSION_EXPIRED",
  [-115]: "AUTH_FAILED",
  [-118]: "CONNECTION_LOSS",
  [-127]: "LIMIT",
};

export class ServerSetError extends Error {
  readonly code: ServerSetErrorCode;
  readonly retryable: boolean;
  /** The znode concerned, when there is one. */
  readonly path: string | undefined;
  /** ZooKeeper's own number, when a server answered with one. */
  readonly zkCode: number | undefined;

  constructor(
    code: ServerSetErrorCode,
    message: string,
    details: { path?: string | undefined; zkCode?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "ServerSetError";
    this.code = code;
    this.retryable = RETRYABLE.has(code);
    this.path = details.path;
    this.zkCode = details.zkCode;
  }
}

/** An error number that a server answered with, as ours. */
export function fromZooKeeperCode(zkCode: number, operation: string, path?: string): ServerSetError {
  const code = BY_ZOOKEEPER_CODE[zkCode] ?? "ZOOKEEPER";
  const where = path === undefined ? "" : ` ${path}`;
  const what = code === "ZOOKEEPER" ? `error ${zkCode}` : code;
  return new ServerSetError(code, `${operation}${where}: ZooKeeper answered ${what}`, { path, zkCode });
}

export function isCode(error: unknown, code: ServerSetErrorCode): boolean {
  return error instanceof ServerSetError && error.code === code;
}
