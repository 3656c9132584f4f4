import { Command, Option } from "commander";
import { env } from "./env.ts";

const OUTPUTS = ["table", "json", "ndjson"] as const;

export interface StatusOptions {
  readonly stateDir: string;
  readonly only?: "active" | "finished";
  readonly verbose?: boolean;
  readonly output: (typeof OUTPUTS)[number];
}

export function statusCommand(): Command {
  const preset = OUTPUTS.find((each) => each === env.output) ?? "table";
  return new Command("status")
    .description("list the tasks of this host: those that run, and those that have ended")
    .argument("[regex...]", "only those whose task id or instance begins like this")
    .addOption(new Option("--only <kind>", "only these").choices(["active", "finished"]))
    .option("-v, --verbose", "user, ports, sandbox and processes as well")
    .addOption(
      new Option("-o, --output <format>", "table, json, or ndjson: one JSON object a line")
        .choices(OUTPUTS)
        .default(preset),
    )
    .option("--state-dir <dir>", "the executor's", env.stateDirectory)
    .action(async (patterns: readonly string[], options: StatusOptions) => {
      const { status } = await import("./task-status.ts");
      await status(patterns, options);
    });
}
