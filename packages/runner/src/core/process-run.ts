import type { ProcessState } from "@borealis/schema";
import type { PlannedProcess } from "./task-plan.ts";

/**
 * The latest run of one process.
 *
 *               start           started             exit status 0
 *   WAITING ────────► FORKED ─────────► RUNNING ─────────────────────► SUCCESS
 *      ▲                 │                 ├──── any other exit status ► FAILED
 *      │                 └─ startFailed ───│─────────────────────────► FAILED
 *      │                                   ├───── ended by a signal ───► KILLED
 *      └─ may run again: run + 1           └────────── unaccounted for ► LOST
 *
 * An exit can overtake `started`; it is taken from FORKED as well. A signal is not a failure, whoever sent it, but for
 * the kernel's when memory is short: in Thermos such a process ran and died for ever.
 */
export interface ProcessRun {
  readonly name: string;
  readonly state: ProcessState;
  /** Counts from 0. */
  readonly run: number;
  /** When it was FORKED. */
  readonly startedAt?: number;
  readonly pid?: number;
  /** How the run ended, and only once it has; a signal may have a problem beside it. */
  readonly exitCode?: number;
  readonly signal?: string;
  readonly problem?: string;
  readonly endedAt?: number;
  /** Live when the task ended: it was sent SIGKILL, and how it really ended will not be heard. */
  readonly abandoned?: true;
  /** Runs that failed, this one included. */
  readonly failures: number;
  /** Set once it is known that there will be no further run. */
  readonly outcome?: "finished" | "failed";
}

export type Exit =
  | { readonly exitCode: number }
  /** `outOfMemory` in words: the kernel ended it for want of memory, and would do so again. */
  | { readonly signal: string; readonly outOfMemory?: string };
export type RunEnd = Exit | { readonly problem: string; readonly lost: boolean };

export function firstRun(name: string): ProcessRun {
  return { name, state: "WAITING", run: 0, failures: 0 };
}

export function isLive({ state }: ProcessRun): boolean {
  return state === "FORKED" || state === "RUNNING";
}

export function fork({ name, run, failures, endedAt }: ProcessRun, now: number): ProcessRun {
  return { name, state: "FORKED", run: endedAt === undefined ? run : run + 1, startedAt: now, failures };
}

export function running(process: ProcessRun, pid: number): ProcessRun {
  return { ...process, state: "RUNNING", pid };
}

/** Ended, and due to run again when its time comes. */
export function runsAgain({ endedAt, outcome }: ProcessRun): boolean {
  return endedAt !== undefined && outcome === undefined;
}

/** Aurora counts failures per process: success and signals neither count nor reset. */
export function end(
  process: ProcessRun,
  how: RunEnd,
  planned: PlannedProcess,
  now: number,
  runLimit = Number.POSITIVE_INFINITY,
): ProcessRun {
  const state = stateAfter(how);
  const failures = process.failures + (state === "FAILED" ? 1 : 0);
  const outcome = process.run + 1 >= runLimit ? "failed" : outcomeOf(state, failures, planned);
  const { name, run, startedAt, pid } = process;
  return {
    name,
    state,
    run,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(pid === undefined ? {} : { pid }),
    ...detail(how),
    // News of an end can carry another clock's time: no run ends before it started.
    endedAt: Math.max(now, startedAt ?? now),
    failures,
    ...(outcome === undefined ? {} : { outcome }),
  };
}

/** SIGKILLed with the task: it is not waited for, and whether it would run again does not matter any more. */
export function abandon(process: ProcessRun, planned: PlannedProcess, now: number): ProcessRun {
  return { ...end(process, { signal: "SIGKILL" }, planned, now), abandoned: true };
}

function stateAfter(how: RunEnd): ProcessState {
  if ("exitCode" in how) return how.exitCode === 0 ? "SUCCESS" : "FAILED";
  if ("signal" in how) return how.outOfMemory === undefined ? "KILLED" : "FAILED";
  return how.lost ? "LOST" : "FAILED";
}

function detail(how: RunEnd): Pick<ProcessRun, "exitCode" | "signal" | "problem"> {
  if ("exitCode" in how) return { exitCode: how.exitCode };
  if (!("signal" in how)) return { problem: how.problem };
  const { signal, outOfMemory } = how;
  return outOfMemory === undefined ? { signal } : { signal, problem: outOfMemory };
}

function outcomeOf(state: ProcessState, failures: number, planned: PlannedProcess): ProcessRun["outcome"] {
  if (state === "SUCCESS") return planned.daemon ? undefined : "finished";
  if (state !== "FAILED" || planned.maxFailures === 0 || failures < planned.maxFailures) return undefined;
  // An ephemeral process that gave up is done, not broken: neither the task nor its dependents suffer.
  return planned.ephemeral ? "finished" : "failed";
}
