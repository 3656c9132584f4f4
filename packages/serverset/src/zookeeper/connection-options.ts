import type { Clock } from "@borealis/clock";
import type { ServerSetError } from "../errors.ts";
import type { Notification } from "./packets.ts";
import type { RequestNumbers } from "./request-numbers.ts";
import type { Acl, AuthInfo, TlsOptions } from "./security.ts";
import type { ServerAddress } from "./servers.ts";

/** What lets another connection go on with a session. The password is a secret: never log it. */
export interface SessionTicket {
  readonly id: Buffer;
  readonly password: Buffer;
  /** The newest transaction we have seen. A server that is behind it refuses us; 0 asks any server. */
  readonly zxid: bigint;
}

export interface ConnectionOptions {
  readonly server: ServerAddress;
  readonly sessionTimeoutMs: number;
  readonly resume: SessionTicket | undefined;
  /** For TCP, TLS, ZooKeeper's handshake and the credentials together. */
  readonly openDeadlineMs: number;
  readonly clock: Clock;
  /** Gives up opening; has no effect afterwards. */
  readonly signal: AbortSignal;
  /** Encrypts the connection; plain text when left out. */
  readonly tls?: TlsOptions | undefined;
  /** Told to the server before anything else. */
  readonly auth?: readonly AuthInfo[] | undefined;
  /** Of every znode that is created without one of its own; when left out everybody may do everything. */
  readonly acl?: readonly Acl[] | undefined;
  /** Requests under way at once; one more is refused with LIMIT. Default 1,000. */
  readonly mostPending?: number | undefined;
  /** Where the numbers of requests begin; tests begin near the end. */
  readonly requestNumbers?: RequestNumbers | undefined;
  /** Called once there is a TCP connection, whatever becomes of it. */
  readonly onReached?: (() => void) | undefined;
  readonly onNotification: (notification: Notification) => void;
  /** Called once, after every pending request has been rejected; never for a connection that did not open. */
  readonly onLost: (error: ServerSetError) => void;
}
