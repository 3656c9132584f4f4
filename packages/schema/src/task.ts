import { z } from "zod";
import { fileName } from "./identifier.ts";
import { processSchema } from "./process.ts";
import { resourcesSchema } from "./resources.ts";
import { count, object, seconds, text } from "./values.ts";

const constraintSchema = object("Constraint", "Processes that run one after the other.", {
  order: z
    .array(text, { error: "must be a list of process names" })
    .min(1, "must name at least one process")
    .describe("Names of processes, first to last."),
});

/**
 * The attributes of a task. Rules that look at several of them, as those about the order of processes, are in
 * task-rules.ts: `checkTask` applies both.
 */
export const taskSchema = object("Task", "Processes that share a sandbox, ports and a fate.", {
  name: fileName.optional().meta({
    description: "A file name. Default: the name of the first process.",
    templateDefault: "{{processes[0].name}}",
  }),
  processes: z
    .array(processSchema, { error: "must be a list of Process objects" })
    .min(1, "must hold a process")
    .describe("What runs: all at once, unless `constraints` say otherwise."),
  constraints: z
    .array(constraintSchema, { error: "must be a list of Constraint objects" })
    .default([])
    .describe('Orders, as in `[{"order": ["first", "second"]}]`.'),
  resources: resourcesSchema
    .optional()
    .describe("Required of a job's task. `disk` is enforced; the rest with `--enforce-resources`."),
  max_failures: count.default(1).describe("Failed processes, not failed runs; 0: no limit."),
  max_concurrency: count.default(0).describe("Processes that run at a time; 0: no limit."),
  finalization_wait: seconds.default(30).describe("For CLEANING and FINALIZING together."),
  user: text.optional().describe("Kept; processes run as the job's role."),
}).transform((task) => ({ ...task, name: task.name ?? task.processes[0]?.name ?? "" }));

export type Constraint = z.output<typeof constraintSchema>;
export type Task = z.output<typeof taskSchema>;
