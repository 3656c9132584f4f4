import { readFileSync } from "node:fs";
import { checkTask, type Task } from "@borealis/schema";
import { expect, it } from "vitest";
import type { TaskMachine } from "../../src/core/task.ts";
import type { TaskEvent } from "../../src/core/task-event.ts";
import { type Script, TraceWorld } from "./trace-world.ts";

interface Trace {
  readonly task: unknown;
  readonly capped?: boolean;
  readonly actions: readonly (readonly [seconds: number, action: "USR1" | "USR2" | "KILLCOORD"])[];
  readonly records: readonly {
    readonly process?: string;
    readonly seq?: number;
    readonly state?: string;
    readonly rc?: number;
  }[];
  readonly task_states: readonly string[];
}

const fixture = new URL("./fixtures/runner-traces.json", import.meta.url);
const traces: Readonly<Record<string, Trace>> = JSON.parse(readFileSync(fixture, "utf8"));

const succeeds = { after: 0, exit: 0 };
const fails = { after: 0, exit: 1 };
const endless = { exit: 0 };
const lasts = (after: number) => ({ after, exit: 0 });

/**
 * What the command lines of a trace did. Those of which only the states are compared here, since the rest is the
 * shell's (environment, ports, output, rotation, what a process leaves behind), are compared in full by its own tests.
 */
const SCRIPTS: Readonly<Record<string, Script>> = {
  capped_infinite_failures: { a: [fails] },
  cmdline_multiline: { a: [succeeds] },
  coordinator_sigkill: { a: [endless, succeeds] },
  daemon_fails_once: { a: [succeeds, fails] },
  env_cwd: { a: [succeeds] },
  ephemeral_daemon_with_final: {
    main: [lasts(3)],
    // Its last run was over at the moment of its SIGTERM.
    eph: [{ ...lasts(1), onTerm: { after: 0, exit: 0 } }],
    fin: [succeeds],
  },
  ephemeral_failed_does_not_fail_task: { main: [lasts(2)], eph: [fails] },
  ephemeral_killed_when_main_done: { main: [lasts(2)], log: [endless] },
  exit_137: { a: [{ after: 0, exit: 137 }] },
  finalizer_after_failure: { a: [fails], f: [succeeds] },
  finalizer_fails_task_ok: { a: [succeeds], f: [fails] },
  kill_during_cleaning: { a: [fails], b: [{ ...lasts(30), onTerm: "ignores" }] },
  kill_during_finalizing: { a: [succeeds], f: [lasts(4)] },
  kill_usr1_while_running: { a: [endless], f: [succeeds] },
  lose_usr2_while_running: { a: [endless], f: [succeeds] },
  many_runs_dirs: { a: [fails] },
  max_concurrency_1: { a: [lasts(1)], b: [lasts(1)], c: [lasts(1)] },
  min_duration_measured_from_end: { a: [{ after: 2, exit: 1 }, lasts(2)] },
  only_final: { f: [succeeds] },
  orphan_daemon_already_reparented: { a: [endless] },
  orphan_double_fork_final_kill: { a: [lasts(1)] },
  parallel_one_fails_within_limit: { a: [fails], b: [succeeds] },
  ports_and_taskid: { a: [succeeds] },
  profile: { mk: [succeeds], a: [succeeds] },
  retry_exhausted: { a: [fails] },
  retry_then_success: { a: [fails, succeeds] },
  rotate: { a: [lasts(2)] },
  self_term_once: { a: [{ after: 0, exit: 0, signal: "SIGTERM" }, succeeds] },
  setsid_child_not_reparented_yet: { a: [endless] },
  sigterm_trapped_exit0: { main: [lasts(1)], eph: [{ exit: 0, onTerm: { after: 0, exit: 0 } }] },
  single_fail: { a: [{ after: 0, exit: 3 }] },
  single_success: { a: [succeeds] },
  slow_term_exit: { a: [{ exit: 0, onTerm: { after: 6, exit: 0 } }], f: [succeeds] },
  stdout_utf8_bytes: { a: [succeeds] },
  task_fails_early_kills_other: { a: [fails], b: [endless] },
  task_max_failures_zero: { a: [fails], b: [{ after: 0, exit: 2 }] },
};

/** What ends otherwise than it did in Thermos, on purpose; docs/tasks.md has the same table in words. */
const DIFFERENT: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  // Thermos SIGKILLs the finalizer that runs and starts it from the beginning.
  kill_during_finalizing: { f: ["WAITING", "FORKED", "RUNNING", "SUCCESS 0"] },
};

/** Two processes of one name: in Thermos the last wins, and the first never runs. */
const REFUSED = ["same_name_twice"];

const SIGNALS: Readonly<Record<number, string>> = { [-1]: "SIGKILL", [-15]: "SIGTERM" };
const PREEMPTION_WAIT_MS = 60_000;

const ACTIONS: Readonly<Record<string, (state: TaskMachine) => TaskEvent>> = {
  USR1: () => ({ type: "kill", waitMs: PREEMPTION_WAIT_MS }),
  USR2: () => ({ type: "lose" }),
  KILLCOORD: ({ processes }) => ({
    type: "lost",
    process: "a",
    run: processes[0]?.run ?? 0,
    reason: "its coordinator was killed",
  }),
};

/** Sequence numbers have no gaps: where records were left out, the runs there are like those before them. */
function recordedHistories({ records }: Trace): Map<string, string[]> {
  const histories = new Map<string, string[]>();
  for (const { process, seq = 0, state = "", rc } of records) {
    if (process === undefined) continue;
    const history = histories.get(process) ?? [];
    while (history.length < seq) history.push(history.at(-4) ?? "");
    const how = rc === undefined ? "" : ` ${SIGNALS[rc] ?? rc}`;
    histories.set(process, [...history, `${state}${how}`]);
  }
  return histories;
}

/** A kill makes Thermos write down the state that the task is in once more. */
function recordedStages({ task_states }: Trace): readonly string[] {
  return task_states.filter((state, index) => state !== task_states[index - 1]);
}

function play(name: string, { task, actions, capped }: Trace): TraceWorld {
  const world = new TraceWorld(valid(task), SCRIPTS[name] ?? {}, capped ? { runLimit: 100 } : {});
  for (const [seconds, action] of actions) world.at(seconds, ACTIONS[action] ?? (() => ({ type: "tick" })));
  world.finish();
  return world;
}

function valid(task: unknown): Task {
  const { task: checked, issues = [] } = checkTask(task);
  if (checked === undefined) throw new Error(issues.map(({ message }) => message).join());
  return checked;
}

const played = Object.entries(traces).filter(([name]) => !REFUSED.includes(name));

it("has a script for every trace of Thermos, and a trace for every script", () =>
  expect([...Object.keys(SCRIPTS), ...REFUSED].toSorted()).toEqual(Object.keys(traces).toSorted()));

it.each(played)("goes through the states that Thermos recorded: %s", (name, trace) => {
  const { stages, histories } = play(name, trace);
  expect(stages).toEqual(recordedStages(trace));
  const expected = { ...Object.fromEntries(recordedHistories(trace)), ...DIFFERENT[name] };
  expect(Object.fromEntries(histories)).toEqual(expected);
});

it.each(Object.entries(DIFFERENT))("differs from Thermos where it means to: %s", (name, different) => {
  const trace = traces[name];
  for (const [process, history] of Object.entries(different))
    expect(trace && recordedHistories(trace).get(process)).not.toEqual(history);
});

it.each(REFUSED)("is never asked to run what Thermos should have refused: %s", (name) => {
  expect(() => valid(traces[name]?.task)).toThrow("repeats the name of processes[0]");
});

it("runs one at a time what was recorded with max_concurrency 1", () => {
  const trace = traces["max_concurrency_1"];
  expect(trace && play("max_concurrency_1", trace).mostAtOnce).toBe(1);
});

it.each(["task_fails_early_kills_other", "kill_during_cleaning"])(
  "sends one SIGTERM to a process that was just forked when CLEANING began, and Thermos none: %s",
  (name) => {
    const trace = traces[name];
    expect(trace && play(name, trace).sigterms).toEqual(["b 0"]);
  },
);
