import { Command } from "commander";
import { env } from "./env.ts";
import { secondsAbove } from "./values.ts";

export interface KillOptions {
  readonly stateDir: string;
  /** Seconds, or not at all. */
  readonly wait?: number | boolean;
}

export function killCommand(): Command {
  return new Command("kill")
    .description(
      "end active tasks in order: SIGTERM, final processes, SIGKILL when finalization_wait is over",
    )
    .argument("<regex...>", "those whose task id or instance begins like this")
    .option(
      "--wait <s>",
      "how long to wait for each (default: its finalization_wait + 30)",
      secondsAbove(0, false),
    )
    .option("--no-wait", "only ask")
    .option("--state-dir <dir>", "the executor's", env.stateDirectory)
    .action(async (patterns: readonly string[], options: KillOptions) => {
      const { kill } = await import("./task-kill.ts");
      await kill(patterns, options);
    });
}
