import { predecessors, type Task } from "@borealis/schema";

export type Ordered = {
  readonly processes: readonly Pick<Task["processes"][number], "name">[];
  readonly constraints: readonly { readonly order: readonly string[] }[];
};

/** For each process, in the task's order, those it waits for. */
export type Order = ReadonlyMap<string, ReadonlySet<string>>;

/** One bit for each pair of processes: this many take 12 MB. */
const MOST_REDUCED = 10_000;

/**
 * What the constraints of a task mean: for each process those directly before it, without what follows from the others
 * (a before b before c says that a is before c). So two ways to write the same order give the same result.
 */
export function orderOf({ processes, constraints }: Ordered): Order {
  const names = new Set(processes.map(({ name }) => name));
  const written = predecessors(constraints.filter(({ order }) => order.some((name) => names.has(name))));
  const order = new Map([...names].map((name) => [name, written.get(name) ?? new Set<string>()]));
  const schedule = topological(written);
  if (schedule === undefined || schedule.length > MOST_REDUCED) return order;
  return new Map([...order, ...withoutImplied(written, schedule, names)]);
}

/** Each name after all that it waits for; undefined when some wait for each other. */
export function topological(before: Order): readonly string[] | undefined {
  const after = reversed(before);
  const missing = new Map([...before].map(([name, waitsFor]) => [name, waitsFor.size]));
  const schedule = [...before.keys()].filter((name) => missing.get(name) === 0);
  // Grows while it is walked.
  for (const name of schedule) {
    for (const next of after.get(name) ?? []) {
      const left = (missing.get(next) ?? 0) - 1;
      missing.set(next, left);
      if (left === 0) schedule.push(next);
    }
  }
  return schedule.length === before.size ? schedule : undefined;
}

/** For each process, those that wait for it. */
export function reversed(before: Order): Order {
  const after = new Map([...before.keys()].map((name) => [name, new Set<string>()]));
  for (const [name, others] of before) for (const other of others) after.get(other)?.add(name);
  return after;
}

function withoutImplied(
  before: Order,
  schedule: readonly string[],
  names: ReadonlySet<string>,
): [string, ReadonlySet<string>][] {
  const position = new Map(schedule.map((name, index) => [name, index]));
  const ancestors = new Map<string, BitSet>();
  return schedule
    .map((name): [string, ReadonlySet<string>] => {
      const direct = [...(before.get(name) ?? [])];
      const implied = new BitSet(schedule.length);
      for (const other of direct) implied.addAll(ancestors.get(other));
      const kept = direct.filter((other) => !implied.has(position.get(other) ?? 0));
      for (const other of kept) implied.add(position.get(other) ?? 0);
      ancestors.set(name, implied);
      return [name, new Set(kept)];
    })
    .filter(([name]) => names.has(name));
}

class BitSet {
  readonly #words: Uint32Array;

  constructor(size: number) {
    this.#words = new Uint32Array(Math.ceil(size / 32));
  }

  has(bit: number): boolean {
    return ((this.#words[bit >> 5] ?? 0) & (1 << (bit & 31))) !== 0;
  }

  add(bit: number): void {
    this.#words[bit >> 5] = (this.#words[bit >> 5] ?? 0) | (1 << (bit & 31));
  }

  addAll(other: BitSet | undefined): void {
    if (other === undefined) return;
    for (const [index, word] of other.#words.entries()) {
      this.#words[index] = (this.#words[index] ?? 0) | word;
    }
  }
}
