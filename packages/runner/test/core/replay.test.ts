import fc from "fast-check";
import { expect, it } from "vitest";
import type { TaskRecord } from "../../src/checkpoint/checkpoint.ts";
import { replay } from "../../src/core/replay.ts";
import { newTask, type TaskMachine } from "../../src/core/task.ts";
import { type Move, moves, play, tasks } from "./task-play.ts";
import type { taskOf } from "./task-world.ts";

interface Recording {
  readonly records: readonly TaskRecord[];
  /** What the live machine was after each of them. */
  readonly states: readonly TaskMachine[];
}

/** As a runner records: what changed nothing is not written down. */
function record(task: ReturnType<typeof taskOf>, script: readonly Move[]): Recording {
  const records: TaskRecord[] = [];
  const states: TaskMachine[] = [];
  play(task, script, ({ before, event, after, now, effects }) => {
    if (after === before && effects.length === 0) return;
    records.push({ at: now, event });
    states.push(after);
  });
  return { records, states };
}

const readBack = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value));
const executor: TaskRecord = { at: 0, executor: { pid: 1, bootId: "b" } };

it("comes to the live state from any prefix of what was written down", () =>
  fc.assert(
    fc.property(tasks, moves, fc.nat(), (task, script, which) => {
      const { records, states } = record(task, script);
      const length = which % (records.length + 1);
      const live = states[length - 1] ?? newTask(task);
      expect(replay(newTask(task), readBack(records.slice(0, length)))).toEqual(live);
    }),
    { numRuns: 200 },
  ));

it("comes to the same with snapshots anywhere, and needs nothing of what is before one", () =>
  fc.assert(
    fc.property(tasks, moves, fc.array(fc.nat({ max: 99 })), (task, script, chosen) => {
      const { records, states } = record(task, script);
      const places = new Set(chosen.map((which) => which % records.length));
      const withSnapshots = records.flatMap((record, index): TaskRecord[] => {
        const snapshot = states[index];
        return places.has(index) && snapshot ? [record, { at: record.at, snapshot }, executor] : [record];
      });
      const live = states.at(-1);
      expect(replay(newTask(task), readBack(withSnapshots))).toEqual(live);
      const last = withSnapshots.findLastIndex((record) => "snapshot" in record);
      expect(replay(newTask(task), readBack(withSnapshots.slice(Math.max(0, last))))).toEqual(live);
    }),
    { numRuns: 200 },
  ));
