import { z } from "zod";

export const text = z.string({ error: "must be text" });
export const flag = z.boolean({ error: "must be true or false" });
export const integer = z.int({ error: "must be a whole number" });
export const count = integer.min(0, "must not be negative");
/** Seconds; fractions are allowed where the field says so. */
export const seconds = integer.min(0, "must not be negative");
export const fractionalSeconds = z
  .number({ error: "must be a number of seconds" })
  .min(0, "must not be negative");
export const positiveSeconds = z
  .number({ error: "must be a number of seconds" })
  .positive("must be more than 0");
