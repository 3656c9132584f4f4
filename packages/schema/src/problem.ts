/** One thing that is wrong with an input, and where. */
export interface Problem {
  /** As a person would write it: `jobs[0].task.processes[2].max_failures`; empty for the whole input. */
  readonly path: string;
  /** What is wrong and what is allowed. */
  readonly message: string;
  /** The value found there, when there is one. */
  readonly seen?: unknown;
  /** From 1; absent where the text does not have the place, as for a missing attribute's value. */
  readonly line?: number;
  readonly column?: number;
}

const LONGEST_SEEN = 80;

/** `web.json:12:7: jobs[0].role: may hold only … (saw "www data")` */
export function formatProblem(problem: Problem, file: string): string {
  const place = problem.line === undefined ? file : `${file}:${problem.line}:${problem.column}`;
  const path = problem.path === "" ? "" : `${problem.path}: `;
  return `${place}: ${path}${problem.message}${formatSeen(problem.seen)}`;
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
