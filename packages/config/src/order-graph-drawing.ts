import {
  type Block,
  groupProcesses,
  type Marked,
  type MarkedTask,
  type Step,
  stem,
} from "./order-graph-groups.ts";

const MOST_LINES = 60;
const LONGEST_LINE = 100;
const MOST_NAMES = 12;
/** Fewer names alike are written out. */
const SHORTEST_RANGE = 4;

interface Arrow {
  readonly from: Step;
  readonly to: Step;
  readonly count: number;
}

/**
 * Draws the order of a task's processes, a line for each way through it: `fetch → check, unpack → run`. Every arrow is
 * drawn once. Processes that are alike are drawn as one: `mapper000 … mapper179 (180) → reducer`.
 */
export function drawOrder(task: MarkedTask): readonly string[] {
  const steps = groupProcesses(task);
  const lines = [
    ...drawPart(
      steps.filter((step) => !isFinal(step)),
      "unordered: ",
    ),
    ...drawPart(steps.filter(isFinal), "").map((line) => `finally: ${line}`),
  ].flatMap(wrap);
  const rest = lines.length - MOST_LINES;
  return rest > 0 ? [...lines.slice(0, MOST_LINES), `… and ${rest} more lines`] : lines;
}

function isFinal({ blocks }: Step): boolean {
  return blocks[0]?.[0]?.final === true;
}

function drawPart(steps: readonly Step[], looseMark: string): string[] {
  const arrows = Map.groupBy(
    steps.flatMap((to) => to.before.map(({ from, count }): Arrow => ({ from, to, count }))),
    ({ from }) => from,
  );
  const loose: string[] = [];
  for (const step of steps) {
    if (step.before.length === 0 && !arrows.has(step)) {
      loose.push(`${looseMark}${nameStep(step)}`);
    }
  }
  return [...ways(steps, arrows).map(drawWay), ...loose];
}

/** Goes from each step along arrows that were not taken before, as far as there are any. */
function ways(steps: readonly Step[], arrows: ReadonlyMap<Step, Arrow[]>): Arrow[][] {
  const left = new Map([...arrows].map(([from, each]) => [from, each.values()]));
  const take = (from: Step) => left.get(from)?.next().value;
  const found: Arrow[][] = [];
  for (const step of steps) {
    for (let first = take(step); first !== undefined; first = take(step)) {
      const way: Arrow[] = [];
      for (let arrow: Arrow | undefined = first; arrow !== undefined; arrow = take(arrow.to)) way.push(arrow);
      found.push(way);
    }
  }
  return found;
}

function drawWay(way: readonly Arrow[]): string {
  const [first] = way;
  if (first === undefined) return "";
  const steps = [first.from, ...way.map(({ to }) => to)];
  const parts: string[] = [];
  for (let at = 0; at < steps.length; ) {
    const step = steps[at];
    if (step === undefined) break;
    const arrow = way[at - 1];
    const length = runLength(steps, at);
    const name = length < SHORTEST_RANGE ? nameStep(step) : nameRun(step, steps[at + length - 1], length);
    parts.push(`${arrow === undefined ? "" : drawArrow(arrow)}${name}`);
    at += length < SHORTEST_RANGE ? 1 : length;
  }
  return parts.join(" ");
}

function drawArrow({ from, count }: Arrow): string {
  return count === from.blocks.length ? "→ " : `→ each after ${count} of these: `;
}

/** How many steps from here on are single processes, alike but for their digits, with nothing else between them. */
function runLength(steps: readonly Step[], start: number): number {
  const first = single(steps[start]);
  if (first === undefined) return 1;
  let end = start + 1;
  for (; end < steps.length; end++) {
    const next = single(steps[end]);
    if (next === undefined || stem(next.name) !== stem(first.name) || steps[end]?.before.length !== 1) break;
  }
  return end - start;
}

function single(step: Step | undefined): Marked | undefined {
  const [block, ...others] = step?.blocks ?? [];
  return others.length === 0 && block?.length === 1 ? block[0] : undefined;
}

function nameRun(first: Step, last: Step | undefined, length: number): string {
  return `${nameStep(first)} → … → ${last === undefined ? "" : nameStep(last)} (${length} in a row)`;
}

function nameStep({ blocks }: Step): string {
  const [first] = blocks;
  const last = blocks.at(-1);
  if (first === undefined || last === undefined) return "";
  return blocks.length === 1
    ? nameBlock(first)
    : `${nameBlock(first)} … ${nameBlock(last)} (${blocks.length})`;
}

function nameBlock(block: Block): string {
  const names = [...Map.groupBy(block, (process) => stem(process.name) + marks(process)).values()].flatMap(
    (alike) => {
      const [first] = alike;
      const last = alike.at(-1);
      if (first === undefined || last === undefined || alike.length < SHORTEST_RANGE) {
        return alike.map((process) => process.name + marks(process));
      }
      return [`${first.name} … ${last.name} (${alike.length}${marks(first).replace(/ \((.*)\)/, ", $1")})`];
    },
  );
  const shown = names.length > MOST_NAMES ? [...names.slice(0, MOST_NAMES), "…"] : names;
  return `${shown.join(", ")}${names.length > MOST_NAMES ? ` (${block.length} in all)` : ""}`;
}

function marks({ daemon, ephemeral }: Marked): string {
  const words = [daemon ? "daemon" : "", ephemeral ? "ephemeral" : ""].filter((word) => word !== "");
  return words.length === 0 ? "" : ` (${words.join(", ")})`;
}

/** Breaks a long line before its arrows. */
function wrap(line: string): string[] {
  const lines: string[] = [];
  for (const part of line.split(/ (?=→ )/)) {
    const current = lines.at(-1);
    if (current === undefined) lines.push(part);
    else if (current.length + 1 + part.length <= LONGEST_LINE) lines[lines.length - 1] = `${current} ${part}`;
    else lines.push(`    ${part}`);
  }
  return lines;
}
