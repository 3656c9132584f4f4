import { isLive, type ProcessRun } from "./process-run.ts";
import type { PlannedProcess } from "./task-plan.ts";

/**
 * Where the regular or the final processes of a task stand: a question asked anew each time, nothing is remembered.
 *
 * `min_duration` runs from the end of one run to the start of the next; a first start is never delayed.
 * Ephemeral processes do not keep a plan from being complete: what is left of them is cleaned up.
 */
export interface Survey {
  /** Could start now; more of them than may run at once, perhaps. In the order of the file. */
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

export function survey(planned: readonly PlannedProcess[], runs: readonly ProcessRun[], now: number): Survey {
  const byName = new Map(runs.map((run) => [run.name, run]));
  const hasFinished = (name: string) => byName.get(name)?.outcome === "finished";
  const lists = { runnable: [], waiting: [], live: [], finished: [], failed: [] } as Record<Place, string[]>;
  let nextStartAt: number | undefined;

  for (const { name, after, minDurationMs } of planned) {
    const process = byName.get(name);
    if (process === undefined) continue;
    const mayStartAt = process.endedAt === undefined ? now : process.endedAt + minDurationMs;
    const place = placeOf(process) ?? (mayStartAt <= now ? "runnable" : "waiting");
    const isBlocked = (place === "runnable" || place === "waiting") && !after.every(hasFinished);
    if (isBlocked) continue;
    lists[place].push(name);
    if (place === "waiting") nextStartAt = Math.min(nextStartAt ?? mayStartAt, mayStartAt);
  }

  const complete = planned.every(
    ({ name, ephemeral }) => ephemeral || byName.get(name)?.outcome !== undefined,
  );
  const idle = lists.runnable.length + lists.waiting.length + lists.live.length === 0;
  const next = nextStartAt === undefined ? {} : { nextStartAt };
  return { ...lists, ...next, complete, deadlocked: idle && !complete };
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
