import {
  STOP_STEPS,
  type StopAnswer,
  type StopEffect,
  type StopEvent,
  type StopOutcome,
  type StopStepName,
  type TimelineEntry,
} from "./stop-event.ts";
import { REQUEST_MS, type StopPlan, UNANNOUNCE_MS } from "./stop-plan.ts";

/**
 * Taking one instance down.
 *
 *   UNANNOUNCE ─► DRAIN ─► QUIT ─► ABORT ─► KILL ─► done
 *    5 s for the   wait     POST,   POST,    SIGTERM to the tree, finalizers,
 *    znode to go            wait    wait     SIGKILL when finalization_wait is over
 *
 * Each step ends when it has done its work, or its time is over: the next one begins all the same. What a plan has no
 * use for, and what nobody answers, is skipped.
 * - The task ends: nothing is left but to leave the ServerSet, which goes on until then.
 * - hurry: straight to KILL. Another, or one during KILL: SIGKILL.
 *
 * KILL is over when the task has ended and not before: its deadline is the task's own.
 */
export interface StopMachine {
  readonly plan: StopPlan;
  readonly at: "PLANNED" | StopStepName | "DONE";
  /** The steps so far, the present one last. */
  readonly timeline: readonly TimelineEntry[];
  /** When to step with a tick if no event comes before. */
  readonly wakeAt?: number;
  readonly taskEnded: boolean;
  /** How often somebody wanted it faster. */
  readonly hurries: 0 | 1 | 2;
}

export interface StopStep {
  readonly state: StopMachine;
  readonly effects: readonly StopEffect[];
}

const REQUEST_SECS = REQUEST_MS / 1000;

/** Nothing happens yet: what is known of the task by `begin` counts. */
export function newStop(plan: StopPlan): StopMachine {
  return { plan, at: "PLANNED", timeline: [], taskEnded: false, hurries: 0 };
}

/** `now` is monotonic, in milliseconds. */
export function stepStop(state: StopMachine, event: StopEvent, now: number): StopStep {
  const { at } = state;
  const ignored = { state, effects: [] };
  if (at === "DONE") return ignored;
  switch (event.type) {
    case "begin":
      return at === "PLANNED" ? start(state, now) : ignored;
    case "left":
      return at === "UNANNOUNCE" ? next(state, { kind: "done" }, now) : ignored;
    case "notLeft":
      return at === "UNANNOUNCE" ? next(state, failed(event.reason), now) : ignored;
    case "answered":
      return at === event.step && isAsking(state) ? heed(state, event.answer, now) : ignored;
    case "taskEnded": {
      const ended = { ...state, taskEnded: true };
      // A member that points nowhere is worse than a stop that takes a moment longer.
      const goesOn = at === "UNANNOUNCE" || at === "PLANNED";
      return goesOn ? { state: ended, effects: [] } : next(ended, { kind: "taskEnded" }, now);
    }
    case "hurry":
      return hurry(state, now);
    case "tick":
      return state.wakeAt !== undefined && now >= state.wakeAt ? timeIsOver(state, now) : ignored;
  }
}

/** Whoever is in a hurry may have been so before. */
function start(state: StopMachine, now: number): StopStep {
  const begun = enter({ state, effects: [] }, STOP_STEPS, now);
  if (state.hurries === 0) return begun;
  // The member is told to go all the same: nobody else would.
  const left =
    begun.state.at === "UNANNOUNCE"
      ? after(begun.effects, next(begun.state, { kind: "hurried" }, now))
      : begun;
  return state.hurries === 2 ? after(left.effects, killNow(left.state, now)) : left;
}

function hurry(state: StopMachine, now: number): StopStep {
  const hurried = { ...state, hurries: state.hurries === 0 ? 1 : 2 } as const;
  if (state.at === "PLANNED") return { state: hurried, effects: [] };
  return state.at === "KILL" ? killNow(hurried, now) : next(hurried, { kind: "hurried" }, now);
}

function killNow(state: StopMachine, now: number): StopStep {
  const killing = state.timeline.at(-1);
  if (state.at !== "KILL" || killing === undefined || killing.hurriedAt !== undefined) {
    return { state, effects: [] };
  }
  const { state: told, effects } = amend(state, { ...killing, hurriedAt: now });
  return { state: told, effects: [...effects, { type: "killNow" }] };
}

function timeIsOver(state: StopMachine, now: number): StopStep {
  if (state.at === "UNANNOUNCE") {
    return next(state, failed(`ZooKeeper did not confirm it within ${UNANNOUNCE_MS / 1000} s`), now);
  }
  if (isAsking(state)) return next(state, skipped(`no answer within ${REQUEST_SECS} s`), now);
  return next(state, { kind: "done" }, now);
}

/** Whoever took notice of a request is given time to follow it. */
function heed(state: StopMachine, { handled, text }: StopAnswer, now: number): StopStep {
  const asked = state.timeline.at(-1);
  if (asked === undefined || !handled) return next(state, skipped(text), now);
  return amend({ ...state, wakeAt: now + asked.plannedMs }, { ...asked, answer: { text, at: now } });
}

/** Something new is known of the present step. */
function amend(state: StopMachine, entry: TimelineEntry): StopStep {
  const timeline = [...state.timeline.slice(0, -1), entry];
  return { state: { ...state, timeline }, effects: [{ type: "entry", entry }] };
}

/** Asked, and not yet answered. */
function isAsking({ timeline }: StopMachine): boolean {
  const present = timeline.at(-1);
  return present?.request !== undefined && present.answer === undefined;
}

/** Ends the present step and begins the first of those after it that there is a reason for. */
function next(state: StopMachine, outcome: StopOutcome, now: number): StopStep {
  const { wakeAt: _, ...rest } = state;
  const present = state.timeline.at(-1);
  if (present === undefined) throw new Error("a stop begins with a step");
  const over = amend(rest, { ...present, endedAt: now, outcome });
  return enter(over, STOP_STEPS.slice(STOP_STEPS.indexOf(present.step) + 1), now);
}

function enter(from: StopStep, steps: readonly StopStepName[], now: number): StopStep {
  let { state, effects } = from;
  for (const step of steps) {
    const outcome = leftOut(state, step);
    if (outcome === undefined) return begin({ state: { ...state, at: step }, effects }, step, now);
    const entry = { step, startedAt: now, plannedMs: 0, endedAt: now, outcome };
    state = { ...state, timeline: [...state.timeline, entry] };
    effects = [...effects, { type: "entry", entry }];
  }
  return { state: { ...state, at: "DONE" }, effects: [...effects, { type: "done" }] };
}

function leftOut({ plan, taskEnded, hurries }: StopMachine, step: StopStepName): StopOutcome | undefined {
  const { announced, drainMs, quit, abort, finalizationWaitMs } = plan;
  if (step === "UNANNOUNCE") return announced ? undefined : needless("it is not announced");
  if (taskEnded) return needless("the task has ended");
  if (step === "KILL") return finalizationWaitMs === undefined ? needless("it runs no task") : undefined;
  if (hurries > 0) return needless("told to hurry");
  if (step === "DRAIN" && !announced) return needless("it is not announced");
  if (step === "DRAIN") return drainMs === 0 ? needless("lifecycle has no drain_wait_secs") : undefined;
  if (finalizationWaitMs === undefined) return needless("it runs no task");
  const request = step === "QUIT" ? quit : abort;
  return "skipped" in request ? skipped(request.skipped) : undefined;
}

function begin({ state, effects }: StopStep, step: StopStepName, now: number): StopStep {
  const { entry, wakeAt, todo } = opening(state, step, now);
  const timeline = [...state.timeline, entry];
  return {
    state: { ...state, timeline, ...(wakeAt === undefined ? {} : { wakeAt }) },
    effects: [...effects, { type: "entry", entry }, ...todo],
  };
}

interface Opening {
  readonly entry: TimelineEntry;
  readonly wakeAt?: number;
  readonly todo: readonly StopEffect[];
}

function opening({ plan }: StopMachine, step: StopStepName, now: number): Opening {
  const entry = { step, startedAt: now };
  switch (step) {
    case "UNANNOUNCE":
      return {
        entry: { ...entry, plannedMs: UNANNOUNCE_MS },
        wakeAt: now + UNANNOUNCE_MS,
        todo: [{ type: "leave" }],
      };
    case "DRAIN":
      return { entry: { ...entry, plannedMs: plan.drainMs }, wakeAt: now + plan.drainMs, todo: [] };
    case "KILL":
      return { entry: { ...entry, plannedMs: plan.finalizationWaitMs ?? 0 }, todo: [{ type: "kill" }] };
    case "QUIT":
    case "ABORT": {
      const request = step === "QUIT" ? plan.quit : plan.abort;
      if ("skipped" in request) throw new Error("what is skipped does not begin");
      return {
        entry: { ...entry, plannedMs: request.waitMs, request },
        wakeAt: now + REQUEST_MS,
        todo: [{ type: "post", step, request }],
      };
    }
  }
}

function after(effects: readonly StopEffect[], { state, effects: more }: StopStep): StopStep {
  return { state, effects: [...effects, ...more] };
}

function skipped(reason: string): StopOutcome {
  return { kind: "skipped", reason };
}

function needless(reason: string): StopOutcome {
  return { kind: "needless", reason };
}

function failed(reason: string): StopOutcome {
  return { kind: "failed", reason };
}
