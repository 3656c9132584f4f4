import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type EphemeralNodeEffect,
  type EphemeralNodeEvent,
  type EphemeralNodeState,
  isGone,
  newEphemeralNode,
  stepEphemeralNode,
} from "../src/ephemeral-node.ts";

const path = "/set/member_0000000000";
const want: EphemeralNodeEvent = { type: "want" };
const unwant: EphemeralNodeEvent = { type: "unwant" };
const disconnected: EphemeralNodeEvent = { type: "disconnected" };
const retryDue: EphemeralNodeEvent = { type: "retryDue" };
const changed: EphemeralNodeEvent = { type: "changed" };
const vanished: EphemeralNodeEvent = { type: "vanished", path };
const connected = (generation = 1): EphemeralNodeEvent => ({ type: "connected", generation });
/** An answer to the request that is under way. */
type Answer = "created" | "wrote" | "removed" | "taken" | "failed";

function run(steps: readonly (EphemeralNodeEvent | Answer)[]) {
  let state = newEphemeralNode();
  let effects: readonly EphemeralNodeEffect[] = [];
  for (const step of steps) {
    const { request, version } = state;
    const event = typeof step === "string" ? { type: step, request, path, version } : step;
    ({ state, effects } = stepEphemeralNode(state, event));
  }
  return {
    state,
    effects: effects.map(({ request: _, ...effect }: EphemeralNodeEffect & { request?: number }) => effect),
  };
}

const joined = [connected(), want, "created"] as const;
const create = { type: "create", lookFirst: false };
const lookAndCreate = { type: "create", lookFirst: true };
const remove = { type: "remove", path };
const removeWhatIsThere = { type: "remove", path: undefined };
const audit = { type: "audit", path };
const write = { type: "write", path };
const sessionEnded: EphemeralNodeEvent = { type: "sessionEnded" };
const retry = (afterMs: number) => ({ type: "retry", afterMs });

const settled = retry(10_000);

describe("an ephemeral znode", () => {
  it.each<[string, (EphemeralNodeEvent | Answer)[], object[]]>([
    ["nothing when it is wanted without connection", [want], []],
    ["a create when it is wanted", [connected(), want], [create]],
    ["a create on connecting when it was wanted", [want, connected()], [create]],
    ["nothing more when it is wanted again", [connected(), want, want], []],
    ["a watch once it is there, and to be told when it has stood for a while", [...joined], [audit, settled]],
    ["a removal when it is unwanted", [...joined, unwant], [remove]],
    ["nothing while a create is under way", [connected(), want, unwant], []],
    [
      "a removal after a create that is no more wanted",
      [connected(), want, unwant, "created"],
      [audit, settled, remove],
    ],
    ["a create after a removal when it is wanted again", [...joined, unwant, want, "removed"], [create]],
    [
      "to look before it creates again, after a reply was lost",
      [connected(), want, disconnected, connected()],
      [lookAndCreate],
    ],
    ["to look also after a failure", [connected(), want, "failed", retryDue], [lookAndCreate]],
    [
      "a removal of what is there, after the reply of a create was lost",
      [connected(), want, disconnected, unwant, connected()],
      [removeWhatIsThere],
    ],
    ["only a watch when the same session is back", [...joined, disconnected, connected()], [audit]],
    [
      "the removal again after its reply was lost",
      [...joined, unwant, disconnected, connected()],
      [audit, remove],
    ],
    ["a create in a new session", [...joined, disconnected, connected(2)], [create]],
    ["nothing in a new session when it is unwanted", [...joined, unwant, disconnected, connected(2)], []],
    [
      "a create without looking in a new session, whatever was in doubt",
      [connected(), want, disconnected, connected(2)],
      [create],
    ],
    ["a pause when somebody deleted it", [...joined, vanished], [retry(100)]],
    ["a create after that pause", [...joined, vanished, retryDue], [create]],
    ["nothing when it goes while we remove it", [...joined, unwant, vanished], []],
    ["nothing when some other znode goes", [...joined, { type: "vanished", path: "/other" }], []],
    ["a pause when another session holds it", [connected(), want, "taken"], [retry(500)]],
    ["a create after that pause, without looking", [connected(), want, "taken", retryDue], [create]],
    ["nothing when it is unwanted while another session holds it", [connected(), want, "taken", unwant], []],
    ["a write when its content changes", [...joined, changed], [write]],
    [
      "a write of what changed while it was created",
      [connected(), want, changed, { type: "created", request: 2, path, version: 0 }],
      [audit, settled, write],
    ],
    [
      "the write again after its reply was lost",
      [...joined, changed, disconnected, connected()],
      [audit, write],
    ],
    ["nothing after a second answer to the same request", [...joined, "failed"], []],
    [
      "nothing after an answer to a request that was given up",
      [connected(), want, disconnected, { type: "created", request: 2, path, version: 0 }],
      [],
    ],
  ])("asks for %s", (_, steps, effects) => {
    expect(run(steps).effects).toEqual(effects);
  });

  it("waits longer each time somebody deletes it, until it has stood for a while", () => {
    const deletion = [vanished, retryDue, "created"] as const;
    expect(run([...joined, ...deletion, ...deletion, vanished]).effects).toEqual([retry(400)]);
    expect(run([...joined, ...deletion, ...deletion, retryDue, vanished]).effects).toEqual([retry(100)]);
  });

  it("tries again what failed when it is there but not up to date", () => {
    expect(run([...joined, changed, "failed", retryDue]).effects).toEqual([write]);
  });

  it("is gone with its session, and back in the next one if it is wanted", () => {
    expect(run([...joined, sessionEnded]).state).toMatchObject({ path: undefined, connected: false });
    expect(run([...joined, sessionEnded, connected(2)]).effects).toEqual([create]);
    expect(run([...joined, unwant, sessionEnded, connected(2)]).effects).toEqual([]);
  });

  it("waits longer after each failure, up to 5 s", () => {
    const failures = (count: number) =>
      Array.from({ length: count }, () => ["failed", retryDue] as const).flat();
    const waits = [1, 2, 3, 12].map(
      (count) => run([connected(), want, ...failures(count).slice(0, -1)]).effects,
    );
    expect(waits).toEqual([[retry(100)], [retry(200)], [retry(400)], [retry(5_000)]]);
  });

  it.each<[boolean, string, (EphemeralNodeEvent | Answer)[]]>([
    [true, "before it was wanted", []],
    [false, "while it is created", [connected(), want]],
    [false, "while a create is in doubt", [connected(), want, unwant, disconnected]],
    [false, "while it is removed", [...joined, unwant]],
    [false, "while a removal is in doubt", [...joined, unwant, disconnected]],
    [true, "once it was removed", [...joined, unwant, "removed"]],
    [true, "once its session was followed by another", [...joined, unwant, disconnected, connected(2)]],
    [true, "once its session has ended", [...joined, unwant, sessionEnded]],
    [true, "while another session holds it", [connected(), want, "taken", unwant]],
  ])("is gone (%s) %s", (gone, _, steps) => {
    expect(isGone(run(steps).state)).toBe(gone);
  });

  it("keeps its path while suspended and loses it with its session", () => {
    expect(run([...joined, disconnected]).state).toMatchObject({ phase: "present", path });
    expect(run([...joined, disconnected, connected(2)]).state).toMatchObject({
      path: undefined,
      generation: 2,
    });
  });
});

/** ZooKeeper never answers a create with "removed"; late answers to requests that were given up may be anything. */
function isWrongAnswer(event: EphemeralNodeEvent, { phase, request }: EphemeralNodeState): boolean {
  if (!("request" in event) || event.request !== request || event.type === "failed") return false;
  const right = { creating: ["created", "taken"], writing: ["wrote"], removing: ["removed"] };
  return phase in right && !right[phase as keyof typeof right].includes(event.type);
}

const BUSY = ["creating", "writing", "removing"];

function expectSaneState(
  before: EphemeralNodeState,
  event: EphemeralNodeEvent,
  state: EphemeralNodeState,
): void {
  expect(state.generation).toBeGreaterThanOrEqual(before.generation);
  expect(state.request).toBeGreaterThanOrEqual(before.request);
  if (event.type === "connected" && event.generation > before.generation) {
    expect(state).toMatchObject({ path: undefined, inDoubt: false });
  }
  if (event.type === "disconnected") expect(state.path).toBe(before.path);
  if (isGone(state)) expect(state.path).toBeUndefined();
  if (!state.connected) expect(BUSY).not.toContain(state.phase);
}

function expectSaneEffects(
  before: EphemeralNodeState,
  state: EphemeralNodeState,
  effects: readonly EphemeralNodeEffect[],
): void {
  const requests = effects.flatMap((effect) => ("request" in effect ? [effect] : []));
  expect(requests.length).toBeLessThanOrEqual(1);
  for (const effect of requests) {
    expect(state.connected).toBe(true);
    // Only an answer, a loss or an expiry makes room for another request, and its number is a new one.
    expect(effect.request).toBeGreaterThan(before.request);
    expect(BUSY).toContain(state.phase);
    if (effect.type !== "create") continue;
    expect(
      before.path === undefined || before.generation < state.generation || before.phase === "removing",
    ).toBe(true);
    expect(effect.lookFirst || !state.inDoubt).toBe(true);
  }
}

describe("whatever happens in whatever order", () => {
  const number = fc.nat(12);
  const event: fc.Arbitrary<EphemeralNodeEvent> = fc.oneof(
    fc.constantFrom(want, unwant, changed, disconnected, retryDue, vanished),
    fc.record({
      type: fc.constant("created" as const),
      request: number,
      path: fc.constant(path),
      version: fc.nat(3),
    }),
    fc.record({ type: fc.constant("wrote" as const), request: number, version: fc.nat(3) }),
    fc.record({
      type: fc.constantFrom("removed" as const, "taken" as const, "failed" as const),
      request: number,
    }),
  );
  /** Sessions only follow each other, and a connection is only made when there is none. */
  const events = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: event },
      { weight: 1, arbitrary: fc.constantFrom("resumed", "expired") },
    ),
    {
      maxLength: 60,
    },
  );

  it("at most one request is under way, none without connection, and what is in doubt is looked for first", () => {
    fc.assert(
      fc.property(events, (steps) => {
        let state = newEphemeralNode();
        let generation = 1;
        for (const step of steps) {
          if (step === "expired") generation += 1;
          const event = typeof step === "string" ? connected(generation) : step;
          if (isWrongAnswer(event, state)) continue;
          const before = state;
          const next = stepEphemeralNode(before, event);
          state = next.state;
          expectSaneState(before, event, state);
          expectSaneEffects(before, state, next.effects);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
