/** What kind of problem it is: stable, for scripts and for editors that show SARIF. docs/errors.md has each. */
export type ProblemRule =
  | "syntax"
  | "load"
  | "limit"
  | "unknown-attribute"
  | "required"
  | "type"
  | "value"
  | "name"
  | "plan"
  | "ports"
  | "update"
  | "cron"
  | "template"
  | "unbound"
  | "duplicate"
  | "job"
  | "notice";

/** One thing that is wrong with an input, and where. */
export interface Problem {
  readonly rule: ProblemRule;
  /** The file it is in, where that is known: the one that was asked for when absent. */
  readonly file?: string | undefined;
  /** As a person would write it: `jobs[0].task.processes[2].max_failures`; empty for the whole input. */
  readonly path: string;
  /** What is wrong and what is allowed. */
  readonly message: string;
  /** The value found there, when there is one. */
  readonly seen?: unknown;
  /** From 1; absent where the text does not have the place, as for a missing attribute's value. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** What could stand there, when that is a short list. */
  readonly allowed?: readonly string[] | undefined;
  /** What was probably meant. */
  readonly suggestion?: string | undefined;
}

interface FormatOptions {
  /** What the file of the problem is called; as the problem has it, unless given. */
  readonly name?: string;
  /** Stands before the path: `warning: `. */
  readonly mark?: string;
  /** Makes a line fit for where it is shown: what is in it was written by strangers. */
  readonly printable?: (line: string) => string;
}

const LONGEST_SEEN = 80;
/** A longer list is for the documentation, when we know what was meant anyway. */
const MOST_ALLOWED = 12;

/**
 * `web.json:12:7: jobs[0].service: must be true or false (saw "yes"); allowed: true, false; did you mean "true"?`
 * What comes after the first line of a message, as a list of candidates, follows on lines of its own.
 */
export function formatProblem(problem: Problem, file: string, options: FormatOptions = {}): string {
  const { name = problem.file ?? file, mark = "", printable = (line) => line } = options;
  const { line, column, path } = problem;
  const place = [name, line, line === undefined ? undefined : column].filter((part) => part !== undefined);
  const where = path === "" ? "" : `${path}: `;
  const [first = "", ...more] = problem.message.split("\n");
  const head = `${place.join(":")}: ${mark}${where}${first}${formatSeen(problem.seen)}${formatHelp(problem)}`;
  return [head, ...more].map(printable).join("\n");
}

/** What the sentence already says is not said again. */
function formatHelp({ message, allowed = [], suggestion }: Problem): string {
  const isLong = allowed.length > MOST_ALLOWED;
  const isSaid = allowed.every((word) => message.includes(word)) || (isLong && suggestion !== undefined);
  const more = isLong ? ` … (${allowed.length} in all)` : "";
  const list = isSaid ? "" : `; allowed: ${allowed.slice(0, MOST_ALLOWED).join(", ")}${more}`;
  return suggestion === undefined ? list : `${list}; did you mean "${suggestion}"?`;
}

function formatSeen(seen: unknown): string {
  if (seen === undefined) return "";
  const text = JSON.stringify(seen) ?? String(seen);
  return ` (saw ${text.length > LONGEST_SEEN ? `${text.slice(0, LONGEST_SEEN)}…` : text})`;
}

export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) =>
      typeof step === "number" ? `[${step}]` : `${index === 0 ? "" : "."}${String(step)}`,
    )
    .join("");
}
