/**
 *   unconfigured                                   BOREALIS_ZK is not set or can not be read
 *   connecting ──session──▶ loading ──all read──▶ live ◀──read again── stale
 *                                                  └──session lost──▶
 */
export type SourceState = "unconfigured" | "connecting" | "loading" | "live" | "stale";

/** Where the data comes from and how old it is. */
export interface SourceStatus {
  readonly state: SourceState;
  /** Since when, in milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  /** As given in BOREALIS_ZK. */
  readonly servers?: string;
  /** The one the session is with. */
  readonly server?: string;
  /** Why there is no connection, in words. */
  readonly error?: string;
  readonly serverSetRoot: string;
  readonly executors: number;
  /** The server's clock when it said so: ages are counted by it, not by the browser's. */
  readonly nowMs: number;
}
