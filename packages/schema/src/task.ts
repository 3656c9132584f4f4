import { z } from "zod";
import { fileName } from "./identifier.ts";
import { checkPlan } from "./plan-rules.ts";
import { processSchema } from "./process.ts";
import { count, seconds, text } from "./values.ts";

const MEGABYTE = 1024 ** 2;
const bytes = z
  .int({ error: "must be a whole number of bytes" })
  .min(MEGABYTE, "must be at least 1 MB (1048576 bytes)");

/** What the task may use: `cpu` in cores (fractions allowed), `ram` and `disk` in bytes, at least 1 MB each. */
const resourcesSchema = z.strictObject({
  cpu: z.number({ error: "must be a number of cores" }).positive("must be more than 0"),
  ram: bytes,
  disk: bytes,
});

/** Processes, by name, that run one after the other in the order given. */
const constraintSchema = z.strictObject({
  order: z.array(text, { error: "must be a list of process names" }).min(1, "must name at least one process"),
});

/**
 * Processes that share a sandbox, ports and a fate.
 * `name` is the first process's name unless given. `finalization_wait` (seconds) covers CLEANING and FINALIZING together.
 */
export const taskSchema = z
  .strictObject({
    name: fileName.optional(),
    processes: z
      .array(processSchema, { error: "must be a list of Process objects" })
      .min(1, "must hold a process"),
    constraints: z.array(constraintSchema, { error: "must be a list of Constraint objects" }).default([]),
    resources: resourcesSchema,
    max_failures: count.default(1),
    max_concurrency: count.default(0),
    finalization_wait: seconds.default(30),
    user: text.optional(),
  })
  .superRefine((task, context) => {
    for (const { path, message, seen } of checkPlan(task)) {
      context.addIssue({ code: "custom", path: [...path], message, params: { seen } });
    }
  })
  .transform((task) => ({ ...task, name: task.name ?? task.processes[0]?.name ?? "" }));

export type Resources = z.output<typeof resourcesSchema>;
export type Constraint = z.output<typeof constraintSchema>;
export type Task = z.output<typeof taskSchema>;
