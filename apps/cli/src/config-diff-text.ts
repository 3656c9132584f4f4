import { type Change, type DiffLine, diffLines, type JobDifference } from "@borealis/config";
import { printable } from "./table.ts";

const SIGNS = { added: "+", removed: "-", changed: "~" } as const;
/** Of one job; the JSON has all. */
const MOST_LINES = 400;
/** Lines that did not change, on either side of one that did. */
const CONTEXT = 2;
/** Longer texts are shown below each other, without what they have in common. */
const LONGEST_IN_LINE = 60;
/** What is left of the common part of two long lines. */
const AROUND = 24;
const LONGEST_LINE = 400;

/** A job that differs: `~ key`, then a line for each attribute; of long texts only the lines that differ. */
export function differenceText({ key, change, changes }: JobDifference): string {
  const lines = changes.flatMap(changeLines).map((line) => `    ${line}`.trimEnd());
  const rest = lines.length - MOST_LINES;
  const shown =
    rest > 0 ? [...lines.slice(0, MOST_LINES), `    … and ${rest} more lines; -o json has all`] : lines;
  return [printable(`${SIGNS[change]} ${key}`), ...shown].join("\n");
}

function changeLines({ path, before, after }: Change): string[] {
  const name = printable(path);
  if (typeof before === "string" && typeof after === "string") return textLines(name, before, after);
  if (isTextList(before) && isTextList(after)) return listLines(name, before, after);
  if (before === undefined) return leaves(path, after).map((leaf) => `+ ${leaf}`);
  if (after === undefined) return leaves(path, before).map((leaf) => `- ${leaf}`);
  return [`${name}: ${shown(before)} → ${shown(after)}`];
}

function textLines(name: string, before: string, after: string): string[] {
  if (before.includes("\n") || after.includes("\n")) {
    const lines = hunks(diffLines(before.split("\n"), after.split("\n")));
    return [`${name}:`, ...lines.map((line) => `  ${line}`)];
  }
  if (before.length + after.length <= LONGEST_IN_LINE) return [`${name}: ${shown(before)} → ${shown(after)}`];
  const [old, fresh] = withoutCommon(before, after);
  return [`${name}:`, `  - ${printable(old)}`, `  + ${printable(fresh)}`];
}

function hunks(lines: readonly DiffLine[]): string[] {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ sign }) => sign !== " "),
  );
  return lines.flatMap(({ sign, text }, index) => {
    if (near[index]) return [`${sign} ${printable(shorten(text.replaceAll("\t", "  ")))}`];
    return index === 0 || near[index - 1] ? ["…"] : [];
  });
}

/** Two lines, each with a little of what they begin and end with alike. */
function withoutCommon(before: string, after: string): readonly [string, string] {
  let head = 0;
  const shortest = Math.min(before.length, after.length);
  while (head < shortest && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shortest - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const cut = (text: string) => {
    const from = Math.max(0, head - AROUND);
    const to = Math.min(text.length, text.length - tail + AROUND);
    return `${from > 0 ? "…" : ""}${shorten(text.slice(from, to))}${to < text.length ? "…" : ""}`;
  };
  return [cut(before), cut(after)];
}

function listLines(name: string, before: readonly string[], after: readonly string[]): string[] {
  const [old, fresh] = [new Set(before), new Set(after)];
  const gone = before.filter((item) => !fresh.has(item)).map((item) => `- ${item}`);
  const come = after.filter((item) => !old.has(item)).map((item) => `+ ${item}`);
  if (gone.length + come.length === 0) return [`${name}: ${shown(before)} → ${shown(after)}`];
  return [printable(`${name}: ${[...gone, ...come].join(", ")}`)];
}

/** A whole object that is on one side only, value by value. */
function leaves(path: string, value: unknown): string[] {
  if (typeof value === "string" && value.includes("\n")) {
    return [`${printable(path)}:`, ...value.split("\n").map((line) => `  ${printable(shorten(line))}`)];
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [`${printable(path)}: ${shown(value)}`];
  }
  const inner = Object.entries(value).filter(([, each]) => each !== undefined);
  return inner.flatMap(([name, each]) => leaves(`${path}.${name}`, each));
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function shown(value: unknown): string {
  return printable(shorten(JSON.stringify(value)));
}

function shorten(text: string): string {
  return text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)}…` : text;
}
