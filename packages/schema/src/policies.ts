import { z } from "zod";
import { count, flag, object, seconds, someText } from "./values.ts";

export const partitionPolicySchema = object("PartitionPolicy", "What to do when a host is cut off.", {
  reschedule: flag.default(true).describe("Start the instance elsewhere."),
  delay_secs: seconds.default(0).describe("Wait for so long before."),
});

const percentage = z
  .number({ error: "must be a number" })
  .min(0, "must be from 0 to 100")
  .max(100, "must be from 0 to 100");
const duration = seconds.describe("For so long.");

const coordinatorSlaPolicySchema = object("CoordinatorSlaPolicy", "Somebody is asked.", {
  coordinator_url: someText.describe("Who is asked."),
  status_key: someText.default("drain").describe("The attribute of the answer that says yes or no."),
});

const countSlaPolicySchema = object("CountSlaPolicy", "So many instances have to run.", {
  count: count.describe("Instances."),
  duration_secs: duration,
});

const percentageSlaPolicySchema = object("PercentageSlaPolicy", "Such a part of the instances has to run.", {
  percentage: percentage.describe("Percent, from 0 to 100."),
  duration_secs: duration,
});

/** When an instance may be taken away for maintenance. */
export const slaPolicyChoice = z.union([
  coordinatorSlaPolicySchema,
  countSlaPolicySchema,
  percentageSlaPolicySchema,
]);
