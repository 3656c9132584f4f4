import type { Problem } from "@borealis/schema";

/** More is no sentence: a value that is quoted may be all of a file. */
const LONGEST = 2_000;
/** What stands behind the value says what is wrong with it. */
const KEPT_END = 300;

/** A problem that a person can read, whatever it quotes. */
export function shortened(problem: Problem): Problem {
  const { path, message, seen, suggestion } = problem;
  return {
    ...problem,
    path: shorten(path),
    message: shorten(message),
    ...(typeof seen === "string" && { seen: shorten(seen) }),
    ...(suggestion !== undefined && { suggestion: shorten(suggestion) }),
  };
}

function shorten(text: string): string {
  if (text.length <= LONGEST) return text;
  return `${text.slice(0, LONGEST - KEPT_END - 1)}…${text.slice(-KEPT_END)}`;
}
