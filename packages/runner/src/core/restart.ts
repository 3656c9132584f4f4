import type { TaskState } from "@borealis/schema";

/** When a task that ended is followed by another. Times in milliseconds. */
export interface RestartPolicy {
  /** The first wait of a task that flaps, and the longest. */
  readonly initialMs: number;
  readonly maxMs: number;
  /** One that ran for so long does not flap: the next one starts at once, and waits begin anew. */
  readonly thresholdMs: number;
  /** The part of a wait that is left to chance, either way. */
  readonly jitter: number;
}

/**
 * What follows the end of an instance's task.
 *
 *   RUNNING ── a service, or failures are left ──► THROTTLED ── its wait is over ──► RUNNING
 *      └────── anything else, or on request ──► OVER
 *
 * A service is started again whatever its end. Any other task on FAILED, until it has failed `maxTaskFailures` times
 * (-1: without end). LOST is nobody's failure: it is started again, and not counted.
 * A wait of nothing is still a THROTTLED: it ends with the tick that comes next.
 */
export interface RestartMachine {
  readonly phase: "RUNNING" | "THROTTLED" | "OVER";
  readonly service: boolean;
  readonly maxTaskFailures: number;
  readonly policy: RestartPolicy;
  /** Of the present phase. */
  readonly since: number;
  readonly restarts: number;
  readonly failures: number;
  /** Of the latest wait, without chance; 0 when it did not flap. */
  readonly delayMs: number;
  readonly throttledUntil?: number;
  /** Why there will be no other task; once OVER. */
  readonly why?: string;
}

export type RestartEvent =
  /** `random` from 0 to 1: chance is not the machine's own. */
  | { readonly type: "ended"; readonly taskState: TaskState; readonly random: number }
  /** The task that runs now began so long ago: one that was gone on with is older than we are. */
  | { readonly type: "began"; readonly agoMs: number }
  | { readonly type: "stop" }
  | { readonly type: "tick" };

export function newRestarts(
  job: { readonly service: boolean; readonly maxTaskFailures: number },
  policy: RestartPolicy,
  now: number,
): RestartMachine {
  return { phase: "RUNNING", ...job, policy, since: now, restarts: 0, failures: 0, delayMs: 0 };
}

export function stepRestarts(state: RestartMachine, event: RestartEvent, now: number): RestartMachine {
  if (state.phase === "OVER") return state;
  switch (event.type) {
    case "began":
      return state.phase === "RUNNING" ? { ...state, since: now - event.agoMs } : state;
    case "stop":
      return over(state, "stopped on request", now);
    case "tick": {
      if (state.phase !== "THROTTLED" || now < (state.throttledUntil ?? now)) return state;
      const { throttledUntil: _, ...rest } = state;
      return { ...rest, phase: "RUNNING", since: now, restarts: state.restarts + 1 };
    }
    case "ended":
      return state.phase === "RUNNING" ? ended(state, event, now) : state;
  }
}

export function nextRestartWake(state: RestartMachine): number | undefined {
  return state.phase === "THROTTLED" ? state.throttledUntil : undefined;
}

function ended(
  state: RestartMachine,
  { taskState, random }: { readonly taskState: TaskState; readonly random: number },
  now: number,
): RestartMachine {
  const failures = state.failures + (taskState === "FAILED" ? 1 : 0);
  const counted = { ...state, failures };
  const why = whyNot(counted, taskState);
  if (why !== undefined) return over(counted, why, now);
  const { initialMs, maxMs, thresholdMs, jitter } = state.policy;
  const flaps = now - state.since < thresholdMs;
  const delayMs = flaps ? Math.min(maxMs, Math.max(initialMs, state.delayMs * 2)) : 0;
  const wait = Math.max(0, delayMs * (1 + jitter * (2 * random - 1)));
  return { ...counted, delayMs, phase: "THROTTLED", since: now, throttledUntil: now + wait };
}

function whyNot(
  { service, maxTaskFailures, failures }: RestartMachine,
  taskState: TaskState,
): string | undefined {
  if (taskState === "KILLED") return "killed on request";
  if (service || taskState === "LOST") return undefined;
  if (taskState !== "FAILED") return "it has succeeded";
  const mayFailAgain = maxTaskFailures < 0 || failures < maxTaskFailures;
  return mayFailAgain ? undefined : `it has had ${failures} of ${maxTaskFailures} failures`;
}

function over(state: RestartMachine, why: string, now: number): RestartMachine {
  const { throttledUntil: _, ...rest } = state;
  return { ...rest, phase: "OVER", since: now, why };
}
