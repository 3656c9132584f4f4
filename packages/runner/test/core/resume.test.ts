import { isTerminal } from "@borealis/schema";
import fc from "fast-check";
import { expect, it } from "vitest";
import { resume } from "../../src/core/resume.ts";
import { newTask } from "../../src/core/task.ts";
import { moves, play, tasks } from "./task-play.ts";
import { TaskWorld, taskOf } from "./task-world.ts";

const describe = (world: TaskWorld) =>
  resume(world.state).map((effect) => {
    if (effect.type === "stage") return effect.stage;
    if (effect.type === "ended") return `${effect.taskState}: ${effect.reason}`;
    return `${effect.type === "start" ? "start" : effect.signal} ${effect.process} ${effect.run}`;
  });

/** "a" is forked in its second run, "b" runs. */
const forkedBeside = () => {
  const world = new TaskWorld(
    taskOf([{ name: "a", max_failures: 2, min_duration: 1 }, { name: "b" }, { name: "f", final: true }]),
  );
  world.exit("a", 1);
  world.now = 1000;
  world.send({ type: "tick" }, { start: false });
  return world;
};

it("starts what was only forked, and leaves alone what runs", () => {
  expect(describe(forkedBeside())).toEqual(["start a 1"]);
});

it("has nothing to do for a task that has not begun: its first step does", () => {
  expect(resume(newTask(taskOf([{ name: "a" }])))).toEqual([]);
});

it("sends SIGTERM again while CLEANING, and to what was only forked when it has started", () => {
  const world = forkedBeside();
  world.kill();
  expect(describe(world)).toEqual(["start a 1", "SIGTERM b 0"]);
  world.started("a", 1);
  expect(world.log.at(-1)).toBe("1 SIGTERM a 1");
  expect(describe(world)).toEqual(["SIGTERM a 1", "SIGTERM b 0"]);
});

it("leaves a finalizer alone that runs", () => {
  const world = new TaskWorld(taskOf([{ name: "a" }, { name: "f", final: true }]));
  world.exit("a", 0);
  expect(world.state.stage).toBe("FINALIZING");
  expect(describe(world)).toEqual([]);
});

it("ends a task that had ended: SIGKILL for what was live then, and its whole reason", () => {
  const world = forkedBeside();
  world.kill({ waitMs: 2000 });
  world.pass(2);
  expect(describe(world)).toEqual([
    "SIGKILL a 1",
    "SIGKILL b 0",
    "KILLED: killed on request; cut short after the wait of its kill (2 s)",
  ]);
});

it("sends no SIGKILL to a run that a signal had ended before the task did", () => {
  const world = new TaskWorld(taskOf([{ name: "a" }]));
  world.kill();
  world.exit("a", "SIGKILL");
  expect(describe(world)).toEqual(["KILLED: killed on request"]);
});

it("asks again for all that the last step asked for, wherever it was interrupted", () =>
  fc.assert(
    fc.property(tasks, moves, (task, script) =>
      play(task, script, ({ after, effects }) => {
        const again = resume(after);
        for (const effect of effects) {
          // A SIGTERM in the step that ends a task is followed by SIGKILL.
          const isOvertaken =
            isTerminal(after.stage) && effect.type === "signal" && effect.signal === "SIGTERM";
          if (effect.type !== "stage" && !isOvertaken) expect(again).toContainEqual(effect);
        }
      }),
    ),
    { numRuns: 200 },
  ));

it("starts nothing twice that has started, and signals nothing that has ended", () =>
  fc.assert(
    fc.property(tasks, moves, (task, script) =>
      play(task, script, ({ after, live }) => {
        if (isTerminal(after.stage)) return;
        const runs = live.map(({ process, run }) => `${process} ${run}`);
        for (const effect of resume(after)) {
          if (effect.type !== "start" && effect.type !== "signal") continue;
          expect(runs).toContain(`${effect.process} ${effect.run}`);
        }
      }),
    ),
    { numRuns: 200 },
  ));
