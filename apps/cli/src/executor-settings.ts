import { isIP } from "node:net";
import { resolve } from "node:path";
import type { ExecutorSettings } from "@borealis/executor";
import { env } from "./env.ts";
import type { CommonOptions } from "./executor-options.ts";
import { EXIT } from "./exit-codes.ts";
import { CliError } from "./fail.ts";
import { serverSetRoot } from "./root.ts";
import { readSecurity } from "./zookeeper-security.ts";

const MILLISECONDS = 1000;

/** `own`: this process is one of several executors of the host. `host`: it is the host's executor. */
export async function settingsOf(options: CommonOptions, scope: "own" | "host"): Promise<ExecutorSettings> {
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
