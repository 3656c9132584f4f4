import { z } from "zod";
import type { Issue } from "./issue.ts";
import { checkPlan } from "./plan-rules.ts";
import { rule } from "./rule.ts";
import { flag, text } from "./values.ts";

const planned = z.object({
  name: z.string(),
  daemon: flag.default(false),
  ephemeral: flag.default(false),
  final: flag.default(false),
});

/** What Thermos refuses about a task as a whole. */
export const TASK_RULES: readonly ((task: unknown) => Issue[])[] = [
  rule(
    z.object({
      processes: z.array(planned),
      constraints: z.array(z.object({ order: z.array(text).min(1) })).default([]),
    }),
    checkPlan,
  ),
];
