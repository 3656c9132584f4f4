import { refuse } from "./refuse.ts";
import { text } from "./values.ts";

/** What a value of a job's `constraints` says: so many instances to a value at most, or (not) these values. */
export type SchedulingConstraint =
  | { readonly limit: number }
  | { readonly negated: boolean; readonly values: readonly string[] };

const LIMIT = "limit:";

/**
 * Reads `limit:2`, `a,b` or `!a,b`. As in Aurora, blanks belong to the values.
 * @returns what it says, or one sentence that says what is wrong with it.
 */
export function parseSchedulingConstraint(value: string): SchedulingConstraint | { problem: string } {
  if (value.startsWith(LIMIT)) {
    const limit = value.slice(LIMIT.length).trim();
    return /^[+-]?\d+$/.test(limit)
      ? { limit: Number(limit) }
      : { problem: "must have a whole number after limit:, as in limit:2" };
  }
  const negated = value.startsWith("!");
  return { negated, values: [...new Set((negated ? value.slice(1) : value).split(","))] };
}

export const schedulingConstraint = text.superRefine((value, context) => {
  const parsed = parseSchedulingConstraint(value);
  if ("problem" in parsed) refuse(context, { rule: "value", message: parsed.problem, seen: value });
});
