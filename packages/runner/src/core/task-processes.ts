import { type Survey, survey } from "./planner.ts";
import { end, isLive, type ProcessRun, type RunEnd } from "./process-run.ts";
import type { PlannedProcess, TaskPlan } from "./task-plan.ts";

/** The processes of a task in the order of its plan: first the regular, then the final ones. */
export type TaskProcesses = readonly ProcessRun[];

export interface OfRun {
  readonly process: string;
  readonly run: number;
}

export function surveyRegular(plan: TaskPlan, processes: TaskProcesses, now: number): Survey {
  return survey(plan.regular, processes.slice(0, plan.regular.length), now);
}

export function surveyFinal(plan: TaskPlan, processes: TaskProcesses, now: number): Survey {
  return survey(plan.final, processes.slice(plan.regular.length), now);
}

/** The run that is meant, while it is live. News of any other is old news: it was given up, or the event came twice. */
export function liveRun(
  plan: TaskPlan,
  processes: TaskProcesses,
  { process, run }: OfRun,
): ProcessRun | undefined {
  const found = processes[placesIn(plan).get(process)?.index ?? -1];
  return found !== undefined && found.run === run && isLive(found) ? found : undefined;
}

export function replaced(plan: TaskPlan, processes: TaskProcesses, next: ProcessRun): TaskProcesses {
  return processes.with(placeOf(plan, next.name).index, next);
}

export function ended(plan: TaskPlan, process: ProcessRun, how: RunEnd, now: number): ProcessRun {
  return end(process, how, plannedOf(plan, process.name), now, plan.runLimit);
}

export function plannedOf(plan: TaskPlan, name: string): PlannedProcess {
  return placeOf(plan, name).planned;
}

interface Place {
  readonly index: number;
  readonly planned: PlannedProcess;
}

const known = new WeakMap<TaskPlan, ReadonlyMap<string, Place>>();

/** Kept per plan, which never changes: at every event a task of a thousand processes would be searched through. */
function placesIn(plan: TaskPlan): ReadonlyMap<string, Place> {
  const cached = known.get(plan);
  if (cached !== undefined) return cached;
  const all = [...plan.regular, ...plan.final];
  const places = new Map(all.map((planned, index) => [planned.name, { index, planned }]));
  known.set(plan, places);
  return places;
}

function placeOf(plan: TaskPlan, name: string): Place {
  const place = placesIn(plan).get(name);
  if (place === undefined) throw new Error(`the plan has no process "${name}"`);
  return place;
}
