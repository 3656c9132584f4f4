import { closest } from "./closest.ts";
import type { Issue } from "./issue.ts";
import type { Process } from "./process.ts";

interface Plan {
  readonly processes: readonly Pick<Process, "name" | "daemon" | "ephemeral" | "final">[];
  readonly constraints: readonly { readonly order: readonly string[] }[];
}

/** What Thermos refuses in the order of a task's processes, and what it should have refused (duplicate names). */
export function checkPlan(plan: Plan): Issue[] {
  return [...duplicateNames(plan), ...badConstraints(plan), ...cycles(plan)];
}

function duplicateNames({ processes }: Plan): Issue[] {
  const first = new Map<string, number>();
  return processes.flatMap(({ name }, index) => {
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, index);
      return [];
    }
    const message = `repeats the name of processes[${earlier}]; each process needs a name of its own`;
    return [{ rule: "duplicate", path: ["processes", index, "name"], message, seen: name }];
  });
}

function badConstraints({ processes, constraints }: Plan): Issue[] {
  const byName = new Map(processes.map((process) => [process.name, process]));
  return constraints.flatMap(({ order }, index) => {
    const at = (position: number) => ["constraints", index, "order", position];
    const members = order.map((name) => byName.get(name));
    // Aurora ignores a constraint none of whose names exist; a single unknown name is a typing error.
    if (members.every((member) => member === undefined)) return [];
    const problems: Issue[] = [];
    for (const [position, member] of members.entries()) {
      const previous = members[position - 1];
      if (member === undefined) {
        const seen = order[position] ?? "";
        problems.push({
          rule: "plan",
          path: at(position),
          message: "is not a process of this task",
          seen,
          suggestion: closest(seen, [...byName.keys()]),
        });
      } else if (previous !== undefined && previous.final !== member.final) {
        const message = "a final process and a regular one can not be ordered against each other";
        problems.push({ rule: "plan", path: at(position), message, seen: member.name });
      } else if (previous?.daemon) {
        const message = `can not come after "${previous.name}": a daemon never finishes`;
        problems.push({ rule: "plan", path: at(position), message, seen: member.name });
      } else if (previous?.ephemeral && !member.ephemeral) {
        const message = `can not come after "${previous.name}": only an ephemeral process may follow an ephemeral one`;
        problems.push({ rule: "plan", path: at(position), message, seen: member.name });
      }
    }
    return problems;
  });
}

function cycles({ processes, constraints }: Plan): Issue[] {
  const names = new Set(processes.map(({ name }) => name));
  const before = predecessors(constraints.filter(({ order }) => order.some((name) => names.has(name))));
  const after = new Map([...before.keys()].map((name) => [name, new Set<string>()]));
  for (const [name, waitsFor] of before) for (const other of waitsFor) after.get(other)?.add(name);
  // Take away what waits for nothing, and what nothing waits for, until nothing changes: what is left is a circle.
  const isLoose = (name: string) => before.get(name)?.size === 0 || after.get(name)?.size === 0;
  const loose = [...before.keys()].filter(isLoose);
  for (let name = loose.pop(); name !== undefined; name = loose.pop()) {
    const neighbours = [...(before.get(name) ?? []), ...(after.get(name) ?? [])];
    before.delete(name);
    after.delete(name);
    for (const other of neighbours) {
      before.get(other)?.delete(name);
      after.get(other)?.delete(name);
      if (isLoose(other)) loose.push(other);
    }
  }
  if (before.size === 0) return [];
  const message = `Cycles detected in the task schedule! These wait for each other: ${[...before.keys()].join(", ")}`;
  return [{ rule: "plan", path: ["constraints"], message }];
}

/** For each process named in a constraint, those that must have finished before it starts. */
export function predecessors(constraints: Plan["constraints"]): Map<string, Set<string>> {
  const before = new Map<string, Set<string>>();
  for (const { order } of constraints) {
    for (const [position, name] of order.entries()) {
      const waitsFor = before.get(name) ?? new Set();
      before.set(name, waitsFor);
      const previous = order[position - 1];
      if (previous !== undefined) waitsFor.add(previous);
    }
  }
  return before;
}
