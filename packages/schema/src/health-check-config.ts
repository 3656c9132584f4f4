import type { z } from "zod";
import { count, fractionalSeconds, object, positiveSeconds, someText, text } from "./values.ts";

const httpHealthCheckerSchema = object("HttpHealthChecker", "What is asked, and what has to be answered.", {
  endpoint: text.default("/health").describe("The path that is asked for."),
  expected_response: text
    .default("ok")
    .describe("The answer's body, in any case; empty: any body and status will do."),
  expected_response_code: count.default(0).describe("The answer's status; 0: as `expected_response` allows."),
});

const shellHealthCheckerSchema = object(
  "ShellHealthChecker",
  "A command line that exits 0 when all is well.",
  {
    shell_command: someText.describe("Run by `/bin/bash -c`."),
  },
);

const healthCheckerConfigSchema = object("HealthCheckerConfig", "What a health check does.", {
  http: httpHealthCheckerSchema.optional().describe("Ask over HTTP, at the port named `health`."),
  shell: shellHealthCheckerSchema
    .optional()
    .describe("Run a command line; refused when an instance starts, so far."),
});

/** All times in seconds, fractions allowed. `health_checker` and `min_consecutive_successes` came after 2014. */
export const healthCheckConfigSchema = object(
  "HealthCheckConfig",
  "When health is checked, and what counts.",
  {
    initial_interval_secs: fractionalSeconds.default(15).describe("No check before; fractions are allowed."),
    interval_secs: positiveSeconds.default(10).describe("From one check to the next, however long it took."),
    timeout_secs: positiveSeconds.default(1).describe("For the whole exchange."),
    max_consecutive_failures: count.default(0).describe("Forgiven in a row; the next one counts."),
    min_consecutive_successes: count.default(1).describe("Kept; the first one counts."),
    health_checker: healthCheckerConfigSchema
      .prefault({ http: {} })
      .describe("What a check asks; unless given, `GET /health` for `ok`."),
  },
);

type Checked = z.output<typeof healthCheckConfigSchema>;
type Since2014 = "health_checker" | "min_consecutive_successes";

/** What came later may be absent where somebody else than a job says how to check. */
export type HealthCheckConfig = Omit<Checked, Since2014> & Partial<Pick<Checked, Since2014>>;
