import { z } from "zod";
import { announcerSchema } from "./announcer.ts";
import { containerChoice } from "./container.ts";
import { cronSchedule } from "./cron.ts";
import { cronPolicy } from "./cron-policy.ts";
import { healthCheckConfigSchema, healthChecksSchema } from "./health-check-config.ts";
import { DEFAULT_ENVIRONMENT, environment, identifier } from "./identifier.ts";
import type { JobKey } from "./job-key.ts";
import { lifecycleConfigSchema } from "./lifecycle.ts";
import { partitionPolicySchema, slaPolicyChoice } from "./policies.ts";
import { schedulingConstraint } from "./scheduling-constraint.ts";
import { taskSchema } from "./task.ts";
import { updateConfigSchema } from "./update-config.ts";
import { flag, integer, object, positiveCount, text } from "./values.ts";

const metadataSchema = object("Metadata", "A word about the job, for those who look at it.", {
  key: text.describe("What it is about."),
  value: text.describe("What it says."),
});

const executorConfigSchema = object("ExecutorConfig", "The executor that runs the task.", {
  name: text.default("AuroraExecutor").describe("Its name."),
  data: text.default("").describe("What an executor other than Aurora's is given."),
});

/**
 * The attributes of a job, with the 2014 reference's defaults (`environment` is `devel` there; Aurora's code had no
 * default). Rules that look at several of them are in job-rules.ts: `checkJob` applies both.
 */
export const jobSchema = object("Job", "Instances of a task.", {
  task: taskSchema,
  name: identifier.optional().meta({
    description: "Default: the name of the task.",
    templateDefault: "{{task.name}}",
  }),
  role: identifier.describe("Also the user that processes run as."),
  cluster: identifier.describe("Not part of the ServerSet path."),
  environment: environment
    .default(DEFAULT_ENVIRONMENT)
    .describe("`prod`, `devel`, `test` or `staging<number>`."),
  contact: text.optional().describe("Whom to write to."),
  instances: positiveCount.default(1).describe("Numbered from 0."),
  cron_schedule: cronSchedule.optional().describe("Kept; nothing starts by it so far. Not for services."),
  cron_collision_policy: cronPolicy
    .default("KILL_EXISTING")
    .describe("What becomes of a run that is due while another goes on: `KILL_EXISTING` or `CANCEL_NEW`."),
  update_config: updateConfigSchema.prefault({}).describe("Kept and shown."),
  constraints: z
    .record(z.string(), schedulingConstraint, { error: "must map attribute names to text" })
    .optional()
    .describe("Kept: `limit:2`, `a,b` or `!a,b` for a host's attribute. `dedicated` allows static ports."),
  service: flag.default(false).describe("Started again whatever its end."),
  max_task_failures: integer
    .min(-1, "must be -1 (no limit) or more")
    .default(1)
    .describe("Failed tasks until none is started again; -1: no limit. Not for services."),
  priority: integer.default(0).describe("Kept."),
  production: flag.default(false).describe("Kept."),
  health_check_config: healthCheckConfigSchema
    .prefault({})
    .describe("For a task with a port named `health`, or with a check that needs none."),
  health_checks: healthChecksSchema
    .optional()
    .describe("Further checks, by name, with roles of their own. Not in Aurora."),
  announce: announcerSchema.optional().describe("Its presence switches announcing on."),
  tier: text.optional().describe("Kept."),
  metadata: z
    .array(metadataSchema, { error: "must be a list of Metadata objects" })
    .default([])
    .describe("Kept."),
  lifecycle: lifecycleConfigSchema
    .prefault({ http: {} })
    .describe("How it is asked to stop before it gets SIGTERM."),
  task_links: z
    .record(z.string(), text, { error: "must map names to links" })
    .optional()
    .describe("Ignored, as Aurora ignored it."),
  executor_config: executorConfigSchema.prefault({}).describe("Kept."),
  enable_hooks: flag.default(false).describe("Ignored: there are no hooks."),
  partition_policy: partitionPolicySchema.optional().describe("Kept."),
  sla_policy: slaPolicyChoice
    .optional()
    .describe("Kept: CoordinatorSlaPolicy, CountSlaPolicy or PercentageSlaPolicy."),
  container: containerChoice
    .optional()
    .describe("Container, Docker or Mesos; refused when an instance starts, so far."),
}).transform((job) => ({ ...job, name: job.name ?? job.task.name, constraints: job.constraints ?? {} }));

export type Job = z.output<typeof jobSchema>;

export function jobKeyOf(job: Pick<Job, "role" | "environment" | "name">): JobKey {
  return { role: job.role, environment: job.environment, name: job.name };
}
