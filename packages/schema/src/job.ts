import { z } from "zod";
import { announcerSchema } from "./announcer.ts";
import { healthCheckConfigSchema } from "./health-check-config.ts";
import { environment, identifier } from "./identifier.ts";
import type { JobKey } from "./job-key.ts";
import { staticPort } from "./ports.ts";
import { taskSchema } from "./task.ts";
import { count, flag, integer, seconds, text } from "./values.ts";

/** How a rolling update proceeds. Kept and shown; updates themselves are not part of Borealis. Times in seconds. */
const updateConfigSchema = z.strictObject({
  batch_size: integer.min(1, "must be at least 1").default(1),
  restart_threshold: seconds.default(60),
  watch_secs: seconds.default(45),
  max_per_shard_failures: count.default(0),
  max_total_failures: count.default(0),
});

/**
 * A job as the 2014 configuration reference has it, with that document's defaults
 * (`environment` is `devel` there; Aurora's code had no default). `name` is the task's name unless given.
 */
export const jobSchema = z
  .strictObject({
    task: taskSchema,
    name: identifier.optional(),
    role: identifier,
    cluster: identifier,
    environment: environment.default("devel"),
    contact: text.optional(),
    instances: integer.min(1, "must be at least 1").default(1),
    cron_schedule: text.optional(),
    cron_collision_policy: z
      .enum(["KILL_EXISTING", "CANCEL_NEW", "RUN_OVERLAP"], {
        error: "must be KILL_EXISTING, CANCEL_NEW or RUN_OVERLAP",
      })
      .default("KILL_EXISTING"),
    update_config: updateConfigSchema.prefault({}),
    constraints: z.record(z.string(), text, { error: "must map attribute names to text" }).default({}),
    service: flag.default(false),
    max_task_failures: integer.min(-1, "must be -1 (no limit) or more").default(1),
    priority: integer.default(0),
    production: flag.default(false),
    health_check_config: healthCheckConfigSchema.prefault({}),
    announce: announcerSchema.optional(),
  })
  .transform((job) => ({ ...job, name: job.name ?? job.task.name }))
  .superRefine((job, context) => {
    const refuse = (path: (string | number)[], message: string, seen?: unknown) =>
      context.addIssue({ code: "custom", path, message, params: { seen } });
    const name = identifier.safeParse(job.name);
    if (!name.success) {
      refuse(
        ["name"],
        `${name.error.issues[0]?.message}; it comes from the task, so give the job a name`,
        job.name,
      );
    }
    if (job.service && job.cron_schedule !== undefined) {
      refuse(["cron_schedule"], "may only be used with non-service jobs", job.cron_schedule);
    }
    if (job.update_config.max_total_failures >= job.instances && job.update_config.max_total_failures > 0) {
      const message = `must be less than the job's instances (${job.instances})`;
      refuse(["update_config", "max_total_failures"], message, job.update_config.max_total_failures);
    }
    for (const [port, target] of Object.entries(job.announce?.portmap ?? {})) {
      const isStatic = typeof target === "number" || staticPort(target) !== undefined;
      if (isStatic && job.constraints["dedicated"] === undefined) {
        const message =
          'Job must be dedicated in order to specify static ports! Add constraints: {"dedicated": …}';
        refuse(["announce", "portmap", port], message, target);
      }
    }
  });

export type UpdateConfig = z.output<typeof updateConfigSchema>;
export type Job = z.output<typeof jobSchema>;

export function jobKeyOf(job: Pick<Job, "role" | "environment" | "name">): JobKey {
  return { role: job.role, environment: job.environment, name: job.name };
}
