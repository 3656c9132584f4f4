import { isTerminal, type TaskState } from "@borealis/schema";
import { nextStart, type Survey, startable } from "./planner.ts";
import { abandon, firstRun, fork, isLive, type ProcessRun, type RunEnd, running } from "./process-run.ts";
import { deadlockReason, failureReason } from "./reason.ts";
import type { TaskEffect, TaskEvent } from "./task-event.ts";
import { type PlanLimits, type PlannedTask, planTask, type TaskPlan } from "./task-plan.ts";
import {
  ended,
  liveRun,
  type OfRun,
  plannedOf,
  replaced,
  surveyFinal,
  surveyRegular,
  type TaskProcesses,
} from "./task-processes.ts";

/**
 * One task, from its first process to its last.
 *
 *   ACTIVE ──────────► CLEANING ──────────► FINALIZING ──────────► SUCCESS | FAILED | KILLED
 *     regular processes   nothing is live      final processes        ▲
 *     are done, or        any more             are done               │
 *     too many failed,        │                    │                  │
 *     kill or fail            └────────────────────┴──────────────────┘
 *                               the deadline, or hurry: SIGKILL
 *
 *   ACTIVE ─► CLEANING ─┬─ lose: SIGKILL ─► LOST
 *          FINALIZING ──┘
 *
 * The verdict falls when ACTIVE ends; what comes after does not change it, except that a kill makes it KILLED and a
 * lose LOST. One clock of `finalization_wait` starts with CLEANING and covers both stages; when it runs out, finalizers
 * that have not run never will. A kill while it runs neither restarts the clock, unless it brings its own, nor sends
 * SIGTERM again, nor touches a finalizer. A hurry leaves out whatever is still to come, from ACTIVE too.
 *
 * The state is plain data: written down and read back it goes on where it was. A step that changes nothing gives back
 * the very state it was given.
 */
export interface TaskMachine {
  readonly stage: TaskState;
  readonly plan: TaskPlan;
  /** Of all processes, in the order of the file's regular and then its final ones. */
  readonly processes: TaskProcesses;
  /** What the regular processes came to; known once ACTIVE is over, or it was asked to quit. When the task has ended, its whole reason. */
  readonly verdict?: Verdict;
  /** When there will be SIGKILL: `waitMs` after the last that set it. */
  readonly deadline?: number;
  /** finalization_wait, or what a kill allowed instead. */
  readonly waitMs?: number;
  /** Nothing is waited for any more. */
  readonly hurried: boolean;
}

interface Verdict {
  readonly taskState: "SUCCESS" | "FAILED" | "KILLED" | "LOST";
  readonly reason: string;
}

export interface Step {
  readonly state: TaskMachine;
  readonly effects: readonly TaskEffect[];
}

/** Starts nothing yet: the first step does. */
export function newTask(task: PlannedTask, limits?: PlanLimits): TaskMachine {
  const plan = planTask(task, limits);
  const processes = [...plan.regular, ...plan.final].map(({ name }) => firstRun(name));
  return { stage: "ACTIVE", plan, processes, hurried: false };
}

/** `now` is in milliseconds, near the Unix epoch since reports show it, and never goes back. */
export function step(state: TaskMachine, event: TaskEvent, now: number): Step {
  if (isTerminal(state.stage)) return { state, effects: [] };
  return settle(take(state, event, now), now);
}

/** When to step with a tick if no event comes before. */
export function nextWake({ stage, plan, processes, deadline, verdict }: TaskMachine): number | undefined {
  if (stage === "ACTIVE" && verdict !== undefined) return undefined;
  if (isTerminal(stage) || stage === "CLEANING") return isTerminal(stage) ? undefined : deadline;
  const surveyed = stage === "FINALIZING" ? surveyFinal : surveyRegular;
  const start = nextStart(surveyed(plan, processes, -Infinity), plan.maxConcurrency);
  return start === undefined || deadline === undefined ? (start ?? deadline) : Math.min(start, deadline);
}

/** Writes down what happened, without drawing conclusions. */
function take(state: TaskMachine, event: TaskEvent, now: number): Step {
  switch (event.type) {
    case "tick":
      return { state, effects: [] };
    case "kill": {
      const killed = withKill(state, event.reason);
      if (state.stage === "ACTIVE") return clean(killed, now, event.waitMs);
      return {
        state: event.waitMs === undefined ? killed : withWait(killed, event.waitMs, now),
        effects: [],
      };
    }
    case "fail": {
      if (state.stage !== "ACTIVE") return { state, effects: [] };
      return clean({ ...state, verdict: { taskState: "FAILED", reason: event.reason } }, now);
    }
    case "quit": {
      if (state.stage !== "ACTIVE" || state.verdict !== undefined) return { state, effects: [] };
      const { failure } = event;
      const verdict = failure === undefined ? undefined : ({ taskState: "FAILED", reason: failure } as const);
      return { state: verdict === undefined ? withKill(state) : { ...state, verdict }, effects: [] };
    }
    case "lose":
      return hurry({ ...state, verdict: { taskState: "LOST", reason: event.reason ?? "lost on request" } });
    case "hurry":
      return hurry(withKill(state));
    case "started": {
      const started = liveRun(state.plan, state.processes, event);
      if (started?.state !== "FORKED") return { state, effects: [] };
      // CLEANING began between the start and the news of it, when there was nothing yet to send SIGTERM to.
      const unsignalled = state.stage === "CLEANING" ? [started] : [];
      return {
        state: withRun(state, running(started, event.pid)),
        effects: signalAll(unsignalled, "SIGTERM"),
      };
    }
    case "exited":
      return { state: withEnd(state, event, event.exit, now), effects: [] };
    case "startFailed":
      return { state: withEnd(state, event, { problem: event.reason, lost: false }, now), effects: [] };
    case "lost":
      return { state: withEnd(state, event, { problem: event.reason, lost: true }, now), effects: [] };
  }
}

/** Goes through as many stages as there is nothing to wait for, then starts what may run. */
function settle({ state, effects }: Step, now: number): Step {
  const { stage, plan, processes } = state;
  if (isTerminal(stage)) return { state, effects };
  if (stage === "ACTIVE" && state.verdict !== undefined) {
    return processes.some(isLive) ? { state, effects } : settle(after(effects, clean(state, now)), now);
  }
  if (stage === "ACTIVE") {
    const regulars = surveyRegular(plan, processes, now);
    const verdict = verdictOf(state, regulars);
    if (verdict === undefined) return start({ state, effects }, regulars, now);
    return settle(after(effects, clean({ ...state, verdict }, now)), now);
  }
  if (state.hurried || now >= (state.deadline ?? now))
    return after(effects, finishTask(state, now, cutOf(state)));
  if (stage === "CLEANING") {
    if (processes.some(isLive)) return { state, effects };
    return settle(after(effects, enter(state, "FINALIZING")), now);
  }
  const finals = surveyFinal(plan, processes, now);
  if (finals.complete || finals.deadlocked) return after(effects, finishTask(state, now));
  return start({ state, effects }, finals, now);
}

function verdictOf(
  { plan, processes }: TaskMachine,
  { failed, complete, deadlocked }: Survey,
): Verdict | undefined {
  if (plan.maxFailures > 0 && failed.length >= plan.maxFailures) {
    return { taskState: "FAILED", reason: failureReason(plan, processes, failed) };
  }
  if (deadlocked) return { taskState: "FAILED", reason: deadlockReason(plan, processes, failed) };
  return complete ? { taskState: "SUCCESS", reason: "every process has finished" } : undefined;
}

function clean(state: TaskMachine, now: number, waitMs = state.plan.finalizationWaitMs): Step {
  const cleaning = enter(withWait(state, waitMs, now), "CLEANING");
  // A forked run has no process to signal yet: `started` makes up for it. Without any wait SIGKILL is next anyway.
  const told = waitMs === 0 ? [] : state.processes.filter(({ state }) => state === "RUNNING");
  return { state: cleaning.state, effects: [...cleaning.effects, ...signalAll(told, "SIGTERM")] };
}

function hurry(state: TaskMachine): Step {
  const hurried = { ...state, hurried: true };
  return state.stage === "ACTIVE" ? enter(hurried, "CLEANING") : { state: hurried, effects: [] };
}

function enter(state: TaskMachine, stage: "CLEANING" | "FINALIZING"): Step {
  return { state: { ...state, stage }, effects: [{ type: "stage", stage }] };
}

function start({ state, effects }: Step, surveyed: Survey, now: number): Step {
  const names = new Set(startable(surveyed, state.plan.maxConcurrency));
  if (names.size === 0) return { state, effects };
  const processes = state.processes.map((process) =>
    names.has(process.name) ? fork(process, now) : process,
  );
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
  const { plan, verdict } = state;
  if (verdict === undefined) throw new Error("a task ends with a verdict");
  const { taskState } = verdict;
  const leftovers = signalAll(state.processes.filter(isLive), "SIGKILL");
  const orderly = leftovers.length === 0 && surveyFinal(plan, state.processes, now).complete;
  const reason = cut === undefined || orderly ? verdict.reason : `${verdict.reason}; ${cut}`;
  const processes = state.processes.map((process) =>
    isLive(process) ? abandon(process, plannedOf(plan, process.name), now) : process,
  );
  return {
    state: { ...state, stage: taskState, processes, verdict: { taskState, reason } },
    effects: [...leftovers, { type: "ended", taskState, reason }],
  };
}

function cutOf({
  plan,
  verdict,
  hurried,
  waitMs = plan.finalizationWaitMs,
}: TaskMachine): string | undefined {
  // That is what losing is.
  if (verdict?.taskState === "LOST") return undefined;
  if (hurried) return "cut short on request";
  const wait = waitMs === plan.finalizationWaitMs ? "finalization_wait" : "the wait of its kill";
  return `cut short after ${wait} (${waitMs / 1000} s)`;
}

function withKill(state: TaskMachine, reason = "killed on request"): TaskMachine {
  return state.verdict?.taskState === "KILLED"
    ? state
    : { ...state, verdict: { taskState: "KILLED", reason } };
}

function withWait(state: TaskMachine, waitMs: number, now: number): TaskMachine {
  return { ...state, waitMs, deadline: now + waitMs };
}

function withEnd(state: TaskMachine, of: OfRun, how: RunEnd, now: number): TaskMachine {
  const process = liveRun(state.plan, state.processes, of);
  return process === undefined ? state : withRun(state, ended(state.plan, process, how, now));
}

function withRun(state: TaskMachine, next: ProcessRun): TaskMachine {
  return { ...state, processes: replaced(state.plan, state.processes, next) };
}

function signalAll(processes: readonly ProcessRun[], signal: "SIGTERM" | "SIGKILL"): TaskEffect[] {
  return processes.map(({ name, run }) => ({ type: "signal", process: name, run, signal }));
}

function after(effects: readonly TaskEffect[], next: Step): Step {
  return { state: next.state, effects: [...effects, ...next.effects] };
}
