import { formatPath, type Problem, type ProblemRule } from "@borealis/schema";

/**
 * Parts of what a sandboxed process says. The configuration had that process in its hands, so each part is taken for
 * what it is found to be, and what is not what it should be is as if it had not been said.
 */
export type Loose = Readonly<Record<string, unknown>>;

/** More is no sentence. */
const LONGEST_TEXT = 8_000;

export function looseOf(value: unknown): Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Loose) : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  return value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value;
}

export function textsOf(value: unknown): readonly string[] {
  return listOf(value)
    .map(textOf)
    .filter((text) => text !== undefined);
}

export function pathOf(value: unknown): string {
  return formatPath(
    listOf(value).filter((step) => typeof step === "string" || Number.isInteger(step)) as string[],
  );
}

export function ruleOf(value: unknown, known: ReadonlySet<ProblemRule>): ProblemRule {
  return known.has(value as ProblemRule) ? (value as ProblemRule) : "load";
}

/**
 * The place of a problem, when it is one. A file that the configuration may not read is none: whoever shows the place
 * would read it in its stead.
 * @param file the name to show; undefined for a file that is not the configuration's.
 */
export function placeOf(
  { line, column }: Loose,
  file: string | undefined,
): Pick<Problem, "file" | "line" | "column"> {
  if (file === undefined) return {};
  if (!isPosition(line)) return { file };
  return { file, line, column: isPosition(column) ? column : 1 };
}

function isPosition(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value < 2 ** 31;
}
