import type { z } from "zod";
import { type Answer, problem } from "./answer.ts";

const LONGEST_SHOWN = 100;

type Read<T> = { readonly value: T } | { readonly refused: Answer };

/** All that is wrong with a body, with its place and what was seen there. */
export function readBody<T extends z.ZodObject>(schema: T, body: unknown): Read<z.output<T>> {
  return readWith(schema, body, "the body");
}

/** The same for what comes after the `?`. */
export function readQuery<T extends z.ZodObject>(schema: T, query: URLSearchParams): Read<z.output<T>> {
  for (const [name, value] of query) {
    // To a number nothing is 0, and of two one would be dropped without a word.
    if (value === "") return refused(`the query: ${name} is empty; give it a value or leave it out`);
    if (query.getAll(name).length > 1) return refused(`the query: ${name} is given more than once`);
  }
  return readWith(schema, Object.fromEntries(query), "the query");
}

function readWith<T extends z.ZodObject>(schema: T, value: unknown, where: string): Read<z.output<T>> {
  const read = schema.safeParse(value);
  if (read.success) return { value: read.data };
  const problems = read.error.issues.map((issue) => describe(issue, value, Object.keys(schema.shape)));
  return refused(`${where}: ${problems.join("; ")}`);
}

function describe(issue: z.core.$ZodIssue, whole: unknown, known: readonly string[]): string {
  if (issue.code === "unrecognized_keys") {
    const there = known.length > 0 ? `there are ${known.join(", ")}` : "there is nothing to be given";
    return `${issue.keys.map(shown).join(", ")} is not known; ${there}`;
  }
  const [name] = issue.path;
  if (name === undefined) return `must be an object with ${known.join(", ")} (saw ${shown(whole)})`;
  return `${String(name)} ${issue.message} (saw ${shown((whole as Record<PropertyKey, unknown>)[name])})`;
}

function shown(value: unknown): string {
  const text = written(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

function written(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "nothing";
  } catch {
    // Nested thousands deep.
    return "something that can not be shown";
  }
}

function refused(message: string): { readonly refused: Answer } {
  return { refused: problem(400, message) };
}
