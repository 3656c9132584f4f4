import { z } from "zod";
import { count, flag, object, positiveCount, seconds } from "./values.ts";

const autopause = flag.default(false).describe("Stop after each batch until somebody says to go on.");
const batchSize = positiveCount.default(1).describe("Instances at a time.");

const queueUpdateStrategySchema = object("QueueUpdateStrategy", "The next instance as soon as one is done.", {
  batch_size: batchSize,
});

const batchUpdateStrategySchema = object("BatchUpdateStrategy", "A batch when the one before is done.", {
  batch_size: batchSize,
  autopause_after_batch: autopause,
});

const variableBatchUpdateStrategySchema = object(
  "VariableBatchUpdateStrategy",
  "Batches of different sizes.",
  {
    batch_sizes: z
      .array(positiveCount, { error: "must be a list of whole numbers" })
      .min(1, "must hold a batch size")
      .describe("Instances of each batch; the last size goes on."),
    autopause_after_batch: autopause,
  },
);

/** `restart_threshold` is the 2014 reference's and went later; what it does not have came later. */
export const updateConfigSchema = object("UpdateConfig", "How a rolling update proceeds.", {
  batch_size: batchSize,
  restart_threshold: seconds.default(60).describe("Until an instance must be RUNNING."),
  watch_secs: seconds.default(45).describe("It must stay RUNNING for so long."),
  max_per_shard_failures: count.default(0).describe("Restarts of one instance that are forgiven."),
  max_total_failures: count
    .default(0)
    .describe("Failed instances that are forgiven; fewer than `instances`."),
  rollback_on_failure: flag.default(true).describe("A failed update is undone."),
  wait_for_batch_completion: flag.default(false).describe("A batch begins when the one before is done."),
  pulse_interval_secs: positiveCount.optional().describe("The update stops without a pulse for so long."),
  sla_aware: flag.default(false).describe("`sla_policy` is heeded."),
  update_strategy: z
    .union([queueUpdateStrategySchema, batchUpdateStrategySchema, variableBatchUpdateStrategySchema])
    .optional()
    .describe("QueueUpdateStrategy, BatchUpdateStrategy or VariableBatchUpdateStrategy."),
});

export type UpdateConfig = z.output<typeof updateConfigSchema>;
