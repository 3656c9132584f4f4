import { type Order, type Ordered, orderOf, reversed, topological } from "./order-graph.ts";

export interface Marked {
  readonly name: string;
  readonly daemon: boolean;
  readonly ephemeral: boolean;
  readonly final: boolean;
}

export interface MarkedTask extends Ordered {
  readonly processes: readonly Marked[];
}

/** Processes that wait for the same and are waited for by the same. */
export type Block = readonly Marked[];

/** Blocks that are drawn as one, because they are alike but for the digits of their names. */
export interface Step {
  readonly blocks: readonly Block[];
  /** What each of the blocks waits for: this many of the blocks of that step. */
  readonly before: readonly { readonly from: Step; readonly count: number }[];
}

/** A smaller task is read more easily as it is. */
const MOST_UNGROUPED = 10;
/** Enough for any task that people write; one that needs more is drawn block by block. */
const MOST_ROUNDS = 50;

/** The steps of a task, each after those that it waits for. */
export function groupProcesses(task: MarkedTask): readonly Step[] {
  const order = orderOf(task);
  const blocks = twins(task.processes, order);
  const between = quotient(order, blocks);
  const depth = depths(between);
  const colours = blocks.length > MOST_UNGROUPED ? refined(looks(blocks, depth), between) : undefined;
  const alike = Map.groupBy(blocks, (block) => colours?.get(idOf(block)) ?? idOf(block));
  const inOrder = [...alike.values()].toSorted((a, b) => depthOf(a, depth) - depthOf(b, depth));
  return linked(inOrder, between);
}

/** A block goes by its first process. */
function idOf(block: Block | undefined): string {
  return block?.[0]?.name ?? "";
}

function depthOf([block]: readonly Block[], depth: ReadonlyMap<string, number>): number {
  return depth.get(idOf(block)) ?? 0;
}

function twins(processes: readonly Marked[], order: Order): readonly Block[] {
  const after = reversed(order);
  const place = ({ name, final }: Marked) =>
    JSON.stringify([final, [...(order.get(name) ?? [])].sort(), [...(after.get(name) ?? [])].sort()]);
  return [...Map.groupBy(processes, place).values()];
}

function quotient(order: Order, blocks: readonly Block[]): Order {
  const blockOf = new Map(blocks.flatMap((block) => block.map(({ name }) => [name, idOf(block)])));
  return new Map(
    blocks.map((block) => {
      const before = [...(order.get(idOf(block)) ?? [])];
      return [idOf(block), new Set(before.map((name) => blockOf.get(name) ?? name))];
    }),
  );
}

/** The length of the longest way to each block; 0 for all when they wait for each other. */
function depths(before: Order): ReadonlyMap<string, number> {
  const depth = new Map<string, number>();
  for (const name of topological(before) ?? []) {
    const others = [...(before.get(name) ?? [])];
    depth.set(
      name,
      others.reduce((most, other) => Math.max(most, (depth.get(other) ?? 0) + 1), 0),
    );
  }
  return depth;
}

/** What tells blocks apart at first sight: names but for their digits, flags and how far from the start they are. */
function looks(blocks: readonly Block[], depth: ReadonlyMap<string, number>): ReadonlyMap<string, string> {
  return new Map(
    blocks.map((block) => {
      const members = block.map(({ name, daemon, ephemeral, final }) => [
        stem(name),
        daemon,
        ephemeral,
        final,
      ]);
      return [idOf(block), JSON.stringify([depth.get(idOf(block)), members])];
    }),
  );
}

/** The name with every run of digits made the same. */
export function stem(name: string): string {
  return name.replace(/\d+/g, "#");
}

/** Colour refinement: blocks keep a colour in common as long as their neighbours' colours are the same, in number too. */
function refined(first: ReadonlyMap<string, string>, before: Order): ReadonlyMap<string, string> | undefined {
  const after = reversed(before);
  let colours = numbered(first);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const around = (names: ReadonlySet<string> | undefined) =>
      [...(names ?? [])]
        .map((name) => colours.get(name))
        .sort()
        .join();
    const next = numbered(
      new Map(
        [...colours].map(([name, colour]) => [
          name,
          [colour, around(before.get(name)), around(after.get(name))].join("|"),
        ]),
      ),
    );
    if (new Set(next.values()).size === new Set(colours.values()).size) return next;
    colours = next;
  }
  return undefined;
}

/** Short names for long ones, which would double with each round. */
function numbered(colours: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const numbers = new Map<string, string>();
  return new Map(
    [...colours].map(([name, colour]) => {
      const number = numbers.get(colour) ?? String(numbers.size);
      numbers.set(colour, number);
      return [name, number];
    }),
  );
}

function linked(groups: readonly (readonly Block[])[], between: Order): readonly Step[] {
  const stepOf = new Map<string, Step>();
  return groups.map((blocks) => {
    const counts = new Map<Step, number>();
    for (const name of between.get(idOf(blocks[0])) ?? []) {
      const from = stepOf.get(name);
      if (from !== undefined) counts.set(from, (counts.get(from) ?? 0) + 1);
    }
    const step = { blocks, before: [...counts].map(([from, count]) => ({ from, count })) };
    for (const block of blocks) stepOf.set(idOf(block), step);
    return step;
  });
}
