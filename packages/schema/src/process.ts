import type { z } from "zod";
import { fileName } from "./identifier.ts";
import { loggerSchema } from "./logger.ts";
import { resourcesSchema } from "./resources.ts";
import { count, flag, object, seconds, someText } from "./values.ts";

/** Defaults are the 2014 reference's: `min_duration` is 15 there, 5 in Aurora's code. */
export const processSchema = object("Process", "A command line of a task, run in its sandbox.", {
  name: fileName.describe("A file name: no `/`, no leading `.`; no two processes of a task share one."),
  cmdline: someText.describe("Run by `/bin/bash -c`."),
  max_failures: count.default(1).describe("Failed runs until the process has failed; 0: no limit."),
  daemon: flag.default(false).describe("Success does not end it: it runs again."),
  ephemeral: flag.default(false).describe("The task does not wait for it."),
  min_duration: seconds.default(15).describe("From the end of a run to the start of the next."),
  final: flag.default(false).describe("Runs when the others have ended."),
  resources: resourcesSchema.optional().describe("Kept; Aurora never used it."),
  logger: loggerSchema.optional().describe("What becomes of its output; log files without one."),
});

export type Process = z.output<typeof processSchema>;
