import { isTerminal, type TaskState } from "@borealis/schema";
import { nextStart, type Survey, startable, survey } from "./planner.ts";
import { end, firstRun, fork, isLive, type ProcessRun, type RunEnd, running } from "./process-run.ts";
import { deadlockReason, failureReason } from "./reason.ts";
import type { TaskEffect, TaskEvent } from "./task-event.ts";
import { type PlannedProcess, type PlannedTask, planTask, type TaskPlan } from "./task-plan.ts";

/**
 * One task, from its first process to its last.
 *
 *   ACTIVE ──────────► CLEANING ──────────► FINALIZING ──────────► SUCCESS | FAILED | KILLED
 *     regular processes   nothing is live      final processes        ▲
 *     are done, or        any more             are done               │
 *     too many failed,        │                    │                  │
 *     kill or fail            └────────────────────┴──────────────────┘
 *                               finalization_wait is over, or hurry: SIGKILL
 *
 * The verdict falls when ACTIVE ends; what comes after does not change it, except that a kill makes it KILLED.
 * One clock of `finalization_wait` starts with CLEANING and covers both stages; when it runs out, finalizers that have
 * not run never will. A kill while it runs neither restarts the clock nor the finalizers. A hurry leaves out whatever
 * is still to come, from ACTIVE too.
 *
 * The state is plain data: written down and read back it goes on where it was.
 */
export interface TaskMachine {
  readonly stage: TaskState;
  readonly plan: TaskPlan;
  /** Of all processes, in the order of the file's regular and then its final ones. */
  readonly processes: readonly ProcessRun[];
  /** What the regular processes came to; known once ACTIVE is over. */
  readonly verdict?: { readonly taskState: "SUCCESS" | "FAILED" | "KILLED"; readonly reason: string };
  /** When `finalization_wait` is over. */
  readonly deadline?: number;
  /** Nothing is waited for any more. */
  readonly hurried: boolean;
}

export interface Step {
  readonly state: TaskMachine;
  readonly effects: readonly TaskEffect[];
}

const KILLED = { taskState: "KILLED", reason: "killed on request" } as const;

/** Starts nothing yet: the first step does. */
export function newTask(task: PlannedTask): TaskMachine {
  const plan = planTask(task);
  const processes = [...plan.regular, ...plan.final].map(({ name }) => firstRun(name));
  return { stage: "ACTIVE", plan, processes, hurried: false };
}

/** `now` is monotonic, in milliseconds. */
export function step(state: TaskMachine, event: TaskEvent, now: number): Step {
  if (isTerminal(state.stage)) return { state, effects: [] };
  return settle(take(state, event, now), now);
}

/** When to step with a tick if no event comes before. */
export function nextWake(state: TaskMachine): number | undefined {
  if (isTerminal(state.stage)) return undefined;
  const { maxConcurrency } = state.plan;
  const start =
    state.stage === "CLEANING" ? undefined : nextStart(surveyOf(state, -Infinity), maxConcurrency);
  if (start === undefined || state.deadline === undefined) return start ?? state.deadline;
  return Math.min(start, state.deadline);
}

/** Writes down what happened, without drawing conclusions. */
function take(state: TaskMachine, event: TaskEvent, now: number): Step {
  switch (event.type) {
    case "tick":
      return { state, effects: [] };
    case "kill": {
      const killed = { ...state, verdict: KILLED };
      return state.stage === "ACTIVE" ? clean(killed, now) : { state: killed, effects: [] };
    }
    case "fail": {
      if (state.stage !== "ACTIVE") return { state, effects: [] };
      return clean({ ...state, verdict: { taskState: "FAILED", reason: event.reason } }, now);
    }
    case "hurry": {
      const hurried = { ...state, verdict: KILLED, hurried: true };
      return state.stage === "ACTIVE" ? enter(hurried, "CLEANING") : { state: hurried, effects: [] };
    }
    case "started": {
      const live = update(state, event, (process) => running(process, event.pid));
      // CLEANING began between the start and the news of it, when there was nothing yet to send SIGTERM to.
      const unsignalled = state.processes.filter(
        (process) => isOf(process, event) && process.state === "FORKED",
      );
      return { state: live, effects: state.stage === "CLEANING" ? signalAll(unsignalled, "SIGTERM") : [] };
    }
    case "exited":
      return { state: finish(state, event, event.exit, now), effects: [] };
    case "startFailed":
      return { state: finish(state, event, { problem: event.reason, lost: false }, now), effects: [] };
    case "lost":
      return { state: finish(state, event, { problem: event.reason, lost: true }, now), effects: [] };
  }
}

/** Goes through as many stages as there is nothing to wait for, then starts what may run. */
function settle({ state, effects }: Step, now: number): Step {
  if (isTerminal(state.stage)) return { state, effects };
  if (state.stage === "ACTIVE") {
    const regulars = surveyOf(state, now);
    const verdict = verdictOf(state, regulars);
    if (verdict === undefined) return start({ state, effects }, regulars);
    return settle(after(effects, clean({ ...state, verdict }, now)), now);
  }
  if (state.hurried) return after(effects, finishTask(state, now, "cut short on request"));
  if (now >= (state.deadline ?? now)) {
    const waited = `cut short after finalization_wait (${state.plan.finalizationWaitMs / 1000} s)`;
    return after(effects, finishTask(state, now, waited));
  }
  if (state.stage === "CLEANING") {
    if (state.processes.some(isLive)) return { state, effects };
    const finalizing = enter(state, "FINALIZING");
    return settle(after(effects, finalizing), now);
  }
  const finals = surveyOf(state, now);
  if (finals.complete || finals.deadlocked) return after(effects, finishTask(state, now));
  return start({ state, effects }, finals);
}

function surveyOf({ stage, plan, processes }: TaskMachine, now: number): Survey {
  return survey(stage === "FINALIZING" ? plan.final : plan.regular, processes, now);
}

function verdictOf(state: TaskMachine, { failed, complete, deadlocked }: Survey): TaskMachine["verdict"] {
  const { plan, processes } = state;
  if (plan.maxFailures > 0 && failed.length >= plan.maxFailures) {
    return { taskState: "FAILED", reason: failureReason(plan, processes, failed) };
  }
  if (deadlocked) return { taskState: "FAILED", reason: deadlockReason(plan, processes, failed) };
  return complete ? { taskState: "SUCCESS", reason: "every process has finished" } : undefined;
}

function clean(state: TaskMachine, now: number): Step {
  const { finalizationWaitMs } = state.plan;
  const cleaning = enter({ ...state, deadline: now + finalizationWaitMs }, "CLEANING");
  // A forked run has no process to signal yet: `started` makes up for it. Without any wait SIGKILL is next anyway.
  const told = finalizationWaitMs === 0 ? [] : state.processes.filter(({ state }) => state === "RUNNING");
  return { state: cleaning.state, effects: [...cleaning.effects, ...signalAll(told, "SIGTERM")] };
}

function enter(state: TaskMachine, stage: "CLEANING" | "FINALIZING"): Step {
  return { state: { ...state, stage }, effects: [{ type: "stage", stage }] };
}

function start({ state, effects }: Step, plan: Survey): Step {
  const names = new Set(startable(plan, state.plan.maxConcurrency));
  const processes = state.processes.map((process) => (names.has(process.name) ? fork(process) : process));
  const started = processes.filter(({ name }) => names.has(name));
  return {
    state: { ...state, processes },
    effects: [
      ...effects,
      ...started.map(({ name, run }) => ({ type: "start", process: name, run }) as const),
    ],
  };
}

/** Whatever is still live is SIGKILLed and counts as killed: nobody will be there to see it end. */
function finishTask(state: TaskMachine, now: number, cut?: string): Step {
  const { verdict } = state;
  if (verdict === undefined) throw new Error("a task ends with a verdict");
  const { taskState } = verdict;
  const leftovers = signalAll(state.processes.filter(isLive), "SIGKILL");
  const orderly = leftovers.length === 0 && survey(state.plan.final, state.processes, now).complete;
  const reason = cut === undefined || orderly ? verdict.reason : `${verdict.reason}; ${cut}`;
  const processes = state.processes.map((process) =>
    isLive(process) ? end(process, { signal: "SIGKILL" }, plannedOf(state, process.name), now) : process,
  );
  return {
    state: { ...state, stage: taskState, processes },
    effects: [...leftovers, { type: "ended", taskState, reason }],
  };
}

function signalAll(processes: readonly ProcessRun[], signal: "SIGTERM" | "SIGKILL"): TaskEffect[] {
  return processes.map(({ name, run }) => ({ type: "signal", process: name, run, signal }));
}

interface OfRun {
  readonly process: string;
  readonly run: number;
}

function finish(state: TaskMachine, event: OfRun, how: RunEnd, now: number): TaskMachine {
  return update(state, event, (process) => end(process, how, plannedOf(state, process.name), now));
}

/** News of a run that is not live is old news: the run was given up, or the event came twice. */
function update(state: TaskMachine, of: OfRun, change: (process: ProcessRun) => ProcessRun): TaskMachine {
  const changed = (process: ProcessRun) => (isOf(process, of) && isLive(process) ? change(process) : process);
  return { ...state, processes: state.processes.map(changed) };
}

function isOf({ name, run }: ProcessRun, of: OfRun): boolean {
  return name === of.process && run === of.run;
}

function after(effects: readonly TaskEffect[], next: Step): Step {
  return { state: next.state, effects: [...effects, ...next.effects] };
}

function plannedOf({ plan }: TaskMachine, name: string): PlannedProcess {
  const planned = [...plan.regular, ...plan.final].find((process) => process.name === name);
  if (planned === undefined) throw new Error(`the plan has no process "${name}"`);
  return planned;
}
