import { isIP } from "node:net";
import { resolve } from "node:path";
import type { ExecutorSettings, LogFormat } from "@borealis/executor";
import { Command, Option } from "commander";
import { env } from "./env.ts";
import { byteCount, gcCommand } from "./executor-gc.ts";
import { inspectCommand } from "./executor-inspect.ts";
import { killCommand } from "./executor-kill.ts";
import { simpleRunCommand } from "./executor-simplerun.ts";
import { statusCommand } from "./executor-status.ts";
import { tailCommand } from "./executor-tail.ts";
import { EXIT } from "./exit-codes.ts";
import { CliError } from "./fail.ts";
import { duration } from "./health-duration.ts";
import { serverSetRoot } from "./root.ts";
import { bindingOption, collectEnvironment } from "./task-env-values.ts";
import {
  collectAlias,
  collectPort,
  collectText,
  listenAddress,
  secondsAbove,
  wholeNumber,
} from "./values.ts";
import { readSecurity, type SecurityOptions, withSecurityOptions } from "./zookeeper-security.ts";

/** A day; ZooKeeper grants 40 s unless it is told otherwise. */
const LONGEST_SESSION_S = 86_400;

interface CommonOptions extends SecurityOptions {
  readonly zk?: string;
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

interface InstanceOptions extends CommonOptions {
  readonly instance: number;
  readonly port?: Record<string, number>;
  readonly bind?: readonly string[];
  readonly includeRoot?: string;
  readonly configTimeout?: number;
}

interface RunOptions extends Omit<InstanceOptions, "zk"> {
  readonly zk?: string | false;
  readonly taskId?: string;
}

interface SidecarOptions extends InstanceOptions {
  readonly config?: string;
  readonly primaryPort?: string;
  readonly portmap?: Record<string, string>;
  readonly initialIntervalSecs?: number;
  readonly intervalSecs?: number;
  readonly timeoutSecs?: number;
  readonly maxConsecutiveFailures?: number;
}

export function executorCommand(): Command {
  return new Command("executor")
    .description("runs, health-checks and announces instances on this host")
    .helpCommand(false)
    .addCommand(runCommand())
    .addCommand(sidecarCommand())
    .addCommand(agentCommand())
    .addCommand(simpleRunCommand())
    .addCommand(statusCommand())
    .addCommand(tailCommand())
    .addCommand(killCommand())
    .addCommand(inspectCommand())
    .addCommand(gcCommand());
}

function runCommand(): Command {
  const command = new Command("run")
    .description("run one instance of a job in the foreground: its processes, its checks, its announcement")
    .argument("<file>", "the job's configuration: .aurora, .ts, .js or .json")
    .argument(
      "[job]",
      "role/environment/name, when the file holds several jobs; of a .thermos file, the task",
    )
    .option("--no-zk", "run the task alone: nothing is claimed, checked, announced or started again")
    .option("--task-id <id>", "with --no-zk: its id; a task of this id that nobody has is gone on with");
  return common(instance(command)).action(
    async (file: string, job: string | undefined, options: RunOptions) => {
      const request = { file, job, ...(await templatesOf(options)) };
      const command = { ...request, instance: options.instance, ports: options.port ?? {} };
      if (options.zk === false) {
        const { runAlone } = await import("@borealis/executor");
        const { taskId } = options;
        process.exitCode = await runAlone(
          { ...command, taskId },
          await alone(options),
          await viewOf(options),
        );
        return;
      }
      const settings = await settingsOf(options, "own");
      const { run } = await import("@borealis/executor");
      process.exitCode = await run(command, settings, options.log, await viewOf(options));
    },
  );
}

function sidecarCommand(): Command {
  const command = new Command("sidecar")
    .description("health-check and announce a service that something else runs")
    .argument("[job]", "role/environment/name the service is announced as")
    .option(
      "--config <file>",
      "the job's configuration: .aurora, .ts, .js or .json; replaces the options below",
    )
    .option("--primary-port <name>", "which port is announced (default: http, else the first given)")
    .option(
      "--portmap <alias:name>",
      "another name for a port, may be repeated; health:http turns checks on",
      collectAlias,
    )
    .option("--initial-interval-secs <s>", "wait before the first check (default: 15)", secondsAbove(0, true))
    .option("--interval-secs <s>", "time from one check to the next (default: 10)", secondsAbove(0, false))
    .option("--timeout-secs <s>", "time a check may take (default: 1)", secondsAbove(0, false))
    .option(
      "--max-consecutive-failures <n>",
      "failures in a row that are forgiven (default: 0)",
      wholeNumber(0),
    )
    .addHelpText(
      "after",
      `
Checked is what has a port named health: give it with -P health:<port> or --portmap health:http.
GET /health must answer 2xx and "ok" within the time. Without such a port the service is announced at once.`,
    );
  return common(instance(command)).action(async (job: string | undefined, options: SidecarOptions) => {
    const settings = await settingsOf(options, "own");
    const { sidecar } = await import("@borealis/executor");
    const health = Object.entries({
      initial_interval_secs: options.initialIntervalSecs,
      interval_secs: options.intervalSecs,
      timeout_secs: options.timeoutSecs,
      max_consecutive_failures: options.maxConsecutiveFailures,
    }).filter((entry): entry is [string, number] => entry[1] !== undefined);
    process.exitCode = await sidecar(
      {
        job,
        file: options.config,
        ...(await templatesOf(options)),
        instance: options.instance,
        ports: options.port ?? {},
        primaryPort: options.primaryPort,
        portmap: options.portmap,
        health: Object.fromEntries(health),
      },
      settings,
      options.log,
    );
  });
}

function agentCommand(): Command {
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

function instance(command: Command): Command {
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
async function templatesOf({ bind = [], includeRoot, configTimeout }: Omit<InstanceOptions, "zk">) {
  const { bindsOf } = await import("./binds.ts");
  const timeoutMs = configTimeout === undefined ? undefined : configTimeout * MILLISECONDS;
  return { binds: bindsOf(bind), includeRoot, timeoutMs };
}

function common(command: Command): Command {
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

const MILLISECONDS = 1000;

/** On a terminal, where people read the log as well. */
async function viewOf({ log }: Pick<CommonOptions, "log">) {
  if (log !== "text" || !process.stderr.isTTY) return undefined;
  const { systemClock } = await import("@borealis/clock");
  const { LiveScreen } = await import("./live-screen.ts");
  return new LiveScreen(process.stderr, systemClock);
}

/** What holds for a task that is run without ZooKeeper. */
async function alone(options: RunOptions) {
  const { systemClock } = await import("@borealis/clock");
  return {
    stateDirectory: resolve(options.stateDir),
    asCurrentUser: options.asCurrentUser ?? false,
    currentUser: env.user,
    enforceResources: options.enforceResources ?? false,
    environment: options.env ?? {},
    format: options.log,
    clock: systemClock,
  };
}

/** `own`: this process is one of several executors of the host. `host`: it is the host's executor. */
async function settingsOf(
  options: Omit<CommonOptions, "zk"> & Pick<RunOptions, "zk">,
  scope: "own" | "host",
): Promise<ExecutorSettings> {
  const { isLoopback } = await import("@borealis/executor");
  const { systemClock } = await import("@borealis/clock");
  const zooKeeper = options.zk || env.zooKeeper;
  if (zooKeeper === undefined || zooKeeper === "") {
    const message =
      "which ZooKeeper? Give --zk host:port or set BOREALIS_ZK, or run a task alone with --no-zk";
    throw new CliError(message, EXIT.usage);
  }
  if (!isLoopback(options.listen.host)) {
    const message = `--listen ${options.listen.host}: the observer API has no authentication yet, so it listens on loopback only`;
    throw new CliError(message, EXIT.usage);
  }
  if (!/^[\w.-]+$/.test(options.hostname)) {
    throw new CliError(`--hostname "${options.hostname}" is not a host name`, EXIT.usage);
  }
  const { announcerHostname = options.hostname } = options;
  // An address will do, too: it is only written into members.
  if (!/^[\w.-]+$/.test(announcerHostname) && isIP(announcerHostname) === 0) {
    throw new CliError(`--announcer-hostname "${announcerHostname}" is not a host name`, EXIT.usage);
  }
  return {
    id: scope === "host" ? options.hostname : `${options.hostname}-${process.pid}`,
    host: options.hostname,
    announcedHost: announcerHostname,
    ...(await readSecurity(options)),
    allowCustomServerSetPath: options.announcerAllowCustomServersetPath ?? false,
    zooKeeper,
    sessionTimeoutMs: options.sessionTimeout * MILLISECONDS,
    connectDeadlineMs: options.zkWait * MILLISECONDS,
    claimDeadlineMs: (options.claimWait ?? options.sessionTimeout + 2) * MILLISECONDS,
    serverSetRoot: serverSetRoot(options.root),
    listen: options.listen,
    stateDirectory: resolve(options.stateDir),
    asCurrentUser: options.asCurrentUser ?? false,
    currentUser: env.user,
    announceImmediately: options.announce === "immediately",
    environment: options.env ?? {},
    restartPolicy: {
      initialMs: options.restartDelay * MILLISECONDS,
      maxMs: Math.max(options.restartDelay, options.restartMaxDelay) * MILLISECONDS,
      thresholdMs: options.restartThreshold * MILLISECONDS,
      jitter: 0.1,
    },
    garbage: {
      maxAgeMs: options.gcMaxAge * MILLISECONDS,
      maxTasks: options.gcMaxTasks,
      maxBytes: options.gcMaxSpace,
    },
    enforceResources: options.enforceResources ?? false,
    clock: systemClock,
  };
}
