import { z } from "zod";

export const text = z.string({ error: "must be text" });
export const someText = text.min(1, "must not be empty");
export const flag = z.boolean({ error: "must be true or false" });
export const integer = z.int({ error: "must be a whole number" });
export const count = integer.min(0, "must not be negative");
export const positiveCount = integer.min(1, "must be at least 1");
/** Whole ones; fractions are allowed where the field says so. */
export const seconds = integer.min(0, "must not be negative");
export const fractionalSeconds = z
  .number({ error: "must be a number of seconds" })
  .min(0, "must not be negative");
export function secondsFrom(least: number) {
  return z.number({ error: "must be a number of seconds" }).min(least, `must be at least ${least}`);
}

/** One of a few words. */
export function oneOf<const Words extends readonly string[]>(words: Words) {
  return z.enum(words, { error: `must be ${inWords(words)}` });
}

/** One of Aurora's objects: an attribute that it does not have is a typing error, not an extra. */
export function object<Shape extends z.core.$ZodLooseShape>(
  id: string,
  description: string,
  shape: Shape,
  rule?: (value: z.output<z.ZodObject<Shape, z.core.$strict>>) => string | undefined,
) {
  const error = `must be ${/^[AEIOU]/.test(id) ? "an" : "a"} ${id} object`;
  // Unknown attributes are told one by one, see issue.ts.
  const schema = z.strictObject(shape, { error });
  if (rule === undefined) return schema.meta({ id, description });
  const ruled = schema.superRefine((value, context) => {
    const message = rule(value);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });
  // Only now: what a rule is added to is another schema, without the name.
  return ruled.meta({ id, description });
}

export function inWords(words: readonly string[]): string {
  return words.length < 2
    ? words.join("")
    : `${words.slice(0, -1).join(", ")} or ${words[words.length - 1] ?? ""}`;
}
