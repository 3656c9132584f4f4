import { closest } from "@borealis/schema";

/** What was probably meant, ready to be spread into a problem. */
export function suggest(
  word: string,
  candidates: readonly string[],
): { readonly allowed: readonly string[]; readonly suggestion?: string } {
  const suggestion = closest(word, candidates);
  return suggestion === undefined ? { allowed: candidates } : { allowed: candidates, suggestion };
}
