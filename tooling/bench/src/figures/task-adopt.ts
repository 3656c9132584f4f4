import { timeNode } from "../commands.ts";
import { type Bench, figureOf } from "../figure.ts";
import { Sleepers } from "../task-sleepers.ts";

const SLEEPERS = 1_000;
const RUNS = 5;
/** Nobody has promised it. */
const GOAL_MS = 2_000;
const READ_ALL = `
for (const pid of process.argv.slice(1)) require("node:fs").readFileSync("/proc/" + pid + "/stat");`;

/**
 * Ours: an executor is killed with SIGKILL; from the start of another to its knowing that each of the thousand processes
 * runs, and as which pid. Beside it a Node that looks at as many processes and knows nothing of them.
 */
export const taskAdopt: Bench = {
  name: "task.adopt",
  about: `kill -9 of an executor with ${SLEEPERS} processes: from the start of the next to its knowing them all`,
  async run(tell) {
    await using sleepers = await Sleepers.ready();
    const { pids } = await sleepers.start(SLEEPERS);
    const numbers = Object.values(pids).map(String);
    const ours: number[] = [];
    const floor: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      floor.push(await timeNode(["-e", READ_ALL, ...numbers]));
      ours.push(await sleepers.replace());
    }
    await sleepers.endOne();
    tell("the last of them has heard of the end of one");
    return figureOf({ name: this.name, unit: "ms", goal: GOAL_MS, goalOf: "ours" }, { ours, floor });
  },
};
