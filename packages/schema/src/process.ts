import { z } from "zod";
import { fileName } from "./identifier.ts";
import { count, flag, seconds, text } from "./values.ts";

/**
 * One command line of a task, run by `/bin/bash -c` in the sandbox.
 * `min_duration` is in seconds, from the end of one run to the start of the next.
 * `max_failures` 0 means no limit. Defaults are the 2014 reference's: `min_duration` is 15 there, 5 in Aurora's code.
 */
export const processSchema = z.strictObject({
  name: fileName,
  cmdline: text.min(1, "must not be empty"),
  max_failures: count.default(1),
  daemon: flag.default(false),
  ephemeral: flag.default(false),
  min_duration: seconds.default(15),
  final: flag.default(false),
});

export type Process = z.output<typeof processSchema>;
