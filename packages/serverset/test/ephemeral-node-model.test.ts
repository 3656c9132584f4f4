import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isGone } from "../src/ephemeral-node.ts";
import { TinyZooKeeper } from "./tiny-zookeeper.ts";

const act: Readonly<Record<string, (world: TinyZooKeeper, chance: number) => void>> = {
  want: (world) => world.feed({ type: "want" }),
  unwant: (world) => world.feed({ type: "unwant" }),
  changed: (world) => world.feed({ type: "changed" }),
  resume: (world) => world.connect(true),
  expire: (world) => world.connect(false),
  cut: (world, chance) => world.cut(chance),
  answer: (world) => world.answer(false),
  answerAgain: (world) => world.answer(false),
  refuse: (world) => world.answer(true),
  retry: (world) => world.retry(),
  deleteByHand: (world) => world.deleteByHand(),
  strangerComes: (world) => world.stranger(true),
  strangerGoes: (world) => world.stranger(false),
};

function untilQuiet(world: TinyZooKeeper): void {
  world.stranger(false);
  world.connect(true);
  for (let turn = 0; !world.idle; turn++) {
    expect(turn, "turns until nothing is left to do").toBeLessThan(100);
    world.answer(false);
    world.retry();
  }
}

describe.each([
  ["a sequential znode", true],
  ["a znode with a name of its own", false],
])("%s in a ZooKeeper that loses replies, sessions and znodes at random", (_, sequential) => {
  it("is there exactly once when it is wanted, and not at all when it is not", () => {
    const steps = fc.array(fc.tuple(fc.constantFrom(...Object.keys(act)), fc.nat(3)), { maxLength: 80 });
    fc.assert(
      fc.property(steps, (taken) => {
        const world = new TinyZooKeeper(sequential);
        for (const [name, chance] of taken) {
          act[name]?.(world, chance);
          expect(world.own.length, `znodes of ours after ${name}`).toBeLessThanOrEqual(1);
          if (isGone(world.state) && world.connected) expect(world.own).toEqual([]);
        }
        untilQuiet(world);
        expect(world.own).toHaveLength(world.state.wanted ? 1 : 0);
        expect(world.state.path).toBe(world.own[0]);
        expect(world.state).toMatchObject({
          inDoubt: false,
          phase: world.state.wanted ? "present" : "absent",
        });
        if (world.state.wanted) expect(world.state.written).toBe(world.state.version);
      }),
      { numRuns: 2_000 },
    );
  });
});
