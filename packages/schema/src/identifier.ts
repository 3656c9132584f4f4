import { closest } from "./closest.ts";
import { refuse } from "./refuse.ts";
import { text } from "./values.ts";

const IDENTIFIER = /^[\w.-]+$/;
const LONGEST_IDENTIFIER = 255;
const FILE_NAME = /^[^./\0][^/\0]*$/;
/** Where a job is that does not say; Aurora's code had no default. */
export const DEFAULT_ENVIRONMENT = "devel";

const ENVIRONMENT = /^(?:prod|devel|test|staging\d*)$/;

/**
 * A role, environment or job name: letters, digits, `_`, `-` and `.`, at most 255 characters (Aurora's rule).
 * `.` and `..` pass Aurora's pattern but can not be ZooKeeper path components, so they are refused here.
 */
export const identifier = text
  .superRefine((value, context) => {
    const message = identifierProblem(value);
    if (message !== undefined) refuse(context, { rule: "name", message, seen: value });
  })
  .meta({ pattern: IDENTIFIER.source, maxLength: LONGEST_IDENTIFIER });

/** What keeps a text from being an identifier. */
export function identifierProblem(value: string): string | undefined {
  if (value === "") return "must not be empty";
  if (value.length > LONGEST_IDENTIFIER) return `must have at most ${LONGEST_IDENTIFIER} characters`;
  if (!IDENTIFIER.test(value)) return "may hold only letters, digits, '_', '-' and '.'";
  return value === "." || value === ".." ? "must not be '.' or '..'" : undefined;
}

/** The seed document's environments, as a job file may name them. */
export const environment = text
  .superRefine((value, context) => {
    if (ENVIRONMENT.test(value)) return;
    refuse(context, {
      rule: "value",
      message: "must be prod, devel, test or staging<number>",
      seen: value,
      allowed: ["prod", "devel", "test", "staging<number>"],
      suggestion: closest(value, ["prod", "devel", "test", "staging"]),
    });
  })
  .meta({ pattern: ENVIRONMENT.source, examples: ["prod", "devel", "test", "staging"] });

/** A process or task name: any file name that has no slash, no NUL and no leading period. */
export const fileName = text
  .superRefine((value, context) => {
    if (FILE_NAME.test(value) && value.isWellFormed()) return;
    const message =
      value === ""
        ? "must not be empty"
        : value.isWellFormed()
          ? "must be a file name: no '/', no NUL, no leading '.'"
          : "must be text: half of a character is none";
    refuse(context, { rule: "name", message, seen: value });
  })
  .meta({ pattern: FILE_NAME.source });
