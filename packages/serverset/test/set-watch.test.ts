import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ServerSetError } from "../src/index.ts";
import { SetWatch } from "../src/set-watch.ts";
import { SetModel } from "./set-model.ts";

const name = fc.constantFrom("member_0", "member_1", "member_2", "member_3");
const count = fc.integer({ min: 1, max: 4 });

const change = fc.oneof(
  { weight: 4, arbitrary: name.map((each) => (model: SetModel) => model.put(each)) },
  { weight: 3, arbitrary: name.map((each) => (model: SetModel) => model.remove(each)) },
  { weight: 1, arbitrary: fc.constant((model: SetModel) => model.removeSet()) },
  { weight: 1, arbitrary: fc.constant((model: SetModel) => model.makeSet()) },
);
const progress = fc.oneof(
  { weight: 3, arbitrary: count.map((each) => (model: SetModel) => model.serve(each)) },
  { weight: 3, arbitrary: count.map((each) => (model: SetModel) => model.deliver(each)) },
  { weight: 1, arbitrary: fc.constant((model: SetModel) => model.due("list")) },
  { weight: 1, arbitrary: fc.constant((model: SetModel) => model.due("resync")) },
);
const connecting = fc.oneof(
  { weight: 2, arbitrary: fc.constant((model: SetModel) => model.connect(false)) },
  { weight: 1, arbitrary: fc.constant((model: SetModel) => model.connect(true)) },
  { weight: 1, arbitrary: fc.constant((model: SetModel) => model.cut()) },
);
const step = fc.oneof(
  { weight: 6, arbitrary: change },
  { weight: 8, arbitrary: progress },
  { weight: 2, arbitrary: connecting },
);
const steps = fc.array(step, { maxLength: 60 });

function run(mode: "tree" | "lists", each: readonly ((model: SetModel) => void)[]): SetModel {
  const model = new SetModel(mode);
  for (const perform of each) perform(model);
  return model;
}

function expectTruth(model: SetModel): void {
  expect(model.fresh).toBe(true);
  expect(model.watch.exists).toBe(model.children !== undefined);
  expect(Object.fromEntries(model.published)).toEqual(Object.fromEntries(model.children ?? []));
}

describe.each(["tree", "lists"] as const)("a set that is followed by %s", (mode) => {
  it("is published as it is in the end, and never a removal that was none, however all arrives", () => {
    fc.assert(
      fc.property(steps, (each) => {
        const model = run(mode, each);
        model.settle();
        expectTruth(model);
        expect(model.watch.lostUpdates).toBe(0);
        expect(model.problems).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is never published without members when each was replaced before it went", () => {
    const replace = fc.constant((model: SetModel, next: number) => {
      model.put(`member_${next}`);
      model.remove(`member_${next - 1}`);
    });
    const some = fc.oneof({ weight: 4, arbitrary: replace }, { weight: 8, arbitrary: progress }, connecting);
    fc.assert(
      fc.property(fc.array(some, { maxLength: 60 }), (each) => {
        const model = run(mode, [(first) => first.put("member_0"), (first) => first.settle()]);
        for (const [index, perform] of each.entries()) {
          const before = model.children?.keys().next().value?.split("_")[1];
          perform(model, Number(before) + 1);
          expect(model.published.size, `after step ${index}`).toBeGreaterThan(0);
        }
        model.settle();
        expectTruth(model);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is right again after a resync when notifications were lost", () => {
    fc.assert(
      fc.property(steps, fc.array(change, { maxLength: 10 }), steps, (before, lost, after) => {
        const model = run(mode, before);
        model.settle();
        model.losing = true;
        for (const perform of lost) perform(model);
        model.losing = false;
        for (const perform of after) perform(model);
        model.settle();
        model.due("resync");
        model.settle();
        expectTruth(model);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("a set that is followed", () => {
  it("counts what no notification told and a resync found", () => {
    const model = new SetModel("tree");
    for (const each of ["member_0", "member_1", "member_2"]) model.put(each);
    model.settle();
    model.losing = true;
    model.put("member_0");
    model.remove("member_1");
    model.put("member_3");
    model.losing = false;
    model.settle();
    expect(model.published.has("member_1")).toBe(true);
    model.due("resync");
    model.settle();
    expectTruth(model);
    expect(model.watch.lostUpdates).toBe(3);
  });

  it("publishes what changed while it was away as one difference, and keeps what did not as the same object", () => {
    const model = new SetModel("tree");
    for (const each of ["member_0", "member_1"]) model.put(each);
    model.settle();
    const kept = model.watch.entries.get("member_0");
    model.cut();
    model.remove("member_1");
    model.put("member_2");
    expect([...model.published.keys()]).toEqual(["member_0", "member_1"]);
    model.settle();
    expectTruth(model);
    expect(model.watch.entries.get("member_0")).toBe(kept);
  });

  it("reads all members anew when the set was removed and made again between two lists", () => {
    const model = new SetModel("lists");
    model.put("member_0");
    model.settle();
    model.removeSet();
    model.makeSet();
    model.put("member_0");
    model.settle();
    expectTruth(model);
  });

  it("does not bring back who is not listed any more when the reply that still has it comes later", () => {
    const model = new SetModel("lists");
    model.connect(true);
    model.settle();
    model.put("member_1");
    model.deliver(1); // the notification
    model.serve(1);
    model.deliver(1); // the list: member_1 is asked for
    model.put("member_2");
    model.deliver(1); // the notification: a list is asked for
    model.serve(1); // member_1
    model.remove("member_1");
    model.serve(1); // the list
    model.deliver(2);
    model.settle();
    expectTruth(model);
  });

  it("is not published before all of it has been read", () => {
    const model = new SetModel("tree");
    for (const each of ["member_0", "member_1"]) model.put(each);
    model.connect(true);
    model.serve(1);
    model.deliver(1);
    model.serve(1);
    model.deliver(1);
    expect([model.fresh, model.published.size]).toEqual([false, 0]);
    model.settle();
    expectTruth(model);
  });

  it("says nothing of a member that came and went while it was read", () => {
    const model = new SetModel("tree");
    for (const each of ["member_0", "member_1"]) model.put(each);
    model.connect(true);
    model.serve(1);
    model.deliver(1);
    model.serve(1);
    model.deliver(1);
    model.remove("member_0");
    model.settle();
    expectTruth(model);
  });

  it("does not count what a list that was under way finds as well", () => {
    const model = new SetModel("lists");
    model.connect(true);
    model.serve(1);
    model.put("member_0");
    model.deliver(4);
    model.due("resync");
    model.settle();
    expectTruth(model);
    expect(model.watch.lostUpdates).toBe(0);
  });

  it("lists when the server has no recursive watches", () => {
    const watch = new SetWatch({ path: "/set", weights: false });
    const [first] = watch.step({ type: "connected", generation: 1, mode: "tree" }, 0);
    expect(first).toMatchObject({ type: "list", mode: "tree" });
    const error = new ServerSetError("UNSUPPORTED", "no");
    expect(watch.step({ type: "refused", request: 1, error }, 0)).toMatchObject([
      { type: "list", mode: "lists" },
    ]);
  });

  it("that may not be read is asked for again and again, ever more slowly, and tells it once", () => {
    const watch = new SetWatch({ path: "/set", weights: false });
    let effects = watch.step({ type: "connected", generation: 1, mode: "tree" }, 0);
    const told: string[] = [];
    const waits: number[] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      const [list] = effects;
      if (list?.type !== "list") throw new Error("it does not ask again");
      const error = new ServerSetError("NO_AUTH", "list /set: ZooKeeper answered NO_AUTH");
      for (const effect of watch.step({ type: "refused", request: list.request, error }, 0)) {
        if (effect.type === "problem") told.push(effect.error.code);
        if (effect.type === "wake") waits.push(effect.afterMs);
      }
      effects = watch.step({ type: "due", timer: "retry" }, 0);
    }
    expect(told).toEqual(["NO_AUTH"]);
    expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
  });

  it("with more members than wanted is a problem and not an empty set", () => {
    const watch = new SetWatch({ path: "/set", weights: false, mostMembers: 1 });
    watch.step({ type: "connected", generation: 1, mode: "tree" }, 0);
    const list = { names: ["member_0", "member_1"], czxid: 1n, zxid: 1n };
    const effects = watch.step({ type: "listed", request: 1, list }, 0);
    expect(effects.map(({ type }) => type)).toEqual(["problem", "wake"]);
    expect(watch.problem?.code).toBe("TOO_LARGE");
    expect(watch.loaded).toBe(false);
  });

  it("asks for less at a time after a reply that was too large cost the connection", () => {
    const watch = new SetWatch({ path: "/set", weights: false });
    const names = Array.from({ length: 600 }, (_, index) => `member_${index}`);
    const sizes = () => {
      const [list] = watch.step({ type: "connected", generation: 1, mode: "tree" }, 0);
      const request = list?.type === "list" ? list.request : 0;
      const effects = watch.step({ type: "listed", request, list: { names, czxid: 1n, zxid: 1n } }, 0);
      return effects.flatMap((effect) => (effect.type === "read" ? [effect.paths.length] : []));
    };
    expect(sizes()).toEqual([500, 100]);
    watch.step({ type: "disconnected", reason: "a reply was too large", tooLarge: true }, 0);
    expect(sizes()).toEqual([125, 125, 125, 125]);
  });

  it("does not list a large set for every notification", () => {
    const watch = new SetWatch({ path: "/set", weights: false });
    const names = Array.from({ length: 2_000 }, (_, index) => `member_${index}`);
    const list = { names, czxid: 1n, zxid: 1n };
    watch.step({ type: "connected", generation: 1, mode: "lists" }, 0);
    let effects = watch.step({ type: "listed", request: 1, list }, 0);
    while (effects.some(({ type }) => type === "read")) {
      const next = [];
      for (const effect of effects) {
        if (effect.type !== "read") continue;
        const stat = {
          czxid: 1n,
          mzxid: 1n,
          pzxid: 1n,
          ctimeMs: 0,
          mtimeMs: 0,
          version: 0,
          ephemeralOwner: 0n,
        };
        const results = effect.paths.map(() => ({
          data: Buffer.alloc(0),
          stat: { ...stat, numChildren: 0 },
        }));
        next.push(...watch.step({ type: "read", request: effect.request, results }, 0));
      }
      effects = next;
    }
    expect(watch.takeChanges()?.size).toBe(2_000);
    const notified = { type: "notified", what: "children", name: undefined } as const;
    expect(watch.step(notified, 10)).toMatchObject([
      { type: "wake", timer: "list", afterMs: 10, spread: 0.5 },
    ]);
    expect(watch.step(notified, 12)).toEqual([]);
    expect(watch.step({ type: "due", timer: "list" }, 20)).toMatchObject([{ type: "list" }]);
  });
});
