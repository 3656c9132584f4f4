import { z } from "zod";

const IDENTIFIER = /^[\w.-]+$/;
const LONGEST_IDENTIFIER = 255;

/**
 * A role, environment or job name: letters, digits, `_`, `-` and `.`, at most 255 characters (Aurora's rule).
 * `.` and `..` pass Aurora's pattern but can not be ZooKeeper path components, so they are refused here.
 */
export const identifier = z
  .string({ error: "must be text" })
  .min(1, "must not be empty")
  .max(LONGEST_IDENTIFIER, `must have at most ${LONGEST_IDENTIFIER} characters`)
  .regex(IDENTIFIER, "may hold only letters, digits, '_', '-' and '.'")
  .refine((text) => text !== "." && text !== "..", "must not be '.' or '..'");

const ENVIRONMENT = /^(?:prod|devel|test|staging\d*)$/;

/** The seed document's environments, as a job file may name them. */
export const environment = z
  .string({ error: "must be text" })
  .regex(ENVIRONMENT, "must be prod, devel, test or staging<number>");

/** A process or task name: any file name that has no slash, no NUL and no leading period. */
export const fileName = z
  .string({ error: "must be text" })
  .min(1, "must not be empty")
  .regex(/^[^./\0][^/\0]*$/, "must be a file name: no '/', no NUL, no leading '.'");
