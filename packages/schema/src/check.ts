import type { z } from "zod";
import { type Issue, issuesFrom } from "./issue.ts";
import { type Job, jobSchema } from "./job.ts";
import { JOB_RULES } from "./job-rules.ts";
import { jobWarnings } from "./job-warnings.ts";
import { type Task, taskSchema } from "./task.ts";
import { TASK_RULES } from "./task-rules.ts";

export type CheckedJob =
  | { readonly job: Job; readonly warnings: readonly Issue[]; readonly issues?: undefined }
  | { readonly issues: readonly Issue[]; readonly job?: undefined; readonly warnings?: undefined };
export type CheckedTask =
  | { readonly task: Task; readonly warnings: readonly Issue[]; readonly issues?: undefined }
  | { readonly issues: readonly Issue[]; readonly task?: undefined; readonly warnings?: undefined };

/** A job of plain values with all its defaults, and what is worth a second look; or everything wrong with it. */
export function checkJob(value: unknown): CheckedJob {
  const { data, issues } = check(jobSchema, value);
  for (const breaches of JOB_RULES) issues.push(...breaches(value));
  const task = typeof value === "object" && value !== null && "task" in value ? value.task : undefined;
  for (const issue of taskBreaches(task)) issues.push({ ...issue, path: ["task", ...issue.path] });
  return data === undefined || issues.length > 0 ? { issues } : { job: data, warnings: jobWarnings(data) };
}

/** The same for a task alone, as `.thermos` files export it. */
export function checkTask(value: unknown): CheckedTask {
  const { data, issues } = check(taskSchema, value);
  issues.push(...taskBreaches(value));
  return data === undefined || issues.length > 0 ? { issues } : { task: data, warnings: [] };
}

function taskBreaches(task: unknown): Issue[] {
  return TASK_RULES.flatMap((breaches) => breaches(task));
}

function check<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): { data: z.output<Schema> | undefined; issues: Issue[] } {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { data: parsed.data, issues: [] };
  return { data: undefined, issues: issuesFrom(parsed.error.issues, schema, value) };
}
