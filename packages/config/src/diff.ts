import type { Job, Task } from "@borealis/schema";
import type { LoadedConfig } from "./api.ts";
import { type Change, changesBetween } from "./diff-values.ts";
import { orderOf } from "./order-graph.ts";

export interface JobDifference {
  /** `cluster/role/environment/name`, or the name of a `.thermos` file's task. */
  readonly key: string;
  readonly change: "added" | "removed" | "changed";
  /** Of a job that is in both. */
  readonly changes: readonly Change[];
}

/**
 * Compares two configurations by what they mean: jobs by their keys, processes by their names, orders by what comes
 * before what, defaults as if they had been written. Both must be free of problems.
 */
export function diffConfigs(before: LoadedConfig, after: LoadedConfig): readonly JobDifference[] {
  const old = comparable(before);
  const fresh = comparable(after);
  const keys = [...new Set([...old.keys(), ...fresh.keys()])];
  return keys.flatMap((key): JobDifference[] => {
    const was = old.get(key);
    const is = fresh.get(key);
    if (was === undefined) return [{ key, change: "added", changes: [] }];
    if (is === undefined) return [{ key, change: "removed", changes: [] }];
    const changes = changesBetween(was, is);
    return changes.length === 0 ? [] : [{ key, change: "changed", changes }];
  });
}

function comparable({ jobs, tasks }: LoadedConfig): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  const add = (key: string, value: unknown) => {
    // Several jobs of one key are compared in the order in which the files have them.
    let free = key;
    for (let count = 2; found.has(free); count++) free = `${key} (${count})`;
    found.set(free, value);
  };
  for (const { key, job } of jobs) if (job !== undefined) add(key, comparableJob(job));
  for (const { task } of tasks) if (task !== undefined) add(task.name, comparableTask(task));
  return found;
}

function comparableJob({ task, ...job }: Job): unknown {
  return { ...job, task: comparableTask(task) };
}

/** What a list holds by name is compared by name, so that moving a process is no difference. */
function comparableTask({ processes, constraints, ...task }: Task): unknown {
  const order = [...orderOf({ processes, constraints })].map(
    ([name, after]) => [name, [...after].sort()] as const,
  );
  return {
    ...task,
    processes: new Map(processes.map(({ name, ...process }) => [name, process])),
    after: new Map(order.filter(([, after]) => after.length > 0)),
  };
}
