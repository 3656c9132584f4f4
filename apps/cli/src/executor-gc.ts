import { Command, InvalidArgumentError } from "commander";
import { env } from "./env.ts";
import { duration } from "./health-duration.ts";
import { wholeNumber } from "./values.ts";

export interface GcOptions {
  readonly stateDir: string;
  /** Seconds. */
  readonly maxAge?: number;
  readonly maxTasks?: number;
  /** Bytes. */
  readonly maxSpace?: number;
  readonly keepData?: boolean;
  readonly deleteData?: boolean;
  readonly keepLogs?: boolean;
  readonly keepMetadata?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

const BYTES_OF: Readonly<Record<string, number>> = { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

export function gcCommand(): Command {
  return new Command("gc")
    .description(
      "remove what finished tasks have left: sandboxes, logs, checkpoints; never of an active task",
    )
    .argument("[task-id...]", "only these (default: all that are finished)")
    .option("--max-age <time>", "those that ended longer ago than this: 90s, 30m, 2h, 1d", duration)
    .option("--max-tasks <n>", "the oldest of more than this many", wholeNumber(0))
    .option("--max-space <bytes>", "the oldest of those that take more together: 500MB, 10GB", byteCount)
    .option("--keep-data", "not what is in sandboxes, logs included")
    .option("--delete-data", "that, too (default)")
    .option("--keep-logs", "not the logs")
    .option("--keep-metadata", "not the checkpoints, so that status still shows them")
    .option("--dry-run", "only tell")
    .option("--force", "without asking")
    .option("--state-dir <dir>", "the executor's", env.stateDirectory)
    .addHelpText("after", "\nWithout --max-age, --max-tasks and --max-space all of them go.")
    .action(async (taskIds: readonly string[], options: GcOptions) => {
      const { gc } = await import("./task-gc.ts");
      await gc(taskIds, options);
    });
}

/** `500MB`, `1.5GB`: in thousands. */
export function byteCount(text: string): number {
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?) ?([kKMGT]?B)$/.exec(text) ?? [];
  const bytes = Number(digits) * (BYTES_OF[unit] ?? Number.NaN);
  // A number alone could be megabytes as well as bytes, so it is not guessed.
  if (!(bytes >= 0)) {
    throw new InvalidArgumentError(
      "Write a number with B, kB, MB, GB or TB behind it, as in 500MB or 1.5GB.",
    );
  }
  return Math.round(bytes);
}
