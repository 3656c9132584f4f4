import { readFileSync } from "node:fs";
import { checkTask } from "@borealis/schema";
import { expect, it } from "vitest";
import { survey } from "../../src/core/planner.ts";
import { end, firstRun, fork, type ProcessRun, type RunEnd } from "../../src/core/process-run.ts";
import { planTask } from "../../src/core/task-plan.ts";
import { taskOf } from "./task-world.ts";

interface Recorded {
  readonly task: {
    readonly processes: Parameters<typeof taskOf>[0];
    readonly constraints: readonly { readonly order: readonly string[] }[];
  };
  readonly run_limit: number | null;
  readonly invalid?: string;
  readonly steps?: readonly {
    readonly op: readonly [operation: string, process?: string];
    readonly t: number;
    readonly min_wait: number | null;
    readonly complete: boolean;
    readonly runnable: readonly string[];
    readonly waiting: readonly string[];
    readonly running: readonly string[];
    readonly finished: readonly string[];
    readonly failed: readonly string[];
  }[];
}

const fixture = new URL("./fixtures/planner-0.22.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(fixture, "utf8")) as { cases: readonly Recorded[] };
const numbered = cases.map((recorded, index) => [index, recorded] as const);
const planned = numbered.filter(([, { invalid }]) => invalid === undefined);
const refused = numbered.filter(([, { invalid }]) => invalid !== undefined);

const ENDS: Readonly<Record<string, RunEnd>> = {
  success: { exitCode: 0 },
  failure: { exitCode: 1 },
  lost: { signal: "SIGKILL" },
};

it("has recorded plans to be compared with", () =>
  expect([planned.length, refused.length]).toEqual([26, 18]));

it.each(planned)("plans as Thermos does, step by step: recording %d", (_, recorded) => {
  const { task, run_limit, steps = [] } = recorded;
  const order = task.constraints.map((constraint) => constraint.order);
  const limits = run_limit === null ? {} : { runLimit: run_limit };
  const { regular, runLimit } = planTask(taskOf(task.processes, { order }), limits);
  let runs: readonly ProcessRun[] = regular.map(({ name }) => firstRun(name));
  for (const [index, { op, t, ...expected }] of steps.entries()) {
    const [operation, name] = op;
    const now = t * 1000;
    const how = ENDS[operation];
    runs = runs.map((run) => {
      const planned = regular.find((process) => process.name === name);
      if (run.name !== name || planned === undefined) return run;
      return how === undefined ? fork(run, now) : end(run, how, planned, now, runLimit);
    });
    const seen = survey(regular, runs, now);
    expect(
      {
        runnable: seen.runnable.toSorted(),
        waiting: seen.waiting.toSorted(),
        running: seen.live.toSorted(),
        finished: seen.finished.toSorted(),
        failed: seen.failed.toSorted(),
        complete: seen.complete,
      },
      `step ${index}: ${op.join(" ")} at ${t}`,
    ).toEqual({
      runnable: expected.runnable.toSorted(),
      waiting: expected.waiting.toSorted(),
      running: expected.running.toSorted(),
      finished: expected.finished.toSorted(),
      failed: expected.failed.toSorted(),
      complete: expected.complete,
    });
    if (expected.runnable.length === 0 && expected.min_wait !== null) {
      expect(((seen.nextStartAt ?? Number.NaN) - now) / 1000).toBe(expected.min_wait);
    }
  }
});

it.each(refused)("is never asked to plan what Thermos refuses: recording %d", (_, { task, invalid }) => {
  const messages = checkTask(task).issues?.map(({ message }) => message);
  const refusal = invalid?.startsWith("Cycles") ? "Cycles detected" : "can not come after";
  expect(messages).toContainEqual(expect.stringContaining(refusal));
});
