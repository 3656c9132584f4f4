import { Command, Option } from "commander";
import { env } from "./env.ts";
import { duration } from "./health-duration.ts";
import { wholeNumber } from "./values.ts";
import { type SecurityOptions, withSecurityOptions } from "./zookeeper-security.ts";

const OUTPUTS = ["table", "json", "ndjson"] as const;
const INSTANCE = "role/environment/job/instance, as in www-data/prod/hello/0";

export interface HealthOptions extends SecurityOptions {
  readonly executor?: string;
  readonly zk?: string;
  readonly hostname: string;
  readonly output: (typeof OUTPUTS)[number];
  readonly timeout: number;
}

export interface HistoryOptions extends HealthOptions {
  readonly check?: string;
  readonly transitions?: boolean;
  readonly limit: number;
}

export interface ChangeOptions extends HealthOptions {
  readonly check?: string;
  readonly author: string;
  readonly stateDir?: string;
}

export interface SnoozeOptions extends ChangeOptions {
  readonly for: number;
  readonly reason: string;
  readonly pause?: boolean;
}

export function healthCommand(): Command {
  return new Command("health")
    .description("shows health checks of this host's executors and what they found, and snoozes them")
    .helpCommand(false)
    .addCommand(lsCommand())
    .addCommand(historyCommand())
    .addCommand(snoozeCommand())
    .addCommand(unsnoozeCommand());
}

function lsCommand(): Command {
  return common(new Command("ls"))
    .description("list health checks: state, latest result, snooze")
    .argument("[instance|job]", "only these (default: all executors of this host)")
    .action(async (target: string | undefined, options: HealthOptions) => {
      const { ls } = await import("./health-actions.ts");
      await ls(target, options);
    });
}

function historyCommand(): Command {
  return common(new Command("history"))
    .description("what the checks of an instance found, newest first")
    .argument("<instance>", INSTANCE)
    .option("--check <name>", "only this check")
    .option("--transitions", "only the changes of state, which are remembered for longer")
    .option("--limit <n>", "how many at most, up to 1000", wholeNumber(1), 20)
    .action(async (instance: string, options: HistoryOptions) => {
      const { history } = await import("./health-actions.ts");
      await history(instance, options);
    });
}

function snoozeCommand(): Command {
  return change(new Command("snooze"))
    .description("let health checks have no consequences for a while; what they find is recorded as ever")
    .requiredOption("--for <time>", "how long: 90s, 30m, 2h, 1d; 30 days at most", duration)
    .requiredOption("--reason <text>", "why, for whoever wonders")
    .option("--pause", "do not check at all meanwhile")
    .action(async (instance: string, options: SnoozeOptions) => {
      const { snooze } = await import("./health-actions.ts");
      await snooze(instance, options);
    });
}

function unsnoozeCommand(): Command {
  return change(new Command("unsnooze"))
    .description("end a snooze before its time")
    .action(async (instance: string, options: ChangeOptions) => {
      const { unsnooze } = await import("./health-actions.ts");
      await unsnooze(instance, options);
    });
}

function change(command: Command): Command {
  return common(command)
    .argument("<instance>", INSTANCE)
    .option("--check <name>", "only this check (default: all of the instance)")
    .option("--author <name>", "who does it", env.sudoUser ?? env.user)
    .option(
      "--state-dir <dir>",
      "the executor's, where the token is (default: $BOREALIS_API_TOKEN_FILE, else the executor's default)",
    );
}

function common(command: Command): Command {
  const output = new Option("-o, --output <format>", "table, json, or ndjson: one JSON object a line");
  const preset = OUTPUTS.find((each) => each === env.output) ?? "table";
  const common = command
    .option("--executor <url>", "the executor to ask (default: the one that ZooKeeper knows of)")
    .option("--zk <host:port,…>", "ZooKeeper (default: $BOREALIS_ZK)")
    .option("--hostname <name>", "this host, as its executors were told", env.hostname)
    .addOption(output.choices(OUTPUTS).default(preset))
    .option("--timeout <s>", "how long to wait for each answer", wholeNumber(1), 10);
  return withSecurityOptions(common);
}
