import type { Path } from "./build-error.ts";
import type { Place } from "./node.ts";

/** How the walk came to a value: linked, for paths are only needed for what is wrong. */
export interface Trail {
  readonly outer?: Trail;
  readonly step?: string | number;
  readonly place: Place | undefined;
}

export function pathOf(trail: Trail): Path {
  const path: (string | number)[] = [];
  for (let at: Trail | undefined = trail; at !== undefined; at = at.outer) {
    if (at.step !== undefined) path.unshift(at.step);
  }
  return path;
}
