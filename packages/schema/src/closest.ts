import leven from "leven";

/** What people write for it elsewhere, where the words have nothing in common. */
const ELSEWHERE: readonly (readonly [elsewhere: string, here: string])[] = [
  ["mem", "ram"],
  ["memory", "ram"],
  ["command", "cmdline"],
];
/** Comparing takes as long as both words together, and nobody mistypes a page. */
const LONGEST_WORD = 64;

/** "Did you mean": the candidate that a word was probably meant to be. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > LONGEST_WORD) return undefined;
  const spelt = bare(word);
  const names = new Map(candidates.map((candidate) => [bare(candidate), candidate]));
  for (const [elsewhere, here] of ELSEWHERE) {
    if (candidates.includes(here) && !names.has(elsewhere)) names.set(elsewhere, here);
  }
  const meant = names.has(spelt) ? spelt : (nearest(spelt, names.keys()) ?? abbreviated(spelt, names.keys()));
  return meant === undefined ? undefined : names.get(meant);
}

/** `maxFailures`, `max-failures` and `MAX_FAILURES` are spellings of one word. */
function bare(word: string): string {
  return word.toLowerCase().replace(/[_\-\s]/g, "");
}

/** With a third of its letters wrong, a word is another word. */
function nearest(spelt: string, names: Iterable<string>): string | undefined {
  let least = Math.floor(spelt.length / 3) + 1;
  let best: string | undefined;
  for (const name of names) {
    const distance = leven(spelt, name, { maxDistance: least });
    if (distance >= least) continue;
    least = distance;
    best = name;
  }
  return best;
}

/** `env` and `environment`, either way round, when no other name begins like that. */
function abbreviated(spelt: string, names: Iterable<string>): string | undefined {
  const found = [...names].filter((name) => {
    const [short, long] = spelt.length < name.length ? [spelt, name] : [name, spelt];
    return short.length >= 3 && long.startsWith(short);
  });
  return found.length === 1 ? found[0] : undefined;
}
