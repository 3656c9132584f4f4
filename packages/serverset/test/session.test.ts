import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  newSession,
  type SessionEffect,
  type SessionEvent,
  type SessionState,
  stepSession,
} from "../src/zookeeper/session.ts";

const TIMEOUT_MS = 9_000;
const start: SessionEvent = { type: "start", previous: false };
const startAfterCrash: SessionEvent = { type: "start", previous: true };
const one: SessionEvent = { type: "resolved", servers: 1 };
const three: SessionEvent = { type: "resolved", servers: 3 };
const nobody: SessionEvent = { type: "resolved", servers: 0, problem: "can not look up zk1: no such host" };
const opened: SessionEvent = { type: "opened", sessionTimeoutMs: TIMEOUT_MS };
const refused: SessionEvent = {
  type: "openFailed",
  reason: "connection refused",
  code: "CONNECT_FAILED",
  reached: false,
};
const silent: SessionEvent = {
  type: "openFailed",
  reason: "no answer",
  code: "CONNECT_TIMEOUT",
  reached: true,
};
const hungUp: SessionEvent = { type: "openFailed", reason: "hung up", code: "CONNECT_FAILED", reached: true };
const noTls: SessionEvent = {
  type: "openFailed",
  reason: "bad certificate",
  code: "TLS_FAILED",
  reached: true,
};
const expired: SessionEvent = {
  type: "openFailed",
  reason: "expired",
  code: "SESSION_EXPIRED",
  reached: true,
};
const retryDue: SessionEvent = { type: "retryDue" };
const suspectDue: SessionEvent = { type: "suspectDue" };
const previousEnded: SessionEvent = { type: "previousEnded" };
const previousHung: SessionEvent = { ...silent, type: "previousFailed" };
const previousRefused: SessionEvent = { ...refused, type: "previousFailed" };
const close: SessionEvent = { type: "close" };

/** `heardMsAgo`: how long the server had been silent by then. */
const lost = (now: number, heardMsAgo = 0, code: "CONNECTION_LOSS" | "SESSION_EXPIRED" = "CONNECTION_LOSS") =>
  ({ type: "lost", reason: "connection reset", code, lastHeard: now - heardMsAgo }) as const;

type Timed = readonly [atMs: number, event: SessionEvent];

function runAt(timeline: readonly Timed[]) {
  let state = newSession(TIMEOUT_MS, 0);
  let effects: readonly SessionEffect[] = [];
  for (const [at, event] of timeline) ({ state, effects } = stepSession(state, event, at));
  return { state, effects, types: effects.map(({ type }) => type) };
}

const run = (...events: readonly SessionEvent[]) => runAt(events.map((event) => [0, event]));
/** Connected at 0 to one of three servers, and lost at 2,000. */
const suspendedAt2s: readonly Timed[] = [
  [0, start],
  [0, three],
  [0, opened],
  [2_000, lost(2_000)],
];

describe("a session", () => {
  it.each<[string, SessionEvent[], Partial<SessionState>]>([
    ["looks up its servers first", [start], { phase: "connecting", doing: "resolving" }],
    ["connects", [start, one], { phase: "connecting", doing: "opening", generation: 0 }],
    [
      "is connected once a server opened it",
      [start, one, opened],
      { phase: "connected", doing: "nothing", generation: 1, problem: undefined },
    ],
    [
      "says why it is not connected",
      [start, one, refused],
      { phase: "connecting", problem: { reason: "connection refused", code: "CONNECT_FAILED" } },
    ],
    [
      "names the hosts that can not be looked up, when there is no address at all",
      [start, nobody],
      { doing: "waiting", problem: { reason: "can not look up zk1: no such host", code: "CONNECT_FAILED" } },
    ],
    [
      "is suspended, not expired, without connection",
      [start, one, opened, lost(0)],
      { phase: "suspended", generation: 1, suspect: false },
    ],
    ["goes on when resumed", [start, three, opened, lost(0), opened], { phase: "connected", generation: 1 }],
    [
      "stays suspended while nobody answers",
      [start, one, opened, lost(0), retryDue, one, refused],
      { phase: "suspended", generation: 1 },
    ],
    [
      "expires only when a server says so",
      [start, three, opened, lost(0), expired],
      { phase: "expired", generation: 1, problem: { reason: "expired", code: "SESSION_EXPIRED" } },
    ],
    [
      "is followed by another one",
      [start, three, opened, lost(0), expired, opened],
      { phase: "connected", generation: 2 },
    ],
    [
      "that never was does not expire",
      [start, one, expired],
      { phase: "connecting", generation: 0, failedRounds: 1 },
    ],
    [
      "is closed for good",
      [start, one, opened, close, lost(0), opened, retryDue],
      { phase: "closed", problem: undefined },
    ],
  ])("%s", (_, events, expected) => {
    expect(run(...events).state).toMatchObject(expected);
  });

  it.each<[string, SessionEvent[], Partial<SessionEffect>]>([
    [
      "a new session at first",
      [start, one],
      { type: "open", server: "next", resume: false, anyServer: false },
    ],
    [
      "the same session after a loss",
      [start, three, opened, lost(0)],
      { type: "open", server: "next", resume: true },
    ],
    [
      "a new session after an expiry, at once and of the server that told",
      [start, three, opened, lost(0), expired],
      { type: "open", server: "same", resume: false },
    ],
    [
      "nothing before it has waited, when the only server fails",
      [start, one, refused],
      { type: "wait", atMostMs: 50 },
    ],
    [
      "the names again when it has waited",
      [start, one, refused, retryDue],
      { type: "resolve", deadlineMs: 600 },
    ],
    ["nothing before it has waited, when no name is known", [start, nobody], { type: "wait", atMostMs: 50 }],
    [
      "the end of a crashed run's session before its own",
      [start, one].with(0, startAfterCrash),
      { type: "endPrevious" },
    ],
    [
      "its own session when that is ended, of the same server",
      [startAfterCrash, one, previousEnded],
      { type: "open", server: "same", resume: false },
    ],
    [
      "the next server when one can not end it",
      [startAfterCrash, three, previousHung],
      { type: "endPrevious" },
    ],
    ["to wait when none can end it", [startAfterCrash, one, previousHung], { type: "wait" }],
  ])("asks for %s", (_, events, effect) => {
    const { effects } = run(...events);
    expect(effects.at(-1)).toMatchObject(effect);
    expect(effects.filter(({ type }) => type !== "wake")).toHaveLength(1);
  });

  it("gives up a crashed run's session that a server will not end once it has expired by itself", () => {
    const from = (last: SessionEvent) =>
      runAt([
        [0, startAfterCrash],
        [0, three],
        [TIMEOUT_MS, last],
      ]);
    expect(from(previousHung).types).toEqual(["open"]);
    expect(from(previousRefused).types).toEqual(["endPrevious"]);
  });

  it("asks the servers it knows at once after a loss, without looking up names, when the connection had lasted", () => {
    const { effects, state } = runAt([
      [0, start],
      [0, one],
      [0, refused],
      [50, retryDue],
      [50, one],
      [50, opened],
      [2_000, lost(2_000)],
    ]);
    expect(effects).toEqual([
      { type: "wake", afterMs: TIMEOUT_MS },
      { type: "open", server: "next", deadlineMs: 600, resume: true, anyServer: false },
    ]);
    expect(state).toMatchObject({ failedRounds: 0, left: 0 });
  });

  it("waits longer each time a server lets it in and drops it, as if it had refused", () => {
    const knocks = (times: number) =>
      Array.from({ length: times }, () => [one, opened, lost(0), retryDue])
        .flat()
        .slice(0, -1);
    const waits = [1, 2, 3, 12].map((times) => run(start, ...knocks(times)).effects.at(-1));
    // Not so long that the session would expire of it.
    expect(waits).toMatchObject(
      [50, 100, 200, TIMEOUT_MS / 6].map((atMostMs) => ({ type: "wait", atMostMs })),
    );
  });

  it("waits as well when servers end its session as soon as it is made", () => {
    const ended = lost(0, 0, "SESSION_EXPIRED");
    expect(run(start, one, opened, ended)).toMatchObject({ state: { phase: "expired" }, types: ["wait"] });
    expect(run(start, one, opened, ended, retryDue, one, opened, ended).effects).toEqual([
      { type: "wait", atMostMs: 100 },
    ]);
  });

  it("asks every server once before it waits", () => {
    expect(run(start, three, refused).types).toEqual(["open"]);
    expect(run(start, three, refused, refused).types).toEqual(["open"]);
    expect(run(start, three, refused, refused, refused).types).toEqual(["wait"]);
  });

  it("waits longer each time, up to 5 s, and gives a slow server more time each round, up to T/3", () => {
    const failing = (rounds: number) => [
      start,
      ...Array.from({ length: rounds }, () => [one, refused, retryDue]).flat(),
    ];
    const waits = [1, 2, 3, 20].map((rounds) => run(...failing(rounds).slice(0, -1)).effects[0]);
    expect(waits).toMatchObject([50, 100, 200, 5_000].map((atMostMs) => ({ atMostMs })));
    const deadlines = [0, 1, 2, 3, 20].map((rounds) => run(...failing(rounds), one).effects[0]);
    expect(deadlines).toMatchObject([600, 1_200, 2_400, 3_000, 3_000].map((deadlineMs) => ({ deadlineMs })));
  });

  it.each<[string, SessionEvent[], string]>([
    ["no quorum when all were reached and none served", [silent, hungUp, silent], "NO_QUORUM"],
    ["what the last one said when one of them was not reached", [silent, refused, silent], "CONNECT_TIMEOUT"],
    ["what the last one said when none was reached", [refused, refused, refused], "CONNECT_FAILED"],
    ["what is wrong with TLS, which is no question of quorum", [noTls, noTls, noTls], "TLS_FAILED"],
  ])("tells %s", (_, answers, code) => {
    expect(run(start, three, ...answers).state.problem).toMatchObject({ code });
  });

  it("tells the verdict of a whole round until the next one fails", () => {
    const noQuorum = [start, three, silent, silent, silent, retryDue, three];
    expect(run(...noQuorum, refused, silent).state.problem).toMatchObject({ code: "NO_QUORUM" });
    expect(run(...noQuorum, refused, silent, refused).state.problem).toMatchObject({
      code: "CONNECT_FAILED",
    });
  });

  it("is suspect after one session timeout without a word, and no longer once it is connected", () => {
    const heard = runAt([...suspendedAt2s.slice(0, 3), [2_000, lost(2_000, 1_500)]]);
    expect(heard.effects[0]).toEqual({ type: "wake", afterMs: TIMEOUT_MS - 1_500 });
    const early = runAt([...suspendedAt2s, [10_999, suspectDue]]);
    expect(early).toMatchObject({ state: { suspect: false }, effects: [{ type: "wake", afterMs: 1 }] });
    const suspect = runAt([...suspendedAt2s, [11_000, suspectDue]]);
    expect(suspect.state).toMatchObject({ phase: "suspended", generation: 1, suspect: true });
    const back = runAt([...suspendedAt2s, [11_000, suspectDue], [11_050, opened]]);
    expect(back.state).toMatchObject({ phase: "connected", generation: 1, suspect: false });
    const gone = runAt([...suspendedAt2s, [11_000, suspectDue], [11_050, expired]]);
    expect(gone.state).toMatchObject({ phase: "expired", suspect: false });
  });

  it("is suspect at once when it slept through its session timeout", () => {
    const { state, effects } = runAt([...suspendedAt2s.slice(0, 3), [30_000, lost(30_000, 20_000)]]);
    expect(state).toMatchObject({ phase: "suspended", suspect: true });
    expect(effects).toMatchObject([{ type: "open", resume: true, anyServer: true }]);
  });

  it("goes to a server that lost its data only when its session must have expired, and then at once", () => {
    const waiting: Timed[] = [...suspendedAt2s, [2_100, refused], [2_100, refused], [2_100, refused]];
    const before = runAt([...waiting, [10_900, retryDue], [10_900, one]]);
    expect(before.effects).toMatchObject([{ resume: true, anyServer: false }]);
    const due = runAt([...waiting, [11_000, suspectDue]]);
    expect(due).toMatchObject({ state: { failedRounds: 0 }, types: ["resolve"] });
    const after = runAt([...waiting, [11_000, suspectDue], [11_000, one]]);
    expect(after.effects).toMatchObject([{ resume: true, anyServer: true }]);
  });
});

/** What ZooKeeper and the clock can bring while `doing` is under way. */
function possible({ doing, phase }: SessionState, now: number): readonly SessionEvent[] {
  switch (doing) {
    case "resolving":
      return [one, three, nobody];
    case "opening":
      return [opened, refused, silent, expired];
    case "ending":
      return [previousEnded, previousHung, previousRefused];
    case "waiting":
      return [retryDue];
    case "nothing":
      if (phase !== "connected") return [start];
      return [lost(now), lost(now, 20_000), lost(now, 0, "SESSION_EXPIRED")];
  }
}

const WORK = { resolve: "resolving", open: "opening", endPrevious: "ending", wait: "waiting" } as const;

function expectSane(
  before: SessionState,
  event: SessionEvent,
  state: SessionState,
  effects: readonly SessionEffect[],
) {
  const isNew = before.doing === "opening" && event.type === "opened" && before.phase !== "suspended";
  expect(state.generation).toBe(before.generation + (isNew ? 1 : 0));
  if (state.phase === "expired" && before.phase !== "expired") {
    expect("code" in event && event.code).toBe("SESSION_EXPIRED");
    expect(["connected", "suspended"]).toContain(before.phase);
  }
  const work = effects.filter((effect) => effect.type !== "wake");
  expect(work.length).toBeLessThanOrEqual(1);
  for (const effect of work) {
    // Nothing is begun while something else is under way: only a wait can be cut short.
    const over = before.doing === "waiting" || before.doing === "nothing" || event.type !== "suspectDue";
    expect(over).toBe(true);
    expect(state.doing).toBe(WORK[effect.type]);
    if (effect.type !== "open") continue;
    expect(effect.resume).toBe(state.phase === "suspended");
    if (effect.anyServer) expect(state.phase).toBe("suspended");
  }
  if (state.suspect) expect(state.phase).toBe("suspended");
  expect(state.left).toBeGreaterThanOrEqual(0);
}

/** A session to which everything happens that can, and whose wake comes when it is due. */
class Run {
  now = 0;
  state: SessionState;
  #wakeAt: number | undefined;

  constructor(previous: boolean) {
    this.state = stepSession(newSession(TIMEOUT_MS, 0), { type: "start", previous }, 0).state;
  }

  /** `late`: the process does not come to its timers in time. */
  next({ pick, afterMs, late }: { pick: number; afterMs: number; late: boolean }): void {
    const until = this.now + afterMs;
    const due = this.#wakeAt !== undefined && this.#wakeAt <= until && !late;
    this.now = due ? Math.max(this.now, this.#wakeAt ?? 0) : until;
    const before = this.state;
    const events = possible(before, this.now);
    const event = due ? suspectDue : (events[pick % events.length] ?? start);
    const { state, effects } = stepSession(before, event, this.now);
    this.state = state;
    expectSane(before, event, state, effects);
    const wake = effects.find((effect) => effect.type === "wake");
    if (wake !== undefined) this.#wakeAt = this.now + wake.afterMs;
    else if (due || state.phase !== "suspended") this.#wakeAt = undefined;
    this.#expectSomethingUnderWay();
    if (due && before.doing === "waiting") expect(state.doing).toBe("resolving");
  }

  #expectSomethingUnderWay(): void {
    const { phase, doing, suspect } = this.state;
    expect(doing === "nothing").toBe(phase === "connected");
    if (phase === "suspended" && !suspect) expect(this.#wakeAt).toBeDefined();
  }
}

describe("whatever happens in whatever order, a session", () => {
  const steps = fc.array(fc.record({ pick: fc.nat(5), afterMs: fc.nat(20_000), late: fc.boolean() }), {
    maxLength: 80,
  });

  it("has at all times one thing to wait for, and tells nothing that no server told", () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (choices, previous) => {
        const run = new Run(previous);
        for (const choice of choices) run.next(choice);
        expect(stepSession(run.state, close, run.now)).toMatchObject({
          state: { phase: "closed" },
          effects: [],
        });
      }),
    );
  });

  it("takes no answer to what it did not ask, and is closed for good", () => {
    const any = fc.constantFrom(
      ...[start, startAfterCrash, one, three, nobody, opened, refused, silent, expired, retryDue, suspectDue],
      ...[previousEnded, previousHung, previousRefused, lost(0), lost(0, 20_000), close],
    );
    fc.assert(
      fc.property(fc.array(any, { maxLength: 60 }), (events) => {
        let state = newSession(TIMEOUT_MS, 0);
        for (const event of events) {
          const before = state;
          const step = stepSession(before, event, 0);
          state = step.state;
          if (before.phase === "closed") expect(step).toEqual({ state: before, effects: [] });
          else expectSane(before, event, state, step.effects);
          if (event.type === "opened" && before.doing !== "opening") expect(state).toBe(before);
        }
      }),
    );
  });
});
