import type { ServerSetErrorCode } from "../errors.ts";
import type { SessionPhase } from "./session.ts";

export interface SessionStatus {
  /**
   * connecting: no session yet. connected. suspended: no connection, the session may live on; what we announced is
   * still seen by others. expired: that session is gone, a new one is being made. closed: by us.
   */
  readonly state: SessionPhase;
  /** Suspended for longer than the session timeout: others may not see any more what we announced. */
  readonly suspect: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  readonly generation: number;
  readonly server?: string;
  /** Why there is no connection, in words and for programs. */
  readonly error?: string;
  readonly code?: ServerSetErrorCode;
}

export interface SessionHealth extends SessionStatus {
  /** Milliseconds since a server was last heard; undefined before the first time. */
  readonly lastContactMs: number | undefined;
  /** Milliseconds by which a timer of this process was late, at most, in the last minute. */
  readonly loopLagMs: number;
  readonly counters: SessionCounters;
}

/** Since the session was made. */
interface SessionCounters {
  /** Connections that were begun. */
  readonly attempts: number;
  /** Of those, the ones that became ours. */
  readonly connections: number;
  readonly losses: number;
  readonly expirations: number;
  /** Sessions of crashed runs that were ended: 0 or 1. */
  readonly takeOvers: number;
}
