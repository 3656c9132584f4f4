import type { LogFormat } from "@borealis/executor";
import { type Command, Option } from "commander";
import { env } from "./env.ts";
import { byteCount } from "./executor-gc.ts";
import { duration } from "./health-duration.ts";
import { bindingOption, collectEnvironment } from "./task-env-values.ts";
import { collectPort, collectText, listenAddress, secondsAbove, wholeNumber } from "./values.ts";
import { type SecurityOptions, withSecurityOptions } from "./zookeeper-security.ts";

/** A day; ZooKeeper grants 40 s unless it is told otherwise. */
const LONGEST_SESSION_S = 86_400;

const MILLISECONDS = 1000;

/** Of every command that is an executor. */
export interface CommonOptions extends SecurityOptions {
  /** False: without any. */
  readonly zk?: string | false;
  readonly root: string;
  readonly hostname: string;
  readonly announcerHostname?: string;
  readonly announcerAllowCustomServersetPath?: boolean;
  readonly listen: { host: string; port: number };
  readonly stateDir: string;
  readonly asCurrentUser?: boolean;
  readonly announce: "healthy" | "immediately";
  readonly sessionTimeout: number;
  readonly zkWait: number;
  readonly claimWait?: number;
  readonly log: LogFormat;
  readonly env?: Record<string, string>;
  readonly restartDelay: number;
  readonly restartMaxDelay: number;
  readonly restartThreshold: number;
  readonly gcMaxAge: number;
  readonly gcMaxTasks: number;
  readonly gcMaxSpace: number;
  readonly enforceResources?: boolean;
}

/** Of those that have one instance. */
export interface InstanceOptions extends CommonOptions {
  readonly instance: number;
  readonly port?: Record<string, number>;
  readonly bind?: readonly string[];
  readonly includeRoot?: string;
  readonly configTimeout?: number;
}

export function instance(command: Command): Command {
  return command
    .option("--instance <n>", "which instance of the job this is", wholeNumber(0), 0)
    .option("-P, --port <name:port>", "a port the instance has, may be repeated", collectPort)
    .option("--bind <name=value>", "fill references to a name in, may be repeated", collectText)
    .addOption(bindingOption())
    .option(
      "--include-root <dir>",
      "a configuration may include files from here and below (default: its own directory)",
    )
    .option(
      "--config-timeout <s>",
      "how long a configuration that is a program may run (default: 10)",
      secondsAbove(0, false),
    );
}

/** What the configuration's templates are filled in with. */
export async function templatesOf({ bind = [], includeRoot, configTimeout }: InstanceOptions) {
  const { bindsOf } = await import("./binds.ts");
  const timeoutMs = configTimeout === undefined ? undefined : configTimeout * MILLISECONDS;
  return { binds: bindsOf(bind), includeRoot, timeoutMs };
}

export function common(command: Command): Command {
  return withSecurityOptions(command)
    .addOption(new Option("--zk <host:port,…>", "ZooKeeper (default: $BOREALIS_ZK)"))
    .option("--root <path>", "where ServerSets live", env.serverSetRoot ?? "/aurora")
    .option("--hostname <name>", "this host, as it is announced and shown", env.hostname)
    .option("--announcer-hostname <name>", "this host, as it is announced (default: --hostname)")
    .option("--announcer-zookeeper-auth-config <file>", "Aurora's name for --zk-auth-config")
    .option(
      "--announcer-allow-custom-serverset-path",
      "let a job's announce.zk_path take the place of its whole ServerSet path",
    )
    .addOption(
      new Option("--listen <host:port>", "where the observer API listens; loopback only")
        .argParser(listenAddress)
        .default({ host: "127.0.0.1", port: 0 }, "127.0.0.1:0, a free port"),
    )
    .option(
      "--state-dir <dir>",
      "tasks, sandboxes and the file of the ZooKeeper session live here",
      env.stateDirectory,
    )
    .option(
      "--env <NAME=value>",
      "added to the environment of every process, may be repeated",
      collectEnvironment,
    )
    .option(
      "--restart-delay <s>",
      "how long a task that flaps waits at first; twice as long each time",
      secondsAbove(0, true),
      5,
    )
    .option("--restart-max-delay <s>", "how long it waits at most", secondsAbove(0, true), 300)
    .option(
      "--restart-threshold <s>",
      "a task that ran for so long does not flap",
      secondsAbove(0, true),
      300,
    )
    .addOption(
      new Option("--gc-max-age <time>", "what finished tasks left is removed after this")
        .argParser(duration)
        .default(7 * 86_400, "7d"),
    )
    .option("--gc-max-tasks <n>", "the oldest of more finished tasks than this, too", wholeNumber(0), 1000)
    .addOption(
      new Option("--gc-max-space <bytes>", "the oldest of those that take more together, too")
        .argParser(byteCount)
        .default(10e9, "10GB"),
    )
    .option("--enforce-resources", "hold tasks to their resources, where this host can")
    .option("--as-current-user", "run processes as whoever runs this, not as the job's role")
    .addOption(
      new Option("--announce <when>", "after the first passed check, or as Aurora did")
        .choices(["healthy", "immediately"])
        .default("healthy"),
    )
    .option(
      "--session-timeout <s>",
      "ZooKeeper forgets us after this long without contact",
      secondsAbove(0, false, LONGEST_SESSION_S),
      10,
    )
    .option("--zk-wait <s>", "how long to wait for ZooKeeper at start", secondsAbove(0, false), 10)
    .option(
      "--claim-wait <s>",
      "how long to wait for an earlier executor's claim (default: session timeout + 2)",
      secondsAbove(0, true),
    )
    .addOption(
      new Option("--log <format>", "its log, on stderr")
        .choices(["text", "json"])
        .default(process.stderr.isTTY ? "text" : "json", "text on a terminal, else json"),
    );
}
