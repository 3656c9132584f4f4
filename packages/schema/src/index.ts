export { type Announcer, announcerSchema } from "./announcer.ts";
export { type BindContext, bindCommand, bindTexts, portReferences } from "./bind.ts";
export { type CheckedJob, type CheckedTask, checkJob, checkTask } from "./check.ts";
export * from "./check-report.ts";
export { closest } from "./closest.ts";
export { cronProblem, nextRuns } from "./cron.ts";
export * from "./executor-api.ts";
export {
  AURORA_ROLES,
  CHECK_ROLES,
  type CheckRole,
  HEALTH_POLICIES,
  type HealthCheck,
  type HealthCheckConfig,
  type HealthChecker,
  type HealthCheckTls,
  type HealthPolicyName,
  type HttpHealthChecker,
  healthCheckConfigSchema,
  healthChecksSchema,
  UNHEALTHY_POLICIES,
  type UnhealthyPolicy,
} from "./health-check-config.ts";
export { DEFAULT_ENVIRONMENT, environment, identifier } from "./identifier.ts";
export type { Issue } from "./issue.ts";
export { type Job, jobKeyOf, jobSchema } from "./job.ts";
export { formatInstanceKey, formatJobKey, type InstanceKey, type JobKey, parseJobKey } from "./job-key.ts";
export { jobsJsonSchema } from "./json-schema.ts";
export * from "./paths.ts";
export { predecessors } from "./plan-rules.ts";
export { type Ports, resolvePorts, staticPort } from "./ports.ts";
export { formatPath, formatProblem, type Problem, type ProblemRule } from "./problem.ts";
export type { Process } from "./process.ts";
export type { Resources } from "./resources.ts";
export * from "./states.ts";
export { parseStatusRanges, type StatusRange } from "./status-ranges.ts";
export { type Constraint, type Task, taskSchema } from "./task.ts";
export type { UpdateConfig } from "./update-config.ts";
