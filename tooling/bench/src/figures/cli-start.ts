import { startZooKeeper } from "@borealis/private-zookeeper";
import { timeBorealis, timeNode } from "../commands.ts";
import { type Bench, figureOf } from "../figure.ts";

const RUNS = 21;

/**
 * Ours: `borealis serverset ls` against a ZooKeeper on this machine, less a Node that does nothing, run in turn. So
 * nothing that only other commands need may be loaded: not Pyodide, not a loader of configurations.
 */
export const cliStart: Bench = {
  name: "cli.start",
  about: "borealis serverset ls, the time above a Node that does nothing",
  async run(tell) {
    await using zooKeeper = await startZooKeeper();
    const ours: number[] = [];
    const floor: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const bare = await timeNode(["-e", "0"]);
      const listed = await timeBorealis(["serverset", "ls", "/", "--zk", zooKeeper.connectString]);
      ours.push(listed - bare);
      floor.push(bare);
      if ((run + 1) % 10 === 0) tell(`${run + 1} of ${RUNS}`);
    }
    return figureOf({ name: this.name, unit: "ms", goal: 150, goalOf: "ours" }, { ours, floor });
  },
};
