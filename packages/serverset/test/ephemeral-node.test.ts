import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type EphemeralNodeEffect,
  type EphemeralNodeEvent,
  type EphemeralNodeState,
  isGone,
  isUpToDate,
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
type Answer = "created" | "wrote" | "removed" | "taken" | "failed" | "refused";

function run(steps: readonly (EphemeralNodeEvent | Answer)[], options = {}) {
  let state = newEphemeralNode(options);
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
const remove = { type: "remove", paths: [path], lookFirst: false };
const removeWhatIsThere = { type: "remove", paths: [], lookFirst: true };
const audit = { type: "audit", path };
const write = { type: "write", path };
const sessionEnded: EphemeralNodeEvent = { type: "sessionEnded" };
const retry = (afterMs: number, spreadMs = 0) => ({ type: "retry", afterMs, spreadMs });

const settled = retry(10_000);
const second = "/set/member_0000000001";
const createdSecond = { type: "created", request: 3, path: second, version: 1 } as const;
/** Its replacement is there, and it is about to be removed. */
const replaced = [...joined, changed, createdSecond] as const;

describe("an ephemeral znode", () => {
  it.each<[string, (EphemeralNodeEvent | Answer)[]]>([
    ["a write", [...joined, changed, "failed", retryDue, "wrote"]],
    ["a removal of what it replaced", [...replaced, "failed", retryDue, "removed"]],
  ])("forgets its failures when it has stood for a while after %s that failed at first", (what, steps) => {
    const options = { sequential: what !== "a write" };
    expect(run(steps, options)).toMatchObject({ state: { failures: 1 }, effects: [settled] });
    expect(run([...steps, retryDue], options).state.failures).toBe(0);
  });

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

  it("does nothing during a pause but to go when it is unwanted", () => {
    expect(run([...joined, changed, "failed", changed, disconnected, connected()]).effects).toEqual([audit]);
    expect(run([...joined, changed, "failed", unwant]).effects).toEqual([remove]);
  });

  it("waits longer each time it is refused for good, up to a minute, and tries at once in a new session", () => {
    const refusals = (count: number) =>
      Array.from({ length: count }, () => ["refused", retryDue] as const).flat();
    const waits = [1, 2, 12].map(
      (count) => run([connected(), want, ...refusals(count).slice(0, -1)]).effects[0],
    );
    expect(waits).toEqual([retry(800, 200), retry(1_600, 400), retry(48_000, 12_000)]);
    expect(run([connected(), want, ...refusals(5), "refused", connected(2)]).effects).toEqual([create]);
    expect(run([connected(), want, "refused", retryDue]).effects).toEqual([create]);
  });

  it("waits for as long as was drawn before it is created in a new session, and not in its first", () => {
    const drawn = (generation: number): EphemeralNodeEvent => ({
      type: "connected",
      generation,
      pauseMs: 1_234,
    });
    expect(run([...joined, disconnected, drawn(2)]).effects).toEqual([retry(1_234)]);
    expect(run([...joined, disconnected, drawn(2), retryDue]).effects).toEqual([create]);
    expect(run([...joined, unwant, disconnected, drawn(2)]).effects).toEqual([]);
  });

  it("is confirmed while ZooKeeper has said on this connection that it is there", () => {
    const found: EphemeralNodeEvent = { type: "confirmed", path };
    expect(run([...joined]).state.confirmed).toBe(true);
    expect(run([...joined, disconnected]).state.confirmed).toBe(false);
    expect(run([...joined, disconnected, connected()]).state.confirmed).toBe(false);
    expect(run([...joined, disconnected, connected(), found]).state.confirmed).toBe(true);
    expect(run([...joined, disconnected, found]).state.confirmed).toBe(false);
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

describe("a sequential znode, whose content never changes", () => {
  const successor = "/set/member_0000000001";
  const sequential = { sequential: true };
  const found = (request: number): EphemeralNodeEvent => ({
    type: "created",
    request,
    path: successor,
    version: 1,
  });
  const removeOld = { type: "remove", paths: [path], lookFirst: false };
  const auditNew = { type: "audit", path: successor };

  it.each<[string, (EphemeralNodeEvent | Answer)[], object[]]>([
    ["another one when its content changes", [...joined, changed], [create]],
    [
      "the removal of the old one once the other is there",
      [...joined, changed, found(3)],
      [auditNew, settled, removeOld],
    ],
    ["nothing more once the old one is removed", [...joined, changed, found(3), "removed"], []],
    [
      "the removal before the next one, when it changes twice",
      [...joined, changed, changed, found(3)],
      [auditNew, settled, removeOld],
    ],
    ["the next one after that removal", [...joined, changed, found(3), changed, "removed"], [create]],
    [
      "to look for the other one after its reply was lost",
      [...joined, changed, disconnected, connected()],
      [audit, lookAndCreate],
    ],
    [
      "the removal of both, and of what is in doubt, when it is unwanted",
      [...joined, changed, disconnected, unwant, connected()],
      [audit, { ...removeOld, lookFirst: true }],
    ],
    ["nothing when the old one is deleted meanwhile", [...joined, changed, vanished], []],
    [
      "no removal of an old one that is deleted meanwhile",
      [...joined, changed, vanished, found(3)],
      [auditNew, settled],
    ],
    [
      "to give up what is refused, and keep the old one",
      [...joined, changed, "refused"],
      [{ type: "changeRefused" }],
    ],
    ["a single create in a new session", [...joined, changed, disconnected, connected(2)], [create]],
    ["a pause of up to a second when somebody deleted it", [...joined, vanished], [retry(0, 1_000)]],
  ])("asks for %s", (_, steps, effects) => {
    expect(run(steps, sequential).effects).toEqual(effects);
  });

  it("waits longer each time somebody deletes it", () => {
    const deletion = [vanished, retryDue, "created"] as const;
    const waits = [1, 2, 3, 20].map(
      (count) =>
        run([...joined, ...Array.from({ length: count }, () => deletion).flat(), vanished], sequential)
          .effects,
    );
    const later = [1_000, 2_000, 4_000, 15_000].map((afterMs) => [retry(afterMs, 1_000)]);
    expect(waits).toEqual(later);
  });

  it("stays out once somebody deleted it, if that is what is asked for, until it is wanted again", () => {
    const options = { sequential: true, stopOnVanish: true };
    expect(run([...joined, vanished], options)).toMatchObject({
      state: { wanted: false, path: undefined },
      effects: [{ type: "stopped" }],
    });
    expect(run([...joined, vanished, retryDue], options).effects).toEqual([]);
    expect(run([...joined, vanished, want], options).effects).toEqual([create]);
    expect(run([...joined, disconnected, connected(2)], options).effects).toEqual([create]);
  });

  it("is up to date when the newest is there, alone and without doubt", () => {
    const upToDate = (...steps: (EphemeralNodeEvent | Answer)[]) => isUpToDate(run(steps, sequential).state);
    expect(upToDate(connected(), want)).toBe(false);
    expect(upToDate(...joined)).toBe(true);
    expect(upToDate(...joined, changed)).toBe(false);
    expect(upToDate(...joined, changed, disconnected)).toBe(false);
    expect(upToDate(...joined, changed, found(3))).toBe(false);
    expect(upToDate(...joined, changed, found(3), "removed")).toBe(true);
    expect(upToDate(...joined, changed, "refused")).toBe(true);
  });
});

/** ZooKeeper never answers a create with "removed"; late answers to requests that were given up may be anything. */
function isWrongAnswer(event: EphemeralNodeEvent, { phase, request }: EphemeralNodeState): boolean {
  if (!("request" in event) || event.request !== request || event.type === "failed") return false;
  if (event.type === "refused") return false;
  const right = {
    creating: ["created", "taken"],
    replacing: ["created"],
    writing: ["wrote"],
    removing: ["removed"],
    tidying: ["removed"],
  };
  return phase in right && !right[phase as keyof typeof right].includes(event.type);
}

const BUSY = ["creating", "replacing", "writing", "tidying", "removing"];

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
    if (!state.sequential) {
      expect(
        before.path === undefined || before.generation < state.generation || before.phase === "removing",
      ).toBe(true);
    }
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
    fc.record({ type: fc.constant("refused" as const), request: number, version: fc.nat(3) }),
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
      fc.property(events, fc.boolean(), (steps, sequential) => {
        let state = newEphemeralNode({ sequential });
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
