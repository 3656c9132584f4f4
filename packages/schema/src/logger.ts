import { count, object, oneOf, positiveCount } from "./values.ts";

const MEGABYTE = 1024 ** 2;

const destination = oneOf(["file", "console", "both", "none"]).meta({
  id: "LoggerDestination",
  description: "Where a process's output goes.",
});

const mode = oneOf(["standard", "rotate"]).meta({
  id: "LoggerMode",
  description: "Whether log files are rotated.",
});

const rotatePolicySchema = object("RotatePolicy", "When log files are rotated, and how many are kept.", {
  log_size: positiveCount.default(100 * MEGABYTE).describe("Bytes at which a log file is rotated."),
  backups: count.default(5).describe("Rotated files that are kept."),
});

/** Of the last releases of Aurora; the 2014 reference has none. */
export const loggerSchema = object("Logger", "What becomes of a process's output.", {
  destination: destination.default("file").describe("Where the output goes."),
  mode: mode.default("standard").describe("`rotate`: log files are rotated."),
  rotate: rotatePolicySchema.optional().describe("When and how, with mode `rotate`."),
});
