/**
 * One ephemeral znode that exists exactly while it is wanted, whatever is lost in between.
 *
 *            want               created
 *   absent ───────▶ creating ───────────▶ present ──unwant──▶ removing ──removed──▶ absent
 *      ▲               │ ▲                   │ ▲
 *      │          taken│ │retry       changed│ │wrote
 *      │               ▼ │                   ▼ │
 *      │             contested             writing
 *      └── sessionEnded (from anywhere): the znode went with it; still wanted, it is created in the next
 *
 * suspended changes nothing: the znode lives on. A request that was under way when the connection went is in doubt:
 * the next connection first looks for what this session already owns, so that there is never a second znode.
 */
export interface EphemeralNodeState {
  readonly wanted: boolean;
  readonly phase: "absent" | "creating" | "present" | "writing" | "removing" | "contested";
  /** The znode, while we know that this session owns it. */
  readonly path: string | undefined;
  /** Session generation in which the znode was created or is being created. */
  readonly generation: number;
  readonly connected: boolean;
  /** Counts what was wanted to be written; `written` is the last that ZooKeeper confirmed. */
  readonly version: number;
  readonly written: number;
  /** A request's fate is unknown: look before acting. */
  readonly inDoubt: boolean;
  /** Failures and foreign deletions since the znode last stood for a while; they slow us down. */
  readonly failures: number;
  /** Requests are numbered; the answer to an abandoned one is not ours any more. */
  readonly request: number;
}

export type EphemeralNodeEvent =
  | { readonly type: "want" }
  | { readonly type: "unwant" }
  /** The content to be held has changed. */
  | { readonly type: "changed" }
  | { readonly type: "connected"; readonly generation: number }
  | { readonly type: "disconnected" }
  /** The session is expired or closed, and with it everything it owned is gone. */
  | { readonly type: "sessionEnded" }
  | { readonly type: "created"; readonly request: number; readonly path: string; readonly version: number }
  | { readonly type: "wrote"; readonly request: number; readonly version: number }
  | { readonly type: "removed"; readonly request: number }
  /** Somebody else's session holds the znode. */
  | { readonly type: "taken"; readonly request: number }
  | { readonly type: "failed"; readonly request: number }
  /** The watch or an audit found that the znode is no longer there or not ours. */
  | { readonly type: "vanished"; readonly path: string }
  | { readonly type: "retryDue" };

export type EphemeralNodeEffect =
  | { readonly type: "create"; readonly request: number; readonly lookFirst: boolean }
  | { readonly type: "write"; readonly request: number; readonly path: string }
  | { readonly type: "remove"; readonly request: number; readonly path: string | undefined }
  /** Ask whether our znode is still there and watch it. */
  | { readonly type: "audit"; readonly path: string }
  | { readonly type: "retry"; readonly afterMs: number };

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;
const CONTESTED_RETRY_MS = 500;
/** A znode that stood this long was not fought over. */
const SETTLED_MS = 10_000;

export function newEphemeralNode(): EphemeralNodeState {
  return {
    wanted: false,
    phase: "absent",
    path: undefined,
    generation: 0,
    connected: false,
    version: 0,
    written: 0,
    inDoubt: false,
    failures: 0,
    request: 0,
  };
}

type Step = { state: EphemeralNodeState; effects: readonly EphemeralNodeEffect[] };

export function stepEphemeralNode(state: EphemeralNodeState, event: EphemeralNodeEvent): Step {
  switch (event.type) {
    case "want":
      return act({ ...state, wanted: true, failures: 0 });
    case "unwant":
      return act({
        ...state,
        wanted: false,
        failures: 0,
        phase: state.phase === "contested" ? "absent" : state.phase,
      });
    case "changed":
      return act({ ...state, version: state.version + 1 });
    case "connected":
      return onConnected(state, event.generation);
    case "disconnected":
      return { state: abandonRequest({ ...state, connected: false }), effects: [] };
    case "sessionEnded":
      return { state: { ...afterSession(state), connected: false }, effects: [] };
    case "vanished":
      if (event.path !== state.path || state.phase === "removing") return { state, effects: [] };
      return later({ ...abandonRequest(state), phase: "absent", path: undefined, inDoubt: false });
    case "retryDue": {
      if (state.phase === "contested") return act({ ...state, phase: "absent" });
      const next = act(state);
      const settled = state.phase === "present" && next.effects.length === 0;
      return settled ? { state: { ...state, failures: 0 }, effects: [] } : next;
    }
    default:
      return event.request === state.request && isUnderWay(state)
        ? onAnswer(state, event)
        : { state, effects: [] };
  }
}

function onAnswer(state: EphemeralNodeState, event: Extract<EphemeralNodeEvent, { request: number }>): Step {
  switch (event.type) {
    case "created": {
      const { path, version } = event;
      return act({ ...state, phase: "present", path, written: version, inDoubt: false }, [
        { type: "audit", path },
        { type: "retry", afterMs: SETTLED_MS },
      ]);
    }
    case "wrote":
      return act({ ...state, phase: "present", written: event.version });
    case "removed":
      return act({ ...state, phase: "absent", path: undefined, inDoubt: false, failures: 0 });
    case "taken":
      return {
        state: { ...state, phase: "contested", path: undefined, inDoubt: false },
        effects: [{ type: "retry", afterMs: CONTESTED_RETRY_MS }],
      };
    case "failed":
      return later(abandonRequest(state));
  }
}

function onConnected(state: EphemeralNodeState, generation: number): Step {
  if (generation !== state.generation) {
    return act({ ...afterSession(state), connected: true, generation });
  }
  const known = { ...abandonRequest(state), connected: true };
  // Watches do not outlive a connection, and the znode may have been deleted meanwhile.
  return act(known, known.path === undefined ? [] : [{ type: "audit", path: known.path }]);
}

/** Nothing that an earlier session made or asked for is left. */
function afterSession(state: EphemeralNodeState): EphemeralNodeState {
  const request = state.request + 1;
  return { ...state, phase: "absent", path: undefined, inDoubt: false, failures: 0, request };
}

/** Nothing of ours is there, and nothing under way could still put it there. */
export function isGone(state: EphemeralNodeState): boolean {
  return (state.phase === "absent" || state.phase === "contested") && !state.inDoubt;
}

function isUnderWay({ phase }: EphemeralNodeState): boolean {
  return phase === "creating" || phase === "writing" || phase === "removing";
}

/** Forgets the request under way: if it was a create, its znode may or may not exist now. */
function abandonRequest(state: EphemeralNodeState): EphemeralNodeState {
  const request = state.request + 1;
  switch (state.phase) {
    case "creating":
      return { ...state, request, phase: "absent", inDoubt: true };
    case "writing":
      return { ...state, request, phase: "present" };
    case "removing":
      return {
        ...state,
        request,
        phase: state.path === undefined ? "absent" : "present",
        inDoubt: state.inDoubt,
      };
    default:
      return { ...state, request };
  }
}

function later(state: EphemeralNodeState): Step {
  const afterMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(state.failures, 10));
  return { state: { ...state, failures: state.failures + 1 }, effects: [{ type: "retry", afterMs }] };
}

/** What has to be done next, if anything: at most one request is under way. */
function act(state: EphemeralNodeState, first: readonly EphemeralNodeEffect[] = []): Step {
  if (!state.connected) return { state, effects: first };
  const request = state.request + 1;
  if (state.phase === "absent" && state.wanted) {
    const create = { type: "create", request, lookFirst: state.inDoubt } as const;
    return { state: { ...state, request, phase: "creating" }, effects: [...first, create] };
  }
  if (state.phase === "present" && !state.wanted) {
    return {
      state: { ...state, request, phase: "removing" },
      effects: [...first, { type: "remove", request, path: state.path }],
    };
  }
  if (state.phase === "absent" && state.inDoubt) {
    return {
      state: { ...state, request, phase: "removing" },
      effects: [...first, { type: "remove", request, path: undefined }],
    };
  }
  if (state.phase === "present" && state.path !== undefined && state.written !== state.version) {
    const write = { type: "write", request, path: state.path } as const;
    return { state: { ...state, request, phase: "writing" }, effects: [...first, write] };
  }
  return { state, effects: first };
}
