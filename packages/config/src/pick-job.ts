import { closest, type Problem } from "@borealis/schema";

/** What can be picked: a loaded job, by `cluster/role/environment/name`, or a task by its name. */
interface Keyed {
  readonly key: string;
}

/** Listed in the error; more would push what to do off the screen. */
const MOST_CANDIDATES = 50;
const LONGEST_KEY = 4;

/**
 * Chooses a job as Aurora's client did: the only one, or the one that was named by `name`, `role/environment/name` or
 * `cluster/role/environment/name`. What could not be filled in is compared as it stands in the file.
 */
export function pickJob<T extends Keyed>(
  jobs: readonly T[],
  wanted: string | undefined,
): { readonly job: T } | { readonly problem: Problem } {
  const [only] = jobs;
  if (only === undefined) return refuse("No job defined in this config!");
  if (wanted === undefined) return jobs.length === 1 ? { job: only } : refuse(nameOne(jobs));
  const parts = wanted.split("/");
  const matches = jobs.filter(({ key }) => endsWith(key.split("/"), parts));
  const [match] = matches;
  if (match !== undefined && matches.length === 1) return { job: match };
  // Two parts could be taken for either end of a key.
  if (parts.length === 2 || parts.length > LONGEST_KEY || parts.includes("")) {
    return refuse(
      `"${wanted}" is not a job key: write [cluster/]role/environment/name, or the name alone\n${candidates(jobs)}`,
    );
  }
  if (match !== undefined) return refuse(severalMatch(match, matches));
  return refuse(`Could not find job ${withStars(parts)}\n${candidates(jobs)}`, nearest(wanted, jobs));
}

function endsWith(key: readonly string[], parts: readonly string[]): boolean {
  if (parts.length === 2 || parts.length > key.length) return false;
  return parts.every((part, index) => part === key[key.length - parts.length + index]);
}

function nameOne(jobs: readonly Keyed[]): string {
  const first = jobs[0]?.key ?? "";
  return [
    "Configuration has multiple jobs but no job name specified!",
    candidates(jobs),
    `Give one of these keys, or a name that only one of them has, after the file: ${first}`,
  ].join("\n");
}

function severalMatch({ key }: Keyed, matches: readonly Keyed[]): string {
  const same = matches.every((match) => match.key === key);
  const help = same ? `${matches.length} jobs have this key, and each needs one of its own.\n` : "";
  return `Multiple jobs match, please disambiguate by specifying a job key.\n${help}${candidates(matches)}`;
}

function withStars(parts: readonly string[]): string {
  return [...Array<string>(LONGEST_KEY - parts.length).fill("*"), ...parts].join("/");
}

function candidates(jobs: readonly Keyed[]): string {
  const lines = jobs.slice(0, MOST_CANDIDATES).map(({ key }) => `  ${key}`);
  const rest = jobs.length - lines.length;
  return ["Candidates are:", ...lines, ...(rest > 0 ? [`  … and ${rest} more`] : [])].join("\n");
}

/** A name is compared with names, a key with as much of each key. */
function nearest(wanted: string, jobs: readonly Keyed[]): string | undefined {
  const length = wanted.split("/").length;
  return closest(wanted, [...new Set(jobs.map(({ key }) => key.split("/").slice(-length).join("/")))]);
}

function refuse(message: string, suggestion?: string): { problem: Problem } {
  return {
    problem: { rule: "job", path: "", message, ...(suggestion === undefined ? {} : { suggestion }) },
  };
}
