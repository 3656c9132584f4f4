import { z } from "zod";
import { healthCheckerConfigSchema } from "./health-checker.ts";
import { identifier } from "./identifier.ts";
import { count, fractionalSeconds, object, oneOf, secondsFrom, someText } from "./values.ts";

/** How results are counted: Aurora's rule of 2014, or the one of 0.17 and later. */
export const HEALTH_POLICIES = ["initial_delay", "initial_delay_strict", "grace"] as const;
export type HealthPolicyName = (typeof HEALTH_POLICIES)[number];

/** What becomes of an instance whose check says that it is unhealthy. */
export const UNHEALTHY_POLICIES = ["fail_task", "withdraw"] as const;
export type UnhealthyPolicy = (typeof UNHEALTHY_POLICIES)[number];

/**
 * - `startup`: until it has passed, no other check is made
 * - `readiness`: announces and withdraws
 * - `liveness`: the task fails with it
 */
export const CHECK_ROLES = ["startup", "readiness", "liveness"] as const;
export type CheckRole = (typeof CHECK_ROLES)[number];

/** The check that Aurora had. */
export const AURORA_ROLES = ["readiness", "liveness"] as const satisfies readonly CheckRole[];

/** One job must not take the processor of all. */
const SHORTEST_INTERVAL_SECS = 0.01;
const SHORTEST_TIMEOUT_SECS = 0.001;

/** All times in seconds, fractions allowed. */
const timing = {
  initial_interval_secs: fractionalSeconds
    .default(15)
    .describe("No check before; by `grace`, no failure counts before. Fractions are allowed."),
  interval_secs: secondsFrom(SHORTEST_INTERVAL_SECS)
    .default(10)
    .describe("From one check to the next, however long it took."),
  timeout_secs: secondsFrom(SHORTEST_TIMEOUT_SECS).default(1).describe("For the whole exchange."),
  max_consecutive_failures: count.default(0).describe("Forgiven in a row; the next one counts."),
  min_consecutive_successes: count
    .default(1)
    .describe("In a row, until it is healthy, by `grace`; else the first one counts."),
  health_checker: healthCheckerConfigSchema
    .prefault({ http: {} })
    .describe("What a check does; unless given, `GET /health` for `ok`."),
  policy: oneOf(HEALTH_POLICIES)
    .optional()
    .describe("How results count; `initial_delay`, as in 2014, unless given. `grace`: as since 0.17."),
  on_unhealthy: oneOf(UNHEALTHY_POLICIES)
    .optional()
    .describe("`fail_task` or `withdraw`. Unless given, `withdraw` for readiness alone, else `fail_task`."),
};

/** What is not in the reference of 2014 came later. */
export const healthCheckConfigSchema = object(
  "HealthCheckConfig",
  "When health is checked, and what counts.",
  timing,
);

const roles = z
  .array(oneOf(CHECK_ROLES), { error: "must be a list of startup, readiness or liveness" })
  .min(1, "must name a role")
  .superRefine((given, context) => {
    if (given.length < 2 || !given.includes("startup")) return;
    const message =
      "must be startup alone, or readiness, liveness or both: a startup check ends when it has passed";
    context.addIssue({ code: "custom", message });
  });

const healthCheckSchema = object("HealthCheck", "One of several checks of a task.", {
  name: identifier.describe("Of its own within the job; `health` is the name of `health_check_config`."),
  roles: roles.optional().describe("`startup`, or `readiness`, `liveness` or both; both unless given."),
  port: someText.optional().describe("The name of the port it asks; `health` unless given."),
  ...timing,
});

/** More than the one check of `health_check_config`. Not in Aurora. */
export const healthChecksSchema = z
  .array(healthCheckSchema, { error: "must be a list of HealthCheck objects" })
  .superRefine((checks, context) => {
    const seen = new Set(["health"]);
    for (const [index, { name }] of checks.entries()) {
      if (seen.has(name)) {
        const message = `must be another: a check named "${name}" is there already`;
        context.addIssue({ code: "custom", path: [index, "name"], message });
      }
      seen.add(name);
    }
  });

type Checked = z.output<typeof healthCheckConfigSchema>;
type Since2014 = "health_checker" | "min_consecutive_successes";

/** What came later may be absent where somebody else than a job says how to check. */
export type HealthCheckConfig = Omit<Checked, Since2014> & Partial<Pick<Checked, Since2014>>;
export type HealthCheck = z.output<typeof healthCheckSchema>;
export type HealthChecker = z.output<typeof healthCheckerConfigSchema>;
export type HttpHealthChecker = NonNullable<HealthChecker["http"]>;
export type HealthCheckTls = NonNullable<HttpHealthChecker["tls"]>;
