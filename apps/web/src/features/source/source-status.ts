/**
 *   unconfigured                                   BOREALIS_ZK is not set, or a setting can not be read
 *   connecting ──session──▶ loading ──all read──▶ live ◀──read again── stale
 *                              │                    └──session lost, or reading refused──▶
 *                              └──reading refused──▶ refused ──all read──▶ live
 */
export type SourceState = "unconfigured" | "connecting" | "loading" | "refused" | "live" | "stale";

/** There is a session, and nothing new is shown because reading does not succeed. */
export function isRefused({ error, server, state }: SourceStatus): boolean {
  return state === "refused" || (state === "stale" && server !== undefined && error !== undefined);
}

/** Where the data comes from and how old it is. */
export interface SourceStatus {
  readonly state: SourceState;
  /** Since when, in milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  /** As given in BOREALIS_ZK. */
  readonly servers?: string;
  /** The one the session is with. */
  readonly server?: string;
  /** Why there is no connection or, where there is a `server`, why reading does not succeed. In words. */
  readonly error?: string;
  /** The first of the znodes above the jobs that can not be read, and how many there are. */
  readonly unreadable?: { readonly path: string; readonly reason: string; readonly count: number };
  readonly serverSetRoot: string;
  readonly executors: number;
  /** The server's clock when it said so: ages are counted by it, not by the browser's. */
  readonly nowMs: number;
}
