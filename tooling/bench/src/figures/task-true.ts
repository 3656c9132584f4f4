import { timeBorealis, timeNode } from "../commands.ts";
import { type Bench, figureOf } from "../figure.ts";
import { TaskHolder, TaskState } from "../task-holder.ts";

const RUNS = 50;
const COMMANDS = 11;
/** Until V8 has seen it all once. */
const WARM_UP = 5;
const GOAL_MS = 60;
/** Nobody has promised it; what starts is a Node, a launcher and a keeper. */
const COMMAND_GOAL_MS = 400;

/**
 * Ours: a task of one process `true`, from the call that starts it to SUCCESS, less the same `bash -c true` without any
 * of it, run in turn. Thermos takes 1.3 s: it looks once a second.
 */
export const taskTrue: Bench = {
  name: "task.true",
  about: "a task of one process `true`, the time above a bare bash; Thermos takes 1.3 s (recorded)",
  async run() {
    await using state = await TaskState.make();
    await using holder = await TaskHolder.start(state);
    const file = await state.write("true", { processes: [{ name: "true", cmdline: "true" }] });
    const ours: number[] = [];
    const floor: number[] = [];
    for (let run = -WARM_UP; run < RUNS; run++) {
      const bare = await holder.bash();
      const { ms } = await holder.run(`true-${run + WARM_UP}`, file);
      if (run < 0) continue;
      floor.push(bare);
      ours.push(ms - bare);
    }
    const goal = { unit: "ms", goal: GOAL_MS, goalOf: "ours" } as const;
    return [
      figureOf({ name: this.name, ...goal }, { ours, floor }),
      figureOf({ name: `${this.name}.p90`, ...goal, statistic: "p90" }, { ours, floor }),
    ];
  },
};

/** Ours: the whole command, less a Node that does nothing. */
export const taskTrueCommand: Bench = {
  name: "task.true.command",
  about: "borealis executor simplerun true, the time above a Node that does nothing",
  async run() {
    await using state = await TaskState.make();
    const ours: number[] = [];
    const floor: number[] = [];
    for (let run = 0; run < COMMANDS; run++) {
      const bare = await timeNode(["-e", "0"]);
      const whole = await timeBorealis(["executor", "simplerun", "--state-dir", state.directory, "true"]);
      ours.push(whole - bare);
      floor.push(bare);
    }
    return figureOf({ name: this.name, unit: "ms", goal: COMMAND_GOAL_MS, goalOf: "ours" }, { ours, floor });
  },
};
