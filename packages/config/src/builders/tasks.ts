import type { StructNode } from "../template/node.ts";
import { Built } from "./built.ts";
import type { ConstraintInput, ProcessInput, ResourcesInput, TaskInput } from "./inputs.ts";
import { amountOf, contentOf, filled, itemsOf, nameOf, refusal } from "./node-values.ts";
import { Constraint, Process, Resources, Task } from "./objects.ts";
import type { Fields } from "./templated.ts";
import { GB } from "./units.ts";

type BuiltTask = Built<TaskInput>;
type Constraints = readonly Built<ConstraintInput>[];

/** Constraints that have the processes run one after the other; those of several calls may be joined. */
export function order(...processes: readonly (Built<ProcessInput> | string)[]): Constraints {
  return [Constraint({ order: processes.map((one) => (one instanceof Built ? nameOf(filled(one)) : one)) })];
}

/** A task of one process that is named like it, with a core and a gigabyte each of memory and disk. */
export function SimpleTask(name: string, command: string): BuiltTask {
  const resources = Resources({ cpu: 1, ram: GB, disk: GB });
  return Task({ name, processes: [Process({ name, cmdline: command })], resources });
}

/** A task whose processes run one after the other, as they are listed. */
export function SequentialTask(fields: Fields<TaskInput>): BuiltTask {
  return sequential(Task(fields));
}

function sequential(task: BuiltTask): BuiltTask {
  const node = filled(task);
  if (itemsOf(node, "constraints").length > 0) {
    throw refusal("a task that has constraints already cannot be made sequential");
  }
  const processes = itemsOf(node, "processes");
  return processes.length === 0 ? task : task.with({ constraints: order(...processes.map(nameOf)) });
}

/**
 * One task that runs the processes of all at the same time. It has the last one's name and other attributes; resources
 * are added up, and the longest `finalization_wait` holds.
 */
export function combine_tasks(...tasks: readonly BuiltTask[]): BuiltTask {
  return merge(tasks, { resources: sum, wait: largest, constraints: () => [] });
}

/**
 * One task that runs the processes of each only after all those of the task before it. It has the last one's name and
 * other attributes; of each resource it takes the most that any needs, and the `finalization_wait`s are added up.
 */
export function concat_tasks(...tasks: readonly BuiltTask[]): BuiltTask {
  return merge(tasks, { resources: largest, wait: sum, constraints: oneAfterTheOther });
}

/** Aurora's other names for them. */
export const Tasks = {
  simple: SimpleTask,
  sequential,
  combine: combine_tasks,
  concat: concat_tasks,
} as const;

interface Rule {
  readonly resources: (amounts: readonly number[]) => number;
  readonly wait: (amounts: readonly number[]) => number;
  readonly constraints: (tasks: readonly StructNode[]) => Constraints;
}

const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);
const largest = (amounts: readonly number[]) => Math.max(0, ...amounts);

function merge(tasks: readonly BuiltTask[], rule: Rule): BuiltTask {
  const last = tasks.at(-1);
  if (last === undefined) return Task.partial({});
  const nodes = tasks.map(filled);
  return last.with({
    processes: distinct<ProcessInput>(nodes, "processes"),
    constraints: [...distinct<ConstraintInput>(nodes, "constraints"), ...rule.constraints(nodes)],
    resources: resourcesOf(nodes, rule.resources),
    finalization_wait: rule.wait(nodes.map((node) => amountOf(node, "finalization_wait"))),
  });
}

function resourcesOf(tasks: readonly StructNode[], merged: Rule["resources"]): Built<ResourcesInput> {
  const of = (name: string) => merged(tasks.map((task) => amountOf(task.fields.get("resources"), name)));
  const gpu = of("gpu");
  return Resources({ cpu: of("cpu"), ram: of("ram"), disk: of("disk"), ...(gpu === 0 ? {} : { gpu }) });
}

/** Each once, where it is first. */
function distinct<T>(tasks: readonly StructNode[], name: "processes" | "constraints"): readonly Built<T>[] {
  const nodes = tasks.flatMap((task) => itemsOf(task, name));
  const byContent = new Map(nodes.map((node) => [contentOf(node), node]));
  return [...byContent.values()].map((node) => new Built<T>(node));
}

/** Pair by pair: a process may belong to both of two neighbours, and does not wait for itself. */
function oneAfterTheOther(tasks: readonly StructNode[]): Constraints {
  return tasks.flatMap((task, index) => {
    const next = tasks[index + 1];
    const later = next === undefined ? [] : itemsOf(next, "processes");
    return itemsOf(task, "processes").flatMap((first) =>
      later
        .filter((second) => contentOf(first) !== contentOf(second))
        .flatMap((second) => order(nameOf(first), nameOf(second))),
    );
  });
}
