import { fractionalSeconds, object, seconds, someText, text } from "./values.ts";

const httpLifecycleConfigSchema = object("HttpLifecycleConfig", "Whom to tell before a task is stopped.", {
  port: someText.default("health").describe("The name of the port that is told."),
  graceful_shutdown_endpoint: text.default("/quitquitquit").describe("POSTed to first."),
  shutdown_endpoint: text.default("/abortabortabort").describe("POSTed to next."),
  graceful_shutdown_wait_secs: seconds.default(5).describe("From the first to the next."),
  shutdown_wait_secs: seconds.default(5).describe("From the next to signals."),
});

/** Came after 2014, when every task was told. */
export const lifecycleConfigSchema = object("LifecycleConfig", "How a task is asked to stop.", {
  drain_wait_secs: fractionalSeconds
    .optional()
    .describe(
      "Between leaving the ServerSet and the first request or signal; 0 unless given. Not in Aurora.",
    ),
  http: httpLifecycleConfigSchema.optional().describe("Absent: it is not asked, only signalled."),
});
