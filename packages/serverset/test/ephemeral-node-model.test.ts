import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isGone } from "../src/ephemeral-node.ts";
import { TinyZooKeeper } from "./tiny-zookeeper.ts";

const act: Readonly<Record<string, (world: TinyZooKeeper, chance: number) => void>> = {
  want: (world) => world.feed({ type: "want" }),
  unwant: (world) => world.feed({ type: "unwant" }),
  update: (world) => world.update(),
  resume: (world) => world.connect(true),
  expire: (world, chance) => world.connect(false, chance * 100),
  expireNow: (world) => world.expireNow(),
  cut: (world, chance) => world.cut(chance),
  do: (world, chance) => world.do(chance),
  doAnother: (world, chance) => world.do(chance),
  deliver: (world) => world.deliver(),
  deliverAnother: (world) => world.deliver(),
  answer: (world) => {
    world.do(0);
    world.deliver();
  },
  fail: (world) => world.fail("failed"),
  refuse: (world) => world.fail("refused"),
  retry: (world) => world.retry(),
  deleteByHand: (world, chance) => world.deleteByHand(chance),
  replaceByStranger: (world) => world.replaceByStranger(),
  strangerComes: (world) => world.stranger(true),
  strangerGoes: (world) => world.stranger(false),
};

const steps = fc.array(fc.tuple(fc.constantFrom(...Object.keys(act)), fc.nat(3)), { maxLength: 100 });

function untilQuiet(world: TinyZooKeeper): void {
  world.stranger(false);
  world.connect(true);
  for (let turn = 0; !world.idle; turn++) {
    expect(turn, "turns until nothing is left to do").toBeLessThan(200);
    world.do(0);
    world.deliver();
    world.retry();
  }
}

function expectSane(world: TinyZooKeeper, most: number, after: string): void {
  expect(world.own.length, `znodes of ours after ${after}`).toBeLessThanOrEqual(most);
  if (world.stands) expect(world.own.length, `znodes of ours after ${after}`).toBeGreaterThan(0);
  if (isGone(world.state) && world.connected) expect(world.own).toEqual([]);
  expect(world.wronged).toBe(0);
}

describe.each([
  ["a sequential znode", { sequential: true }],
  ["a sequential znode that stays out once it was deleted", { sequential: true, stopOnVanish: true }],
  ["a znode with a name of its own", { sequential: false }],
])("%s in a ZooKeeper that loses requests, replies, sessions and znodes at random", (_, options) => {
  it("is there once when it is wanted, beside its successor at most, and not at all when it is not", () => {
    fc.assert(
      fc.property(steps, (taken) => {
        const world = new TinyZooKeeper(options);
        for (const [name, chance] of taken) {
          act[name]?.(world, chance);
          // Only an update makes a second one, and only beside the first.
          const updated = taken.some(([step]) => step === "update");
          expectSane(world, options.sequential && updated ? 2 : 1, name);
        }
        untilQuiet(world);
        const { wanted, path } = world.state;
        expect(world.own).toHaveLength(wanted ? 1 : 0);
        expect(path).toBe(world.own[0]);
        expect(world.state).toMatchObject({ inDoubt: false, outdated: [], resting: false });
        expect(world.state.phase).toBe(wanted ? "present" : "absent");
        if (!wanted) return;
        expect(world.state).toMatchObject({ written: world.state.version, confirmed: true });
        expect(world.znodes.get(path ?? "")?.content).toBe(world.content);
      }),
      { numRuns: 3_000 },
    );
  });
});
