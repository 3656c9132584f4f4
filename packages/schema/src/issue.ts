import { z } from "zod";
import { closest } from "./closest.ts";
import type { ProblemRule } from "./problem.ts";
import { follow } from "./reflect.ts";
import { inWords } from "./values.ts";

/** One thing that is wrong with a job or a task, before anybody knows where in a file that is. */
export interface Issue {
  readonly rule: ProblemRule;
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly seen?: unknown;
  /** What could stand there, when that is a short list. */
  readonly allowed?: readonly string[] | undefined;
  /** What was probably meant. */
  readonly suggestion?: string | undefined;
}

/** Longer lists are for the documentation. */
const MOST_ALLOWED = 12;

type Path = readonly (string | number)[];

/** The problems that zod found in `value`, in our words: one for each unknown attribute, and none for "no alternative". */
export function issuesFrom(
  found: readonly z.core.$ZodIssue[],
  schema: z.core.$ZodType,
  value: unknown,
): Issue[] {
  const explained = new Set<string>();
  return found.flatMap((issue) => {
    const path = issue.path.filter((step) => typeof step !== "symbol");
    const { choice, schema: at } = follow(schema, path);
    if (choice === undefined) return inOurWords(issue, path, at, valueAt(value, path));
    // Of a choice zod tells the problems of some alternative or of none. We ask again, and only once.
    const address = JSON.stringify(choice.path);
    if (explained.has(address)) return [];
    explained.add(address);
    return explainChoice(choice.options, choice.path, valueAt(value, choice.path));
  });
}

function inOurWords(
  issue: z.core.$ZodIssue,
  path: Path,
  schema: z.core.$ZodType | undefined,
  seen: unknown,
): Issue[] {
  if (issue.code === "unrecognized_keys") {
    const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
    return issue.keys.map((key) => unknownAttribute(known, [...path, key]));
  }
  const { message } = issue;
  if (issue.code === "custom") return [{ rule: "value", path, message, ...shown(seen), ...issue.params }];
  if (seen === undefined) return [{ rule: "required", path, message: "is required" }];
  if (issue.code === "invalid_type" || issue.code === "invalid_union") {
    return [{ rule: "type", path, message, ...shown(seen) }];
  }
  const allowed = issue.code === "invalid_value" ? issue.values.map(String) : undefined;
  const suggestion = typeof seen === "string" ? closest(seen, allowed ?? []) : undefined;
  return [{ rule: "value", path, message, ...shown(seen), allowed, suggestion }];
}

function unknownAttribute(known: readonly string[], path: Path): Issue {
  return {
    rule: "unknown-attribute",
    path,
    message: "is not a known attribute",
    allowed: known.length > 0 && known.length <= MOST_ALLOWED ? known : undefined,
    suggestion: closest(String(path.at(-1)), known),
  };
}

/** When its attributes tell which alternative is meant, what is wrong with that one; else which there are. */
function explainChoice(options: readonly z.ZodObject[], path: Path, seen: unknown): Issue[] {
  if (seen === undefined) return [{ rule: "required", path, message: "is required" }];
  const meant = isRecord(seen) ? likeliest(options, Object.keys(seen)) : [];
  const explained = meant.map((option) =>
    issuesFrom(option.safeParse(seen).error?.issues ?? [], option, seen).map((issue) => ({
      ...issue,
      path: [...path, ...issue.path],
    })),
  );
  // What is an object for one and text for another tells, too, which of them is meant.
  const fitting = explained.filter((issues) => !issues.some((issue) => isOfWrongType(issue, path)));
  const [first, ...others] = fitting.length > 0 ? fitting : explained;
  // Alternatives that share the attribute which is wrong agree on what is wrong with it.
  if (first !== undefined && others.every((other) => JSON.stringify(other) === JSON.stringify(first))) {
    return first;
  }
  const allowed = options.map(introduce);
  return [{ rule: "type", path, message: `must be ${inWords(allowed)}`, ...shown(seen), allowed }];
}

function isOfWrongType(issue: Issue, within: Path): boolean {
  return issue.rule === "type" && issue.path.length === within.length + 1;
}

/** Those that know most of the attributes, if they know any. */
function likeliest(options: readonly z.ZodObject[], attributes: readonly string[]): readonly z.ZodObject[] {
  const known = options.map(({ shape }) => attributes.filter((name) => Object.hasOwn(shape, name)).length);
  const most = Math.max(1, ...known);
  return options.filter((_, index) => known[index] === most);
}

function introduce(option: z.ZodObject): string {
  return `${option.meta()?.id ?? ""} {${Object.keys(option.shape).join(", ")}}`;
}

/** A whole object says nothing about what is wrong with it. */
function shown(seen: unknown): { seen?: unknown } {
  return seen === undefined || isRecord(seen) ? {} : { seen };
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
