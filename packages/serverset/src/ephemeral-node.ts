/**
 * One ephemeral znode that exists exactly while it is wanted, whatever is lost in between.
 *
 *            want               created                  changed
 *   absent ───────▶ creating ───────────▶ present ───────────────────▶ writing  (a name of its own)
 *      ▲               │ ▲                 │ ▲  ▲ ◀──────── wrote ──────── │
 *      │          taken│ │retry            │ │  └──── created ──── replacing  (sequential: a new znode is made,
 *      │               ▼ │                 │ │                         the old one is outdated, then removed)
 *      │             contested       unwant│ │failed
 *      │                                   ▼ │              tidying: removes what is outdated, then present again
 *      ├──────────── removed ──────────── removing
 *      ├── vanished: somebody deleted it; after a pause that grows it is created again, or `stopped`
 *      └── sessionEnded (from anywhere): the znode went with it; still wanted, it is created in the next
 *
 * suspended changes nothing: the znode lives on. A create that was under way when the connection went is in doubt:
 * the next connection first looks for what this session already owns, so that there is never one too many.
 */
export interface EphemeralNodeState {
  /** ZooKeeper appends a number to its name; what such a znode holds never changes, another one takes its place. */
  readonly sequential: boolean;
  /** Once somebody else deletes it, it is not created again. */
  readonly stopOnVanish: boolean;
  readonly wanted: boolean;
  readonly phase:
    | "absent"
    | "creating"
    | "present"
    | "writing"
    | "replacing"
    | "tidying"
    | "removing"
    | "contested";
  /** The znode, while we know that this session owns it. */
  readonly path: string | undefined;
  /** Znodes of ours that `path` has replaced and that are still to be removed. */
  readonly outdated: readonly string[];
  /** Session generation in which the znode was created or is being created. */
  readonly generation: number;
  readonly connected: boolean;
  /** On this connection ZooKeeper has said that `path` is there and ours. */
  readonly confirmed: boolean;
  /** Counts what was wanted to be written; `written` is the last that ZooKeeper confirmed. */
  readonly version: number;
  readonly written: number;
  /** A create's fate is unknown: look before acting. */
  readonly inDoubt: boolean;
  /** A pause runs, until `retryDue`: nothing is asked for in it. */
  readonly resting: boolean;
  /** Failed, refused and deleted, since the znode last stood for a while; each slows us down. */
  readonly failures: number;
  readonly refusals: number;
  readonly deletions: number;
  /** Requests are numbered; the answer to an abandoned one is not ours any more. */
  readonly request: number;
}

export type EphemeralNodeEvent =
  | { readonly type: "want" }
  | { readonly type: "unwant" }
  /** The content to be held has changed. */
  | { readonly type: "changed" }
  /** `pauseMs`: a drawn delay before this session's first create, so that many do not come at once. */
  | { readonly type: "connected"; readonly generation: number; readonly pauseMs?: number }
  | { readonly type: "disconnected" }
  /** The session is expired or closed, and with it everything it owned is gone. */
  | { readonly type: "sessionEnded" }
  | { readonly type: "created"; readonly request: number; readonly path: string; readonly version: number }
  | { readonly type: "wrote"; readonly request: number; readonly version: number }
  | { readonly type: "removed"; readonly request: number }
  /** Somebody else's session holds the znode. */
  | { readonly type: "taken"; readonly request: number }
  | { readonly type: "failed"; readonly request: number }
  /** The same request would be refused again; `version` is what it was to write. */
  | { readonly type: "refused"; readonly request: number; readonly version: number }
  /** An audit found it there and ours. */
  | { readonly type: "confirmed"; readonly path: string }
  /** The watch or an audit found that the znode is no longer there or not ours. */
  | { readonly type: "vanished"; readonly path: string }
  | { readonly type: "retryDue" };

export type EphemeralNodeEffect =
  | { readonly type: "create"; readonly request: number; readonly lookFirst: boolean }
  | { readonly type: "write"; readonly request: number; readonly path: string }
  /** `lookFirst`: and what a create in doubt may have left. */
  | {
      readonly type: "remove";
      readonly request: number;
      readonly paths: readonly string[];
      readonly lookFirst: boolean;
    }
  /** Ask whether our znode is still there and watch it. */
  | { readonly type: "audit"; readonly path: string }
  /** Feed `retryDue` after `afterMs` and a random part of `spreadMs`. Takes the place of an earlier one. */
  | { readonly type: "retry"; readonly afterMs: number; readonly spreadMs: number }
  /** The newest content was refused and is given up: the znode that is there stays. */
  | { readonly type: "changeRefused" }
  /** It was deleted and will not be created again. */
  | { readonly type: "stopped" };

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;
const FIRST_REFUSED_RETRY_MS = 1_000;
const LONGEST_REFUSED_RETRY_MS = 60_000;
const CONTESTED_RETRY_MS = 500;
/** Many that were deleted together do not come back in one instant. */
const DELETED_SPREAD_MS = 1_000;
const LONGEST_DELETED_RETRY_MS = 15_000;
/** A znode that stood this long was not fought over. */
const SETTLED_MS = 10_000;

export function newEphemeralNode(
  options: { readonly sequential?: boolean; readonly stopOnVanish?: boolean } = {},
): EphemeralNodeState {
  return {
    sequential: options.sequential ?? false,
    stopOnVanish: options.stopOnVanish ?? false,
    wanted: false,
    phase: "absent",
    path: undefined,
    outdated: [],
    generation: 0,
    connected: false,
    confirmed: false,
    version: 0,
    written: 0,
    inDoubt: false,
    resting: false,
    failures: 0,
    refusals: 0,
    deletions: 0,
    request: 0,
  };
}

type Step = { state: EphemeralNodeState; effects: readonly EphemeralNodeEffect[] };

const NOTHING = { phase: "absent", path: undefined, outdated: [], inDoubt: false, confirmed: false } as const;
const CALM = { failures: 0, refusals: 0, deletions: 0 } as const;

export function stepEphemeralNode(state: EphemeralNodeState, event: EphemeralNodeEvent): Step {
  switch (event.type) {
    case "want":
      return state.wanted ? same(state) : act({ ...state, ...CALM, wanted: true, resting: false });
    case "unwant": {
      const phase = state.phase === "contested" ? "absent" : state.phase;
      return state.wanted ? act({ ...state, ...CALM, wanted: false, resting: false, phase }) : same(state);
    }
    case "changed":
      return act({ ...state, version: state.version + 1 });
    case "connected":
      return onConnected(state, event);
    case "disconnected":
      return same(abandonRequest({ ...state, connected: false, confirmed: false }));
    case "sessionEnded":
      return same({ ...afterSession(state), connected: false });
    case "confirmed":
      return same(event.path === state.path && state.connected ? { ...state, confirmed: true } : state);
    case "vanished":
      return onVanished(state, event.path);
    case "retryDue":
      return onRetryDue({ ...state, resting: false });
    default:
      return event.request === state.request && isUnderWay(state) ? onAnswer(state, event) : same(state);
  }
}

function same(state: EphemeralNodeState): Step {
  return { state, effects: [] };
}

function onRetryDue(state: EphemeralNodeState): Step {
  if (state.phase === "contested") return act({ ...state, phase: "absent" });
  const next = act(state);
  const settled = state.phase === "present" && next.effects.length === 0;
  return settled ? same({ ...state, ...CALM }) : next;
}

function onAnswer(state: EphemeralNodeState, event: Extract<EphemeralNodeEvent, { request: number }>): Step {
  switch (event.type) {
    case "created": {
      const { path, version } = event;
      const outdated = state.path === undefined ? state.outdated : [...state.outdated, state.path];
      const present = { ...state, phase: "present", path, outdated, written: version } as const;
      return act({ ...present, inDoubt: false, confirmed: true }, [
        { type: "audit", path },
        { type: "retry", afterMs: SETTLED_MS, spreadMs: 0 },
      ]);
    }
    case "wrote":
      return act({ ...state, phase: "present", written: event.version }, settling(state));
    case "removed":
      if (state.phase === "tidying") {
        return act({ ...state, phase: "present", outdated: [] }, settling(state));
      }
      return act({ ...state, ...CALM, ...NOTHING });
    case "taken":
      return rest({ ...state, phase: "contested", path: undefined, inDoubt: false }, CONTESTED_RETRY_MS);
    case "failed":
      return later(abandonRequest(state));
    case "refused":
      return onRefused(state, event.version);
  }
}

/** What had failed before is forgotten when it has stood for a while. */
function settling({ failures, refusals }: EphemeralNodeState): readonly EphemeralNodeEffect[] {
  return failures + refusals > 0 ? [{ type: "retry", afterMs: SETTLED_MS, spreadMs: 0 }] : [];
}

function onRefused(state: EphemeralNodeState, version: number): Step {
  const creating = state.phase === "creating" || state.phase === "replacing";
  // A create that a server answered is not in doubt: it was not done.
  const inDoubt = state.inDoubt && !creating;
  const waiting = { ...abandonRequest(state), inDoubt, refusals: state.refusals + 1 };
  const newest = version === state.version;
  if (state.phase === "replacing" && newest) {
    return act({ ...waiting, refusals: 0, written: version }, [{ type: "changeRefused" }]);
  }
  const afterMs = doubled(FIRST_REFUSED_RETRY_MS, state.refusals, LONGEST_REFUSED_RETRY_MS);
  const next = rest(waiting, afterMs * 0.8, afterMs * 0.2);
  if (state.phase !== "creating" || !newest) return next;
  return { ...next, effects: [...next.effects, { type: "changeRefused" }] };
}

function onConnected(
  state: EphemeralNodeState,
  event: Extract<EphemeralNodeEvent, { type: "connected" }>,
): Step {
  const { generation, pauseMs = 0 } = event;
  if (generation !== state.generation) {
    const fresh = { ...afterSession(state), connected: true, generation };
    return fresh.wanted && pauseMs > 0 ? rest(fresh, pauseMs) : act(fresh);
  }
  const known = { ...abandonRequest(state), connected: true };
  // Watches do not outlive a connection, and the znode may have been deleted meanwhile.
  return act(known, known.path === undefined ? [] : [{ type: "audit", path: known.path }]);
}

function onVanished(state: EphemeralNodeState, path: string): Step {
  // One that has been replaced, and which we would remove next.
  const outdated = state.outdated.filter((each) => each !== path);
  if (path !== state.path) return same({ ...state, outdated });
  // It is we who delete it.
  if (state.phase === "removing") return same(state);
  const gone = { ...state, path: undefined, confirmed: false };
  if (state.stopOnVanish && state.wanted) {
    const { state: after, effects } = act(withoutNode({ ...gone, ...CALM, wanted: false }));
    return { state: after, effects: [{ type: "stopped" }, ...effects] };
  }
  if (state.phase === "replacing") return same(withoutNode(gone));
  const deletions = state.deletions + 1;
  const after = withoutNode({ ...gone, deletions });
  if (!state.sequential) return rest(after, doubled(FIRST_RETRY_MS, state.deletions, LONGEST_RETRY_MS));
  const afterMs = state.deletions === 0 ? 0 : doubled(500, state.deletions, LONGEST_DELETED_RETRY_MS);
  return rest(after, afterMs, DELETED_SPREAD_MS);
}

function withoutNode(state: EphemeralNodeState): EphemeralNodeState {
  // What is being created takes its place.
  if (state.phase === "replacing") return { ...state, phase: "creating" };
  return { ...abandonRequest(state), phase: "absent" };
}

/** Nothing that an earlier session made or asked for is left. */
function afterSession(state: EphemeralNodeState): EphemeralNodeState {
  return { ...state, ...CALM, ...NOTHING, resting: false, request: state.request + 1 };
}

/** Nothing of ours is there, and nothing under way could still put it there. */
export function isGone(state: EphemeralNodeState): boolean {
  if (state.inDoubt || state.outdated.length > 0) return false;
  return state.phase === "absent" || state.phase === "contested";
}

/** The newest content is there, confirmed by ZooKeeper, and nothing else of ours. */
export function isUpToDate(state: EphemeralNodeState): boolean {
  if (state.inDoubt || state.outdated.length > 0) return false;
  return state.phase === "present" && state.written === state.version;
}

function isUnderWay({ phase }: EphemeralNodeState): boolean {
  return phase !== "absent" && phase !== "present" && phase !== "contested";
}

/** Forgets the request under way: if it was a create, its znode may or may not exist now. */
function abandonRequest(state: EphemeralNodeState): EphemeralNodeState {
  const request = state.request + 1;
  switch (state.phase) {
    case "creating":
      return { ...state, request, phase: "absent", inDoubt: true };
    case "replacing":
      return { ...state, request, phase: "present", inDoubt: true };
    case "writing":
      return { ...state, request, phase: "present" };
    case "tidying":
    case "removing":
      return { ...state, request, phase: state.path === undefined ? "absent" : "present" };
    default:
      return { ...state, request };
  }
}

function later(state: EphemeralNodeState): Step {
  const afterMs = doubled(FIRST_RETRY_MS, state.failures, LONGEST_RETRY_MS);
  return rest({ ...state, failures: state.failures + 1 }, afterMs);
}

function rest(state: EphemeralNodeState, afterMs: number, spreadMs = 0): Step {
  return { state: { ...state, resting: true }, effects: [{ type: "retry", afterMs, spreadMs }] };
}

function doubled(firstMs: number, times: number, longestMs: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(times, 10));
}

/** What has to be done next, if anything: at most one request is under way. */
function act(state: EphemeralNodeState, first: readonly EphemeralNodeEffect[] = []): Step {
  if (!state.connected || state.resting || isUnderWay(state)) return { state, effects: first };
  const next = state.wanted ? forWanted(state) : forUnwanted(state);
  return next === undefined
    ? { state, effects: first }
    : { state: next.state, effects: [...first, ...next.effects] };
}

function forUnwanted(state: EphemeralNodeState): Step | undefined {
  if (isGone(state)) return undefined;
  const request = state.request + 1;
  const paths = state.path === undefined ? state.outdated : [state.path, ...state.outdated];
  const remove = { type: "remove", request, paths, lookFirst: state.inDoubt } as const;
  return { state: { ...state, request, phase: "removing" }, effects: [remove] };
}

function forWanted(state: EphemeralNodeState): Step | undefined {
  const request = state.request + 1;
  const { path, outdated, inDoubt } = state;
  if (state.phase === "absent") {
    return {
      state: { ...state, request, phase: "creating" },
      effects: [{ type: "create", request, lookFirst: inDoubt }],
    };
  }
  if (state.phase !== "present" || path === undefined) return undefined;
  // Before the next replacement, so that there are never more than two.
  if (outdated.length > 0) {
    const remove = { type: "remove", request, paths: outdated, lookFirst: false } as const;
    return { state: { ...state, request, phase: "tidying" }, effects: [remove] };
  }
  if (state.sequential && (inDoubt || state.written !== state.version)) {
    const create = { type: "create", request, lookFirst: inDoubt } as const;
    return { state: { ...state, request, phase: "replacing" }, effects: [create] };
  }
  if (state.written === state.version) return undefined;
  return { state: { ...state, request, phase: "writing" }, effects: [{ type: "write", request, path }] };
}
