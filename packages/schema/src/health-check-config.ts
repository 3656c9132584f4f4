import { z } from "zod";
import { count, fractionalSeconds, positiveSeconds } from "./values.ts";

/**
 * When a task is checked over HTTP and how many failures in a row are forgiven. All times in seconds, fractions allowed.
 * No check is made before `initial_interval_secs` has passed; 0 failures tolerated means the first one counts.
 */
export const healthCheckConfigSchema = z.strictObject({
  initial_interval_secs: fractionalSeconds.default(15),
  interval_secs: positiveSeconds.default(10),
  timeout_secs: positiveSeconds.default(1),
  max_consecutive_failures: count.default(0),
});

export type HealthCheckConfig = z.output<typeof healthCheckConfigSchema>;
