import { Command } from "commander";
import { type CommonOptions, common } from "./executor-options.ts";
import { settingsOf } from "./executor-settings.ts";

export function agentCommand(): Command {
  const command = new Command("agent")
    .description("run every instance that a directory of task manifests names")
    .argument(
      "<directory>",
      'holds *.json: {"config": "../jobs/hello.json", "instance": 0, "ports": {"http": 8080}}',
    )
    .addHelpText("after", "\nThe directory is read once, at start.");
  return common(command).action(async (directory: string, options: CommonOptions) => {
    const settings = await settingsOf(options, "host");
    const { agent } = await import("@borealis/executor");
    process.exitCode = await agent(directory, settings, options.log);
  });
}
