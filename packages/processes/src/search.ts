import assert from "node:assert/strict";
import { processesMarked } from "./process-table.ts";

export interface Moment {
  readonly found: readonly number[];
  readonly undecided: readonly number[];
}

/** One look at every process of this host costs milliseconds: never two at once, and one serves all who wait for it. */
export function createSearch(look = processesMarked): (marker: string) => Promise<Moment> {
  let last: Promise<unknown> = Promise.resolve();
  let next: { readonly markers: Set<string>; readonly answer: ReturnType<typeof look> } | undefined;

  return async (marker) => {
    // Whom it matches is killed. Every environment has an empty entry at its end: that would be all of this host.
    assert(/^\w+=./s.test(marker), `not a NAME=value: "${marker}"`);
    // Who was started after a look began may not be in it, so that one under way is not for us.
    if (next === undefined) {
      const markers = new Set<string>();
      const answer = last.then(() => {
        next = undefined;
        return look(markers);
      });
      last = answer;
      next = { markers, answer };
    }
    next.markers.add(marker);
    const { found, undecided } = await next.answer;
    return { found: found.get(marker) ?? [], undecided };
  };
}

export const search = createSearch();
