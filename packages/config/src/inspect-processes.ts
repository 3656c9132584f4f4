import type { Process } from "@borealis/schema";
import type { Inspection } from "./inspect.ts";
import { stem } from "./order-graph-groups.ts";

/** Processes that are alike but for the digits in their names and command lines. */
export interface AlikeProcesses {
  readonly first: Process;
  readonly last: Process;
  readonly count: number;
  /** Attributes that nobody gave. */
  readonly defaults: readonly string[];
}

/** A shorter list is shown as it is. */
const MOST_UNGROUPED = 10;

/** The processes of a job, those that say the same shown once: nobody reads 180 mappers. */
export function groupProcesses({
  task,
  effective,
}: Pick<Inspection, "task" | "effective">): readonly AlikeProcesses[] {
  const defaults = defaultsByProcess(effective);
  const groups = Map.groupBy(
    task.processes.map((process, index) => ({ process, defaults: defaults.get(index) ?? [] })),
    ({ process, defaults: own }) =>
      task.processes.length > MOST_UNGROUPED ? likeness(process, own) : process.name,
  );
  return [...groups.values()].flatMap((alike) => {
    const [first, last] = [alike[0], alike.at(-1)];
    if (first === undefined || last === undefined) return [];
    return [{ first: first.process, last: last.process, count: alike.length, defaults: first.defaults }];
  });
}

function likeness({ name, cmdline, ...settings }: Process, defaults: readonly string[]): string {
  return JSON.stringify([stem(name), stem(cmdline), settings, defaults]);
}

function defaultsByProcess(effective: Inspection["effective"]): ReadonlyMap<number, readonly string[]> {
  const defaults = new Map<number, string[]>();
  for (const { path, isDefault } of effective) {
    // `processes[0].daemon` of a task, `task.processes[0].daemon` of a job.
    const [list, index, attribute] = path[0] === "task" ? path.slice(1) : path;
    if (!isDefault || list !== "processes" || typeof index !== "number" || attribute === undefined) continue;
    const names = defaults.get(index) ?? [];
    defaults.set(index, names);
    if (!names.includes(String(attribute))) names.push(String(attribute));
  }
  return defaults;
}
