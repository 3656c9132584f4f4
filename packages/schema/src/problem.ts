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
  /** The file it is in, when that is not the one that was asked for: an included one. */
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

const LONGEST_SEEN = 80;

/** `web.json:12:7: jobs[0].role: may hold only … (saw "www data")`, then what is allowed and what was probably meant. */
export function formatProblem(problem: Problem, file: string): string {
  const name = problem.file ?? file;
  const place = problem.line === undefined ? name : `${name}:${problem.line}:${problem.column}`;
  const path = problem.path === "" ? "" : `${problem.path}: `;
  return `${place}: ${path}${problem.message}${formatSeen(problem.seen)}${formatHelp(problem)}`;
}

/** What the sentence already says is not said again. */
function formatHelp({ message, allowed = [], suggestion }: Problem): string {
  const news = allowed.filter((word) => !message.includes(word));
  const list = news.length === 0 ? "" : `; allowed: ${allowed.join(", ")}`;
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
