import { isLive, type ProcessRun, runsAgain } from "./process-run.ts";
import type { PlannedProcess } from "./task-plan.ts";

/**
 * Where the regular or the final processes of a task stand: a question asked anew each time, nothing is remembered.
 *
 * `min_duration` runs from the end of one run to the start of the next; a first start is never delayed.
 * Ephemeral processes do not keep a plan from being complete: what is left of them is cleaned up.
 */
export interface Survey {
  /** Could start now; more of them than may run at once, perhaps. Whoever has waited longest comes first. */
  readonly runnable: readonly string[];
  /** Could start but for `min_duration`. */
  readonly waiting: readonly string[];
  readonly live: readonly string[];
  readonly finished: readonly string[];
  readonly failed: readonly string[];
  /** When the first of `waiting` may start. */
  readonly nextStartAt?: number;
  readonly complete: boolean;
  /** Not complete, and nothing that could still happen would change that. */
  readonly deadlocked: boolean;
}

/** @param runs of the planned processes, in their order. */
export function survey(planned: readonly PlannedProcess[], runs: readonly ProcessRun[], now: number): Survey {
  const predecessors = predecessorsIn(planned);
  const hasFinished = (index: number) => runs[index]?.outcome === "finished";
  const lists = { runnable: [], waiting: [], live: [], finished: [], failed: [] } as Record<Place, string[]>;
  let nextStartAt: number | undefined;
  let complete = true;

  for (const [index, { name, minDurationMs, ephemeral }] of planned.entries()) {
    const process = runs[index];
    if (process === undefined) throw new Error(`no run of process "${name}"`);
    complete &&= ephemeral || process.outcome !== undefined;
    const mayStartAt = process.endedAt === undefined ? now : process.endedAt + minDurationMs;
    const place = placeOf(process) ?? (mayStartAt <= now ? "runnable" : "waiting");
    const isBlocked =
      (place === "runnable" || place === "waiting") && predecessors[index]?.every(hasFinished) === false;
    if (isBlocked) continue;
    lists[place].push(name);
    if (place === "waiting") nextStartAt = Math.min(nextStartAt ?? mayStartAt, mayStartAt);
  }

  // Else one that ends quickly and runs again would keep those behind it waiting for ever.
  if (lists.runnable.length > 1) lists.runnable = longestWaitingFirst(lists.runnable, runs);
  const idle = lists.runnable.length + lists.waiting.length + lists.live.length === 0;
  const next = nextStartAt === undefined ? {} : { nextStartAt };
  return { ...lists, ...next, complete, deadlocked: idle && !complete };
}

/** Those that have not run yet, in the order of the file; then by the end of their last run. */
function longestWaitingFirst(names: string[], runs: readonly ProcessRun[]): string[] {
  if (!runs.some(runsAgain)) return names;
  const endedAt = new Map(runs.map(({ name, endedAt = -Infinity }) => [name, endedAt]));
  const since = (name: string) => endedAt.get(name) ?? -Infinity;
  // -Infinity from itself is not a number.
  return names.toSorted((a, b) => (since(a) === since(b) ? 0 : since(a) - since(b)));
}

type Place = "runnable" | "waiting" | "live" | "finished" | "failed";

function placeOf(process: ProcessRun): Place | undefined {
  return isLive(process) ? "live" : process.outcome;
}

/** Which of the runnable may start beside those that are live. */
export function startable({ runnable, live }: Survey, maxConcurrency: number): readonly string[] {
  return maxConcurrency === 0 ? runnable : runnable.slice(0, Math.max(0, maxConcurrency - live.length));
}

/** When there may be something to start that can not be started now; undefined when only an event can bring it about. */
export function nextStart({ live, nextStartAt }: Survey, maxConcurrency: number): number | undefined {
  return maxConcurrency > 0 && live.length >= maxConcurrency ? undefined : nextStartAt;
}

type Indexes = readonly (readonly number[])[];
const known = new WeakMap<readonly PlannedProcess[], Indexes>();

/** Where the predecessors of each stand. A plan never changes, and a task of a thousand processes asks at every event. */
function predecessorsIn(planned: readonly PlannedProcess[]): Indexes {
  const before = known.get(planned) ?? indexesOf(planned);
  known.set(planned, before);
  return before;
}

function indexesOf(planned: readonly PlannedProcess[]): Indexes {
  const place = new Map(planned.map(({ name }, index) => [name, index]));
  // One that is not there will never have finished.
  return planned.map(({ after }) => after.map((name) => place.get(name) ?? -1));
}
