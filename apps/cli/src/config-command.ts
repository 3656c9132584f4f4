import { Command, Option } from "commander";
import { env } from "./env.ts";
import { collectPort, collectText, secondsAbove, wholeNumber } from "./values.ts";

/** How configurations are loaded. */
export interface LoadFlags {
  readonly bind?: readonly string[];
  readonly timeout?: number;
  readonly includeRoot?: string;
}

export interface TableFlags extends LoadFlags {
  readonly output: "table" | "json";
}

export interface ValidateFlags extends LoadFlags {
  readonly output: "text" | "json" | "sarif";
  readonly strict?: boolean;
}

export interface InspectFlags extends TableFlags {
  readonly instance?: number;
  readonly port?: Readonly<Record<string, number>>;
}

const FILE = "a configuration: .aurora, .thermos, .ts, .js or .json";

export function configCommand(): Command {
  return new Command("config")
    .description("reads configurations: lists their jobs, checks, explains and compares them")
    .helpCommand(false)
    .addCommand(listCommand())
    .addCommand(validateCommand())
    .addCommand(inspectCommand())
    .addCommand(diffCommand())
    .addCommand(schemaCommand());
}

function listCommand(): Command {
  return loading(new Command("list"))
    .description("list the jobs of configurations")
    .argument("<file...>", FILE)
    .addOption(tableOrJson())
    .action(async (files: readonly string[], flags: TableFlags) => {
      const { list } = await import("./config-list.ts");
      await list(files, flags);
    });
}

function validateCommand(): Command {
  return loading(new Command("validate"))
    .description("tell everything that is wrong with configurations, and where; exit code 3 when anything is")
    .argument("<file...>", FILE)
    .addOption(
      new Option("-o, --output <format>", "text, json, or sarif for code scanners and editors")
        .choices(["text", "json", "sarif"])
        .default(env.output === "json" ? "json" : "text"),
    )
    .option("--strict", "exit with 3 for warnings too")
    .action(async (files: readonly string[], flags: ValidateFlags) => {
      const { validate } = await import("./config-validate.ts");
      await validate(files, flags);
    });
}

function inspectCommand(): Command {
  return loading(new Command("inspect"))
    .description("show what a job comes to: values and defaults, the order of its processes, its ports")
    .argument("<file>", FILE)
    .argument("[job]", "its name or [cluster/]role/environment/name, when the file holds several")
    .option("--instance <n>", "bind what only an instance knows as this one would", wholeNumber(0))
    .option("-P, --port <name:port>", "a port the instance has, may be repeated", collectPort)
    .addOption(tableOrJson())
    .action(async (file: string, job: string | undefined, flags: InspectFlags) => {
      const { inspect } = await import("./config-inspect.ts");
      await inspect(file, job, flags);
    });
}

function diffCommand(): Command {
  return loading(new Command("diff"))
    .description("compare two configurations by what they mean; exit code 1 when they differ")
    .argument("<before>", FILE)
    .argument("<after>", FILE)
    .addOption(tableOrJson())
    .addHelpText(
      "after",
      `
Jobs are matched by key, processes by name. A default that is written out, another order of attributes or another way to
write the same order of processes is no difference.`,
    )
    .action(async (before: string, after: string, flags: TableFlags) => {
      const { diff } = await import("./config-diff.ts");
      await diff(before, after, flags);
    });
}

function schemaCommand(): Command {
  return new Command("schema")
    .description("print the JSON Schema of .json configurations, for editors")
    .action(async () => {
      const { jobsJsonSchema } = await import("@borealis/schema");
      process.stdout.write(`${JSON.stringify(jobsJsonSchema(), undefined, 2)}\n`);
    });
}

function loading(command: Command): Command {
  return command
    .option(
      "--bind <name=value>",
      "fill references to a name in, may be repeated; wins over bindings of the file",
      collectText,
    )
    .option(
      "--timeout <s>",
      "how long a configuration that is a program may run (default: 10)",
      secondsAbove(0, false),
    )
    .option(
      "--include-root <dir>",
      "files may be included from here and below (default: where the configuration is)",
    );
}

function tableOrJson(): Option {
  return new Option("-o, --output <format>", "table or json")
    .choices(["table", "json"])
    .default(env.output === "json" ? "json" : "table");
}
