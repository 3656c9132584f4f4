import type { z } from "zod";
import type { Issue } from "./issue.ts";

/**
 * A rule about several attributes of an object. It looks only at those that it needs, so that it also speaks when
 * something else is wrong: people want to hear everything at once.
 * @returns the check of an unchecked object; it says nothing when what it needs is itself wrong, as that is told anyway.
 */
export function rule<Needs extends z.ZodType>(
  needs: Needs,
  check: (needed: z.output<Needs>) => Issue[],
): (object: unknown) => Issue[] {
  return (object) => {
    const needed = needs.safeParse(object);
    return needed.success ? check(needed.data) : [];
  };
}
