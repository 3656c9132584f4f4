import type { StatusRange } from "@borealis/schema";

/** What an HTTP client calls success. */
export const SUCCESS: readonly StatusRange[] = [[200, 299]];

/** An empty list has everything in it. */
export function includesStatus(ranges: readonly StatusRange[], status: number): boolean {
  if (ranges.length === 0) return true;
  for (const [from, to] of ranges) if (status >= from && status <= to) return true;
  return false;
}

/** As it is written in a configuration. */
export function formatStatusRanges(ranges: readonly StatusRange[]): string {
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(", ");
}
