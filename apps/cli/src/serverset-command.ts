import { Command, Option } from "commander";
import { env } from "./env.ts";
import { EXIT } from "./exit-codes.ts";
import { CliError } from "./fail.ts";
import { wholeNumber } from "./values.ts";
import { type SecurityOptions, withSecurityOptions } from "./zookeeper-security.ts";

const OUTPUTS = ["table", "json", "ndjson"] as const;

export interface ServerSetOptions extends SecurityOptions {
  readonly zk?: string;
  readonly root: string;
  readonly output: (typeof OUTPUTS)[number];
  readonly timeout: number;
}

export interface GetOptions extends ServerSetOptions {
  readonly min?: number;
}

export function serverSetCommand(): Command {
  return new Command("serverset")
    .description("reads ServerSets: lists them, shows their members, follows their changes")
    .helpCommand(false)
    .addCommand(
      common(new Command("ls"))
        .description("list ServerSets with their number of members")
        .argument(
          "[path]",
          "where to look: a role, role/environment or a znode's path (default: the ServerSet root)",
        )
        .action(async (path: string | undefined, options: ServerSetOptions) => {
          const { ls } = await import("./serverset-actions.ts");
          await ls(path, withZooKeeper(options));
        }),
    )
    .addCommand(
      common(new Command("get"))
        .description("show the members of a ServerSet")
        .argument("<set>", "a job, role/environment/name, or a znode's path")
        .option("--min <n>", "exit with 1 when there are fewer members", wholeNumber(0))
        .action(async (set: string, options: GetOptions) => {
          const { get } = await import("./serverset-actions.ts");
          await get(set, withZooKeeper(options));
        }),
    )
    .addCommand(
      common(new Command("watch"))
        .description("print the members of a ServerSet, then every change, until interrupted")
        .argument("<set>", "a job, role/environment/name, or a znode's path")
        .addHelpText(
          "after",
          `
Events: RESYNC (the whole set: first, and after a reconnection), ADD, REMOVE, CHANGE, DISCONNECTED, PROBLEM.
With -o json or ndjson each event is one JSON object a line.`,
        )
        .action(async (set: string, options: ServerSetOptions) => {
          const { watch } = await import("./serverset-actions.ts");
          await watch(set, withZooKeeper(options));
        }),
    );
}

function common(command: Command): Command {
  const output = new Option("-o, --output <format>", "table, json, or ndjson: one JSON object a line");
  const preset = OUTPUTS.find((each) => each === env.output) ?? "table";
  const common = command
    .option("--zk <host:port,…>", "ZooKeeper (default: $BOREALIS_ZK)")
    .option("--root <path>", "where ServerSets live", env.serverSetRoot ?? "/aurora")
    .addOption(output.choices(OUTPUTS).default(preset))
    .option("--timeout <s>", "how long to wait for ZooKeeper and its answer", wholeNumber(1), 10);
  return withSecurityOptions(common);
}

function withZooKeeper<T extends ServerSetOptions>(options: T): T & { zk: string } {
  const zk = options.zk ?? env.zooKeeper;
  if (zk === undefined || zk === "") {
    throw new CliError("which ZooKeeper? Give --zk host:port or set BOREALIS_ZK", EXIT.usage);
  }
  return { ...options, zk };
}
