import type { z } from "zod";
import type { Issue } from "./issue.ts";

/** Reports a problem that a schema alone can not express, with its rule and what could stand there. */
export function refuse(
  context: z.core.$RefinementCtx<unknown>,
  { path = [], message, ...params }: Omit<Issue, "path"> & Partial<Pick<Issue, "path">>,
): void {
  context.addIssue({ code: "custom", path: [...path], message, params });
}
