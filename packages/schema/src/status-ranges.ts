/** Both ends are meant: `[200, 299]`. */
export type StatusRange = readonly [from: number, to: number];

const LOWEST = 100;
const HIGHEST = 599;

/** HTTP statuses as people write them: `200-299,304`. */
export function parseStatusRanges(
  text: string,
): { readonly ranges: readonly StatusRange[] } | { readonly problem: string } {
  const ranges: StatusRange[] = [];
  for (const part of text.split(",")) {
    const [, first, last = first] = /^\s*(\d{3})(?:\s*-\s*(\d{3}))?\s*$/.exec(part) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (first === undefined || from < LOWEST || to > HIGHEST || from > to) {
      const seen = part.trim() === "" ? "nothing" : `"${part.trim()}"`;
      return {
        problem: `must be statuses from ${LOWEST} to ${HIGHEST}, as in 200-299,304; ${seen} is none`,
      };
    }
    ranges.push([from, to]);
  }
  return { ranges };
}
