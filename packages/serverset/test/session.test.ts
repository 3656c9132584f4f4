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
const opened: SessionEvent = { type: "opened", sessionTimeoutMs: TIMEOUT_MS };
const refused: SessionEvent = { type: "openFailed", reason: "connection refused", expired: false };
const expired: SessionEvent = { type: "openFailed", reason: "expired", expired: true };
const lost: SessionEvent = { type: "lost", reason: "connection reset", expired: false };

function run(events: readonly SessionEvent[], { servers = 1, everyMs = 0 } = {}) {
  let state = newSession(servers, TIMEOUT_MS, 0);
  let effects: readonly SessionEffect[] = [];
  for (const [index, event] of events.entries())
    ({ state, effects } = stepSession(state, event, index * everyMs));
  return { state, effect: effects[0], effects };
}

const start: SessionEvent = { type: "start" };
const retryDue: SessionEvent = { type: "retryDue" };
const close: SessionEvent = { type: "close" };

/** What ZooKeeper and the clock can bring while `effect` is under way; without one we are connected. */
function possibleAfter(effect: SessionEffect | undefined): readonly SessionEvent[] {
  if (effect === undefined) return [lost, { type: "lost", reason: "expired", expired: true }];
  return effect.type === "retry" ? [retryDue] : [opened, refused, expired];
}

function expectSane(
  before: SessionState,
  event: SessionEvent,
  state: SessionState,
  effect: SessionEffect | undefined,
) {
  const isNew = event === opened && before.phase !== "suspended";
  expect(state.generation).toBe(before.generation + (isNew ? 1 : 0));
  if (state.phase === "expired") expect(["suspended", "connected", "expired"]).toContain(before.phase);
  if (effect?.type === "open") expect(effect.resume).toBe(state.phase === "suspended");
  expect(state.nextServer).toBeLessThan(state.serverCount);
}

describe("a session", () => {
  it.each<[string, SessionEvent[], Partial<SessionState>]>([
    ["connects", [start], { phase: "connecting", generation: 0 }],
    [
      "is connected once a server opened it",
      [start, opened],
      { phase: "connected", generation: 1, error: undefined },
    ],
    ["says why it is not connected", [start, refused], { phase: "connecting", error: "connection refused" }],
    [
      "is suspended, not expired, without connection",
      [start, opened, lost],
      { phase: "suspended", generation: 1 },
    ],
    ["goes on when resumed", [start, opened, lost, opened], { phase: "connected", generation: 1 }],
    [
      "stays suspended while nobody answers",
      [start, opened, lost, refused, retryDue],
      { phase: "suspended", generation: 1 },
    ],
    [
      "expires only when a server says so",
      [start, opened, lost, expired],
      { phase: "expired", generation: 1, error: "expired" },
    ],
    [
      "is followed by another one",
      [start, opened, lost, expired, opened],
      { phase: "connected", generation: 2 },
    ],
    ["that never was does not expire", [start, expired], { phase: "connecting", generation: 0, failures: 1 }],
    [
      "is closed for good",
      [start, opened, close, lost, opened, retryDue],
      { phase: "closed", error: undefined },
    ],
  ])("%s", (_, events, expected) => {
    expect(run(events).state).toMatchObject(expected);
  });

  it.each<[string, SessionEvent[], Partial<SessionEffect>]>([
    ["a new session at first", [start], { type: "open", resume: false, anyServer: false }],
    [
      "nothing before it has waited, when a server lets it in and drops it",
      [start, opened, lost],
      { type: "retry" },
    ],
    [
      "a new session after an expiry, at once",
      [start, opened, lost, expired],
      { type: "open", resume: false },
    ],
    [
      "nothing before it has waited, when the only server fails",
      [start, refused],
      { type: "retry", atMostMs: 100 },
    ],
  ])("asks for %s", (_, events, effect) => {
    expect(run(events).effects).toEqual([expect.objectContaining(effect)]);
  });

  it("asks for the same session after a loss, at once, when the connection had lasted", () => {
    const { effect, state } = run([start, refused, opened, lost], { everyMs: 1_000 });
    expect(effect).toMatchObject({ type: "open", resume: true, anyServer: false });
    expect(state.failures).toBe(0);
  });

  it("waits longer each time a server lets it in and drops it, as if it had refused", () => {
    const knocks = Array.from({ length: 6 }, () => [opened, lost, retryDue])
      .flat()
      .slice(0, -1);
    expect(run([start, ...knocks.slice(0, 5)]).effect).toEqual({ type: "retry", atMostMs: 200 });
    // Not so long that the session would expire of it.
    expect(run([start, ...knocks]).effect).toEqual({ type: "retry", atMostMs: TIMEOUT_MS / 6 });
  });

  it("asks every server once before it waits", () => {
    const state = [start, refused, refused].map(
      (_, index, all) => run(all.slice(0, index + 1), { servers: 3 }).effect,
    );
    expect(state).toMatchObject([{ server: 0 }, { server: 1 }, { server: 2 }]);
    expect(run([start, refused, refused, refused], { servers: 3 }).effect).toMatchObject({ type: "retry" });
  });

  it("waits longer each time, up to 5 s, and gives a slow server more time each round, up to T/3", () => {
    const failing = (rounds: number) => [
      start,
      ...Array.from({ length: rounds }, () => [refused, retryDue]).flat(),
    ];
    const waits = [1, 2, 3, 20].map((rounds) => run(failing(rounds).slice(0, -1)).effect);
    expect(waits).toMatchObject([
      { atMostMs: 100 },
      { atMostMs: 200 },
      { atMostMs: 400 },
      { atMostMs: 5_000 },
    ]);
    const deadlines = [0, 1, 2, 3, 20].map((rounds) => run(failing(rounds)).effect);
    expect(deadlines.map((effect) => effect?.type === "open" && effect.deadlineMs)).toEqual([
      600, 1_200, 2_400, 3_000, 3_000,
    ]);
  });

  it("goes to a server that lost its data only after it must have expired there", () => {
    const events = [start, opened, lost, refused, retryDue];
    expect(run(events, { everyMs: TIMEOUT_MS * 0.6 }).effect).toMatchObject({
      resume: true,
      anyServer: false,
    });
    expect(run(events, { everyMs: TIMEOUT_MS * 0.7 }).effect).toMatchObject({
      resume: true,
      anyServer: true,
    });
  });

  it("has at all times one thing to wait for, whatever happens in whatever order", () => {
    const choices = fc.array(fc.record({ pick: fc.nat(2), afterMs: fc.nat(20_000) }), { maxLength: 60 });
    fc.assert(
      fc.property(choices, fc.integer({ min: 1, max: 4 }), (steps, servers) => {
        let now = 0;
        let { state, effects } = stepSession(newSession(servers, TIMEOUT_MS, now), start, now);
        for (const { pick, afterMs } of steps) {
          now += afterMs;
          const before = state;
          const [effect] = effects;
          const possible = possibleAfter(effect);
          const event = possible[pick % possible.length] ?? start;
          ({ state, effects } = stepSession(state, event, now));
          expect(effects).toHaveLength(state.phase === "connected" ? 0 : 1);
          expectSane(before, event, state, effects[0]);
        }
        expect(stepSession(state, close, now).effects).toEqual([]);
      }),
    );
  });
});
