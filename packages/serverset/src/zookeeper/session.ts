/**
 * One ZooKeeper session over many connections.
 *
 *   connecting ──opened──▶ connected ──lost──▶ suspended ──opened──▶ connected      (same generation)
 *       ▲                                          │
 *       └──────────────── expired ◀──── refused: "expired" ────┘                    (generation + 1)
 *
 * suspended: we do not hear ZooKeeper, others still see our ephemeral znodes. Only a server can say expired.
 */
export type SessionPhase = "connecting" | "connected" | "suspended" | "expired" | "closed";

export interface SessionState {
  readonly phase: SessionPhase;
  /** Counts sessions, from 0 before the first; what was created in an earlier generation is gone. */
  readonly generation: number;
  /** When `phase` was entered, on the monotonic clock. */
  readonly since: number;
  /** When the session last had a connection; undefined before the first. */
  readonly lastContact: number | undefined;
  /** Attempts that failed since a connection last held for a while. */
  readonly failures: number;
  readonly nextServer: number;
  readonly serverCount: number;
  readonly sessionTimeoutMs: number;
  /** Why we are not connected, in words. */
  readonly error: string | undefined;
}

export type SessionEvent =
  | { readonly type: "start" }
  | { readonly type: "opened"; readonly sessionTimeoutMs: number }
  | { readonly type: "openFailed"; readonly reason: string; readonly expired: boolean }
  | { readonly type: "lost"; readonly reason: string; readonly expired: boolean }
  | { readonly type: "retryDue" }
  | { readonly type: "close" };

export type SessionEffect =
  /** `resume`: go on with the known session. `anyServer`: also with a server that is behind what we have seen. */
  | {
      readonly type: "open";
      readonly server: number;
      readonly deadlineMs: number;
      readonly resume: boolean;
      readonly anyServer: boolean;
    }
  /** Wait a random time up to `atMostMs`, then feed `retryDue`. */
  | { readonly type: "retry"; readonly atMostMs: number };

const FIRST_DEADLINE_MS = 600;
const FIRST_BACKOFF_MS = 50;
/** A connection that lasted this long was a success. */
const STABLE_MS = 1_000;
const LONGEST_BACKOFF_MS = 5_000;

export function newSession(serverCount: number, sessionTimeoutMs: number, now: number): SessionState {
  return {
    phase: "connecting",
    generation: 0,
    since: now,
    lastContact: undefined,
    failures: 0,
    nextServer: 0,
    serverCount,
    sessionTimeoutMs,
    error: undefined,
  };
}

export function stepSession(
  state: SessionState,
  event: SessionEvent,
  now: number,
): { state: SessionState; effects: readonly SessionEffect[] } {
  if (state.phase === "closed") return { state, effects: [] };
  switch (event.type) {
    case "close":
      return { state: { ...enter(state, "closed", now), error: undefined }, effects: [] };
    case "start":
    case "retryDue":
      return attempt(state, now);
    case "opened": {
      const resumed = state.phase === "suspended";
      const connected: SessionState = {
        ...enter(state, "connected", now),
        generation: resumed ? state.generation : state.generation + 1,
        lastContact: now,
        sessionTimeoutMs: event.sessionTimeoutMs,
        error: undefined,
      };
      return { state: connected, effects: [] };
    }
    case "openFailed": {
      // Only a known session can expire; a server that says so of a new one is left like any other that fails.
      if (event.expired && state.phase === "suspended") return expire(state, event.reason, now);
      return fail({ ...state, error: event.reason }, now);
    }
    case "lost": {
      const left = { ...state, lastContact: now, error: event.reason };
      const lasted = now - state.since >= STABLE_MS;
      if (event.expired) return expire(left, event.reason, now);
      const suspended = enter(left, "suspended", now);
      // A server that lets us in and drops us at once is a failed attempt: without a pause we would knock for ever.
      return lasted ? attempt({ ...suspended, failures: 0 }, now) : fail(suspended, now);
    }
  }
}

function fail(state: SessionState, now: number): { state: SessionState; effects: readonly SessionEffect[] } {
  const failed = { ...state, failures: state.failures + 1 };
  // Every server is asked once before we wait: one that is up must not wait for those that are down.
  if (failed.failures % state.serverCount !== 0) return attempt(failed, now);
  const round = failed.failures / state.serverCount;
  // A session that may live on must not be lost to our own patience.
  const longest =
    state.phase === "suspended"
      ? Math.min(LONGEST_BACKOFF_MS, state.sessionTimeoutMs / 6)
      : LONGEST_BACKOFF_MS;
  const atMostMs = Math.min(longest, FIRST_BACKOFF_MS * 2 ** Math.min(round, 10));
  return { state: failed, effects: [{ type: "retry", atMostMs }] };
}

/** The old session is gone for good, and with it its ephemeral znodes and watches: ask for a new one at once. */
function expire(state: SessionState, reason: string, now: number) {
  return attempt({ ...enter(state, "expired", now), error: reason, lastContact: undefined }, now);
}

function attempt(
  state: SessionState,
  now: number,
): { state: SessionState; effects: readonly SessionEffect[] } {
  const resume = state.phase === "suspended";
  const round = Math.floor(state.failures / state.serverCount);
  const longest = Math.max(FIRST_DEADLINE_MS, state.sessionTimeoutMs / 3);
  const open: SessionEffect = {
    type: "open",
    server: state.nextServer,
    // A follower that has lost its leader accepts the connection and never answers, so short first; a slow host gets more.
    deadlineMs: Math.min(longest, FIRST_DEADLINE_MS * 2 ** Math.min(round, 10)),
    resume,
    // An ensemble that lost its data is behind us for ever. Past the session timeout the answer "expired" is what we want.
    anyServer:
      resume && state.lastContact !== undefined && now - state.lastContact > (state.sessionTimeoutMs * 4) / 3,
  };
  return { state: { ...state, nextServer: (state.nextServer + 1) % state.serverCount }, effects: [open] };
}

function enter(state: SessionState, phase: SessionPhase, now: number): SessionState {
  return state.phase === phase ? state : { ...state, phase, since: now };
}
