import { z } from "zod";
import { announcerSchema } from "./announcer.ts";
import { identifierProblem } from "./identifier.ts";
import type { Issue } from "./issue.ts";
import { resolvePorts, staticPort } from "./ports.ts";
import { rule } from "./rule.ts";
import { parseSchedulingConstraint } from "./scheduling-constraint.ts";
import { count, flag, positiveCount } from "./values.ts";

const name = z.string().optional();
const constraints = z.record(z.string(), z.unknown()).default({});
/** Of a job's instances, what Aurora wants dedicated jobs to be able to lose in an update. */
const DEDICATED_SHARE = 0.02;

/** Thermos runs a task without; Aurora's scheduler has to find room for it. */
const resources = rule(z.object({ task: z.object({ resources: z.undefined().optional() }) }), (): Issue[] => [
  { rule: "required", path: ["task", "resources"], message: "is required" },
]);

const inheritedName = rule(
  z.object({
    name: z.undefined().optional(),
    task: z.object({ name, processes: z.array(z.object({ name })).default([]) }),
  }),
  ({ task }): Issue[] => {
    const inherited = task.name ?? task.processes[0]?.name;
    const problem = inherited === undefined ? undefined : identifierProblem(inherited);
    if (problem === undefined) return [];
    const message = `${problem}; it comes from the task, so give the job a name`;
    return [{ rule: "name", path: ["name"], message, seen: inherited }];
  },
);

const cronService = rule(
  z.object({ service: flag, cron_schedule: z.string() }),
  ({ service, cron_schedule: seen }): Issue[] =>
    service
      ? [{ rule: "cron", path: ["cron_schedule"], message: "may only be used with non-service jobs", seen }]
      : [],
);

const totalFailures = rule(
  z.object({
    instances: positiveCount.default(1),
    constraints,
    update_config: z.object({ max_total_failures: count.default(0) }).prefault({}),
  }),
  ({ instances, constraints, update_config: { max_total_failures: seen } }): Issue[] => {
    const path = ["update_config", "max_total_failures"];
    if (seen >= instances) {
      const message = `must be less than the job's instances (${instances})`;
      return [{ rule: "update", path, message, seen }];
    }
    const least = Math.floor(instances * DEDICATED_SHARE);
    if (constraints["dedicated"] === undefined || seen >= least) return [];
    const message = `must be at least ${least}, 2 % of the instances (${instances}), as the job is dedicated`;
    return [{ rule: "update", path, message, seen }];
  },
);

const dedicatedRole = rule(
  z.object({ role: z.string(), constraints: z.object({ dedicated: z.string() }) }),
  ({ role, constraints: { dedicated: seen } }): Issue[] => {
    const constraint = parseSchedulingConstraint(seen);
    if ("problem" in constraint) return [];
    const [value = "", ...more] =
      "values" in constraint && !constraint.negated ? constraint.values : ["", ""];
    const [owner = ""] = value.split("/");
    const isOne = more.length === 0 && owner !== "";
    if (isOne && (owner === role || owner === "*")) return [];
    const path = ["constraints", "dedicated"];
    const allowed = [`${role}/…`, "*/…"];
    const message = isOne
      ? `Only ${owner} may use hosts dedicated for that role`
      : "must be a single value that is not negated, as in www-data/web";
    return [{ rule: "value", path, message, seen, allowed }];
  },
);

const staticPorts = rule(
  z.object({ announce: announcerSchema, constraints }),
  ({ announce: { portmap }, constraints }): Issue[] =>
    Object.entries(portmap).flatMap(([port, target]) => {
      const isStatic = typeof target === "number" || staticPort(target) !== undefined;
      if (!isStatic || constraints["dedicated"] !== undefined) return [];
      const message =
        'Job must be dedicated in order to specify static ports! Add constraints: {"dedicated": …}';
      return [{ rule: "ports", path: ["announce", "portmap", port], message, seen: target }];
    }),
);

const portCycles = rule(z.object({ announce: announcerSchema }), ({ announce }): Issue[] => {
  const resolved = resolvePorts(announce.portmap, {});
  if (!("problem" in resolved)) return [];
  return [{ rule: "ports", path: ["announce", "portmap"], message: resolved.problem }];
});

/** What Aurora's client and scheduler refuse about a job as a whole. */
export const JOB_RULES: readonly ((job: unknown) => Issue[])[] = [
  resources,
  inheritedName,
  cronService,
  totalFailures,
  dedicatedRole,
  staticPorts,
  portCycles,
];
