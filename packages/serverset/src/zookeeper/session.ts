import type { ServerSetErrorCode } from "../errors.ts";
import { deadlineOf, LOOKUP_DEADLINE_MS, longestPauseOf } from "./attempt-timing.ts";

/**
 * One ZooKeeper session over many connections.
 *
 *   connecting ──opened──▶ connected ──lost──▶ suspended ──opened──▶ connected      (same generation)
 *       ▲                                          │
 *       └──────────────── expired ◀──── refused: "expired" ────┘                    (generation + 1)
 *
 * suspended: we do not hear ZooKeeper, others still see our ephemeral znodes. Only a server can say expired. After one
 * session timeout without a word it is suspect: others may not see them any more.
 *
 * Without connection one thing is under way at any time. A round asks every server once:
 *
 *   resolving ──▶ opening ──failed, servers left──▶ opening ──failed, none left──▶ waiting ──▶ resolving
 *              └▶ ending: the session of a crashed run, before ours is made; fails as opening does
 *
 * After a loss the round begins at opening: the servers known by then must not wait for names.
 */
export type SessionPhase = "connecting" | "connected" | "suspended" | "expired" | "closed";

interface SessionProblem {
  /** In words. */
  readonly reason: string;
  readonly code: ServerSetErrorCode;
}

export interface SessionState {
  readonly phase: SessionPhase;
  /** What is under way. */
  readonly doing: "nothing" | "resolving" | "ending" | "opening" | "waiting";
  /** Counts sessions, from 0 before the first; what was created in an earlier generation is gone. */
  readonly generation: number;
  /** When `phase` was entered, on the monotonic clock. */
  readonly since: number;
  readonly startedAt: number;
  /** When this session was last heard of; undefined before its first connection. */
  readonly lastHeard: number | undefined;
  readonly suspect: boolean;
  /** The session of a crashed run is still to be ended. */
  readonly previous: boolean;
  /** Addresses known, and those of them that this round has not asked yet. */
  readonly servers: number;
  readonly left: number;
  /** Every server that this round asked was reached, and none of them served. */
  readonly unserved: boolean;
  /** Since a connection last held for a while. */
  readonly failedRounds: number;
  readonly sessionTimeoutMs: number;
  /** Why we are not connected. */
  readonly problem: SessionProblem | undefined;
}

/** `reached`: there was a TCP connection. */
export type AttemptFailure = SessionProblem & { readonly reached: boolean };

export type SessionEvent =
  | { readonly type: "start"; readonly previous: boolean }
  /** `problem`: why there is no address, when there is none. */
  | { readonly type: "resolved"; readonly servers: number; readonly problem?: string | undefined }
  | { readonly type: "previousEnded" }
  | ({ readonly type: "previousFailed" } & AttemptFailure)
  | { readonly type: "opened"; readonly sessionTimeoutMs: number }
  | ({ readonly type: "openFailed" } & AttemptFailure)
  | ({ readonly type: "lost"; readonly lastHeard: number } & SessionProblem)
  | { readonly type: "retryDue" }
  | { readonly type: "suspectDue" }
  | { readonly type: "close" };

export type SessionEffect =
  /** Look up the names of servers, then feed `resolved`. */
  | { readonly type: "resolve"; readonly deadlineMs: number }
  /** End the session of the crashed run, then feed `previousEnded` (also when it had expired) or `previousFailed`. */
  | { readonly type: "endPrevious"; readonly deadlineMs: number }
  | OpenEffect
  /** Wait a random time up to `atMostMs`, then feed `retryDue`; another effect ends the wait. */
  | { readonly type: "wait"; readonly atMostMs: number }
  /** Feed `suspectDue` after `afterMs`, unless there is a connection before. */
  | { readonly type: "wake"; readonly afterMs: number };

/** `resume`: go on with the known session. `anyServer`: also with a server that is behind what we have seen. */
export interface OpenEffect {
  readonly type: "open";
  /** The next one of the list, or the one that was asked last, because it is known to serve. */
  readonly server: "next" | "same";
  readonly deadlineMs: number;
  readonly resume: boolean;
  readonly anyServer: boolean;
}

export interface SessionStep {
  readonly state: SessionState;
  readonly effects: readonly SessionEffect[];
}

/** A connection that lasted this long was a success. */
const STABLE_MS = 1_000;
/** How a server looks that is reached and does not serve: it keeps silent, or hangs up. */
const UNSERVED: ReadonlySet<ServerSetErrorCode> = new Set(["CONNECT_TIMEOUT", "CONNECT_FAILED"]);

export function newSession(sessionTimeoutMs: number, now: number): SessionState {
  return {
    phase: "connecting",
    doing: "nothing",
    generation: 0,
    since: now,
    startedAt: now,
    lastHeard: undefined,
    suspect: false,
    previous: false,
    servers: 0,
    left: 0,
    unserved: true,
    failedRounds: 0,
    sessionTimeoutMs,
    problem: undefined,
  };
}

/** What each answer answers. One that nothing under way can have brought changes nothing. */
const ANSWERS_TO: Readonly<Partial<Record<SessionEvent["type"], SessionState["doing"]>>> = {
  start: "nothing",
  resolved: "resolving",
  previousEnded: "ending",
  previousFailed: "ending",
  opened: "opening",
  openFailed: "opening",
  retryDue: "waiting",
};

export function stepSession(state: SessionState, event: SessionEvent, now: number): SessionStep {
  const question = ANSWERS_TO[event.type];
  const unasked = question !== undefined && question !== state.doing;
  if (state.phase === "closed" || unasked) return { state, effects: [] };
  switch (event.type) {
    case "start":
      if (state.phase === "connected") return { state, effects: [] };
      return beginRound({ ...state, previous: event.previous });
    case "retryDue":
      return beginRound(state);
    case "resolved":
      return resolved(state, event, now);
    case "previousEnded":
      return ask({ ...state, previous: false }, "same", now);
    case "previousFailed": {
      // A server that takes connections and can not end it must not keep us out: it expires by itself.
      const patient = !event.reached || now - state.startedAt < state.sessionTimeoutMs;
      return failed({ ...state, previous: patient }, event, now);
    }
    case "opened":
      return open(state, event.sessionTimeoutMs, now);
    case "openFailed": {
      // Only a known session can expire; a server that says so of a new one is left like any other that fails.
      const expired = event.code === "SESSION_EXPIRED" && state.phase === "suspended";
      return expired ? ask(expire(state, event, now), "same", now) : failed(state, event, now);
    }
    case "lost":
      return state.phase === "connected" ? lose(state, event, now) : { state, effects: [] };
    case "suspectDue":
      return suspect(state, now);
    case "close": {
      const closed = enter(state, "closed", now);
      return { state: { ...closed, doing: "nothing", suspect: false, problem: undefined }, effects: [] };
    }
  }
}

function open(state: SessionState, sessionTimeoutMs: number, now: number): SessionStep {
  const resumed = state.phase === "suspended";
  return {
    state: {
      ...enter(state, "connected", now),
      doing: "nothing",
      generation: resumed ? state.generation : state.generation + 1,
      lastHeard: now,
      suspect: false,
      sessionTimeoutMs,
      problem: undefined,
    },
    effects: [],
  };
}

function lose(state: SessionState, event: SessionProblem & { lastHeard: number }, now: number): SessionStep {
  const problem = { reason: event.reason, code: event.code };
  // A server that lets us in and drops us at once is a failed attempt: without a pause we would knock for ever.
  const lasted = now - state.since >= STABLE_MS;
  const left: SessionState = lasted
    ? { ...state, failedRounds: 0, left: state.servers, unserved: true, problem }
    : { ...state, problem };
  if (event.code === "SESSION_EXPIRED") {
    const expired = expire(left, event, now);
    return lasted ? ask(expired, "same", now) : failed(expired, { ...problem, reached: true }, now);
  }
  const lastHeard = Math.min(event.lastHeard, now);
  const afterMs = lastHeard + state.sessionTimeoutMs - now;
  const suspended = { ...enter(left, "suspended", now), lastHeard, suspect: afterMs <= 0 };
  const step = lasted ? ask(suspended, "next", now) : failed(suspended, { ...problem, reached: true }, now);
  const wake: readonly SessionEffect[] = suspended.suspect ? [] : [{ type: "wake", afterMs }];
  return { state: step.state, effects: [...wake, ...step.effects] };
}

/** The old session is gone for good, and with it its ephemeral znodes and watches. */
function expire(state: SessionState, { reason, code }: SessionProblem, now: number): SessionState {
  return { ...enter(state, "expired", now), suspect: false, lastHeard: undefined, problem: { reason, code } };
}

/** From now on another question is asked, to which the answer is new: so it is asked soon. */
function suspect(state: SessionState, now: number): SessionStep {
  if (state.phase !== "suspended" || state.suspect) return { state, effects: [] };
  const early = (state.lastHeard ?? now) + state.sessionTimeoutMs - now;
  if (early > 0) return { state, effects: [{ type: "wake", afterMs: early }] };
  const suspected = { ...state, suspect: true, failedRounds: 0 };
  return suspected.doing === "waiting" ? beginRound(suspected) : { state: suspected, effects: [] };
}

function beginRound(state: SessionState): SessionStep {
  return {
    state: { ...state, doing: "resolving" },
    effects: [{ type: "resolve", deadlineMs: LOOKUP_DEADLINE_MS }],
  };
}

function resolved(
  state: SessionState,
  { servers, problem }: { servers: number; problem?: string | undefined },
  now: number,
): SessionStep {
  const round: SessionState = { ...state, servers, left: servers, unserved: true };
  if (servers > 0) return ask(round, "next", now);
  const reason = problem ?? "no server is known";
  return failed(round, { reason, code: "CONNECT_FAILED", reached: false }, now);
}

function ask(state: SessionState, server: "next" | "same", now: number): SessionStep {
  const deadlineMs = deadlineOf(state.failedRounds, state.sessionTimeoutMs);
  const left = server === "next" ? state.left - 1 : state.left;
  if (state.previous) {
    return { state: { ...state, doing: "ending", left }, effects: [{ type: "endPrevious", deadlineMs }] };
  }
  const resume = state.phase === "suspended";
  // An ensemble that lost its data is behind us for ever, and refuses us for ever. Once our session must have expired,
  // the answer "expired" is what we want of any server; if it lives all the same it is resumed, and what we follow is
  // read anew. Not earlier: a follower that lags would then show us what we have already seen removed.
  const silentMs = state.lastHeard === undefined ? 0 : now - state.lastHeard;
  const anyServer = resume && (state.suspect || silentMs >= state.sessionTimeoutMs);
  return {
    state: { ...state, doing: "opening", left },
    effects: [{ type: "open", server, deadlineMs, resume, anyServer }],
  };
}

/** Every server is asked once before we wait: one that is up must not wait for those that are down. */
function failed(state: SessionState, { reason, code, reached }: AttemptFailure, now: number): SessionStep {
  const unserved = state.unserved && reached && UNSERVED.has(code);
  const problem = { reason, code };
  if (state.left > 0) {
    // After a round that failed its verdict stands until the next one does.
    const shown = state.failedRounds === 0 ? problem : state.problem;
    return ask({ ...state, unserved, problem: shown }, "next", now);
  }
  const failedRounds = state.failedRounds + 1;
  const resuming = state.phase === "suspended";
  const atMostMs = longestPauseOf(failedRounds, state.sessionTimeoutMs, resuming);
  const verdict = unserved ? noQuorum(reason) : problem;
  return {
    state: { ...state, doing: "waiting", failedRounds, unserved, problem: verdict },
    effects: [{ type: "wait", atMostMs }],
  };
}

function noQuorum(reason: string): SessionProblem {
  return { code: "NO_QUORUM", reason: `every server was reached and none serves us: ${reason}` };
}

function enter(state: SessionState, phase: SessionPhase, now: number): SessionState {
  return state.phase === phase ? state : { ...state, phase, since: now };
}
