import type { LogFormat } from "@borealis/executor";
import { Command, Option } from "commander";
import { env } from "./env.ts";
import { bindingOption, collectEnvironment } from "./task-env-values.ts";
import { collectPort, collectText } from "./values.ts";

export interface SimpleRunOptions {
  readonly stateDir: string;
  readonly name: string;
  readonly user?: string;
  readonly port?: Readonly<Record<string, number>>;
  readonly bind?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly taskId?: string;
  readonly enforceResources?: boolean;
  readonly log: LogFormat;
}

export function simpleRunCommand(): Command {
  return new Command("simplerun")
    .description("run a command line as a task of one process, without a configuration and without ZooKeeper")
    .argument("<command...>", "run by /bin/bash -c, its words joined by blanks")
    .option("--name <name>", "of the task and of its process", "simple")
    .option("--user <name>", "whose rights it gets, when we are root (default: ours)")
    .option(
      "-P, --port <name:port>",
      "a port it has as {{thermos.ports[name]}}, may be repeated",
      collectPort,
    )
    .option("--bind <name=value>", "fill references to a name in, may be repeated", collectText)
    .addOption(bindingOption())
    .option("--env <name=value>", "a variable of its environment, may be repeated", collectEnvironment)
    .option(
      "--task-id <id>",
      "its id; a task of this id that nobody has is gone on with (default: from name and time)",
    )
    .option("--enforce-resources", "hold it to one core and 256 MB, where this host can")
    .addOption(
      new Option("--log <format>", "what happens to it, on stderr")
        .choices(["text", "json"])
        .default(process.stderr.isTTY ? "text" : "json", "text on a terminal, else json"),
    )
    .option("--state-dir <dir>", "where its sandbox and logs live", env.stateDirectory)
    .addHelpText(
      "after",
      "\nOptions of the command itself come after --, as in: borealis executor simplerun -- ls -l /",
    )
    .action(async (words: readonly string[], options: SimpleRunOptions) => {
      const { simpleRun } = await import("./task-simplerun.ts");
      await simpleRun(words, options);
    });
}
