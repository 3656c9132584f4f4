import type { Clock } from "@borealis/clock";
import type { ServerSetError } from "../errors.ts";
import type { Acl, AuthInfo, TlsOptions } from "./security.ts";
import type { Lookup } from "./server-list.ts";
import type { SessionStatus } from "./session-health.ts";

export interface ZooKeeperOptions {
  /** `host:port`, several separated by commas. */
  readonly servers: string;
  /** What is asked for; the server may grant less or more. Default 10,000; 2^31 - 1 at most, else a RangeError. */
  readonly sessionTimeoutMs?: number;
  readonly onStatus?: (status: SessionStatus) => void;
  readonly clock?: Clock;
  /** From 0 to 1, for backoff and the order of servers; tests give their own. */
  readonly random?: () => number;
  /** Encrypts every connection. */
  readonly tls?: TlsOptions;
  /** Told to the server on every connection, before anything else. */
  readonly auth?: readonly AuthInfo[];
  /** Of every znode that is created without one of its own; when left out everybody may do everything. */
  readonly acl?: readonly Acl[];
  /** Requests under way at once; one more is refused with LIMIT. Default 1,000. */
  readonly mostPending?: number;
  /**
   * A file of this process alone that keeps the session's id and password, readable by its user only. When the process is
   * killed, the next one that is given the file ends that session before it makes its own, so that what was announced is
   * gone at once. What is wrong with the file is a warning.
   */
  readonly sessionFile?: string;
  /** What goes on all the same but should be known, such as a listener that throws. Default: a warning of the process. */
  readonly onWarning?: (warning: ServerSetError | Error) => void;
  /** The addresses of a host name; default: as the system resolves it. Asked again before each round of attempts. */
  readonly lookup?: Lookup;
}
