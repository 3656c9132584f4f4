import type { StopStep as StopStepReport } from "@borealis/schema";
import type { TimelineEntry } from "./stop-event.ts";
import { REQUEST_MS } from "./stop-plan.ts";

/**
 * What to say of a step that has begun, was answered or is over; nothing of one that nobody misses.
 * Worth a warning when its outcome is `failed`.
 */
export function stopSentence(entry: TimelineEntry): string | undefined {
  if (entry.outcome !== undefined) return endOf(entry);
  const planned = seconds(entry.plannedMs);
  switch (entry.step) {
    case "UNANNOUNCE":
      return `leaving the ServerSet; waiting up to ${planned} until the znode is gone`;
    case "DRAIN":
      return `draining for ${planned}`;
    case "KILL":
      return entry.hurriedAt === undefined
        ? `SIGTERM to the task's processes, then its finalizers; waiting up to ${planned}`
        : "told to hurry: SIGKILL";
    default:
      if (entry.answer === undefined) return `asking ${whom(entry)}`;
      return `${whom(entry)} answered ${entry.answer.text}; waiting up to ${planned}`;
  }
}

/** For the instance's record: `offset` is the wall clock's lead over the monotonic one. */
export function stopReport(timeline: readonly TimelineEntry[], offset: number): StopStepReport[] {
  return timeline.map((entry) => {
    const { step, startedAt, request, endedAt } = entry;
    const outcome = outcomeOf(entry);
    return {
      step,
      startedAt: Math.round(startedAt + offset),
      plannedMs: entry.plannedMs + (request === undefined ? 0 : REQUEST_MS),
      ...(endedAt === undefined ? {} : { endedAt: Math.round(endedAt + offset) }),
      ...(outcome === undefined ? {} : { outcome }),
    };
  });
}

function endOf(entry: TimelineEntry): string | undefined {
  const { step, outcome, request } = entry;
  if (outcome?.kind === "needless") return undefined;
  if (outcome?.kind !== "skipped" || request !== undefined) return outcomeOf(entry);
  return `not asked to ${step === "QUIT" ? "quit" : "abort"}: ${outcome.reason}`;
}

function outcomeOf(entry: TimelineEntry): string | undefined {
  const { step, outcome, answer } = entry;
  const took = `after ${seconds(tookMs(entry))} of ${seconds(entry.plannedMs)}`;
  switch (outcome?.kind) {
    case undefined:
      return undefined;
    case "taskEnded":
      return `the task ended ${took}`;
    case "hurried":
      return `told to hurry ${took}`;
    case "needless":
      return `skipped: ${outcome.reason}`;
    case "failed":
      return `the znode is not known to be gone: ${outcome.reason}; it goes with the session at the latest`;
    case "skipped":
      return entry.request === undefined
        ? `skipped: ${outcome.reason}`
        : `${whom(entry)}: ${outcome.reason}, nothing to wait for`;
    case "done":
      if (step === "UNANNOUNCE") return `the znode is gone ${took}`;
      if (step === "DRAIN") return `drained ${took}`;
      return `${whom(entry)} answered ${answer?.text}, and the task still runs ${took}`;
  }
}

/** `/quitquitquit on port health` */
function whom({ request }: TimelineEntry): string {
  return request === undefined ? "" : `${request.path} on port ${request.portName}`;
}

/** Of what was planned: asking comes before it. */
function tookMs({ startedAt, endedAt = startedAt, answer }: TimelineEntry): number {
  return endedAt - (answer?.at ?? startedAt);
}

/** `5 s`, `1.2 s`, `0.02 s` */
function seconds(ms: number): string {
  const digits = ms < 100 ? 3 : ms < 1000 ? 2 : 1;
  return `${Number((ms / 1000).toFixed(digits))} s`;
}
