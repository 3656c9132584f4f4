import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { serves } from "./four-letter-word.ts";
import type { Installation } from "./installation.ts";
import type { Member } from "./member.ts";

export interface ZooKeeperServer {
  readonly port: number;
  /** Where it speaks TLS, when it was asked to. */
  readonly securePort: number | undefined;
  /** To be copied or emptied only while the server is down. */
  readonly dataDirectory: string;
  /** The java process itself. After `kill()` still the old one, until `start()`. */
  readonly pid: number;
  /** Resolves when the process is gone. A server that is gone already is left in peace. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  pause(): void;
  resume(): void;
  /**
   * Starts again after `kill()`, on the same port and data; resolves when it serves. A server of an ensemble serves
   * only when two of three run: start two that are down at the same time, not one after the other.
   */
  start(): Promise<void>;
}

export class ZooKeeperDidNotStart extends Error {
  readonly portTaken: boolean;
  constructor(message: string, portTaken: boolean) {
    super(message);
    this.name = "ZooKeeperDidNotStart";
    this.portTaken = portTaken;
  }
}

const POLL_MS = 25;
const GONE_WITHIN_MS = 10_000;

const JAVA_OPTIONS = [
  // Holds 10,000 nodes with 10,000 watches several times over; untouched memory is never taken.
  "-Xmx256m",
  // Together these halve the time to the first answer; a private server never lives long enough to repay more.
  "-XX:+UseSerialGC",
  "-XX:TieredStopAtLevel=1",
  // Its file under the system's temporary directory would outlive a killed server.
  "-XX:-UsePerfData",
  "-Djava.net.preferIPv4Stack=true",
  "-Dzookeeper.jmx.log4j.disable=true",
  "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
  "-Dorg.slf4j.simpleLogger.showDateTime=true",
  "-Dlogback.configurationFile=logback.xml",
];

export class ServerProcess implements ZooKeeperServer {
  readonly port: number;
  readonly securePort: number | undefined;
  readonly #directory: string;
  readonly #installation: Installation;
  readonly #startDeadlineMs: number;
  readonly #signal: AbortSignal;
  #child: ChildProcess | undefined;

  /** `signal` aborts when the server's ensemble stops; nothing may start after that. */
  constructor(
    directory: string,
    { clientPort, securePort }: Pick<Member, "clientPort" | "securePort">,
    installation: Installation,
    startDeadlineMs: number,
    signal: AbortSignal,
  ) {
    this.#directory = directory;
    this.port = clientPort;
    this.securePort = securePort;
    this.#installation = installation;
    this.#startDeadlineMs = startDeadlineMs;
    this.#signal = signal;
  }

  get dataDirectory(): string {
    return join(this.#directory, "data");
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`The ZooKeeper server on port ${this.port} was never started.`);
    return pid;
  }

  async start(): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#child && !hasEnded(this.#child)) {
      throw new Error(`The ZooKeeper server on port ${this.port} runs already (pid ${this.pid}).`);
    }
    const child = this.#spawn();
    this.#child = child;
    await this.#untilItServes(child);
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return;
    child.kill(signal);
    await Promise.race([once(child, "exit"), sleep(GONE_WITHIN_MS, undefined, { ref: false })]);
    if (hasEnded(child)) return;
    throw new Error(
      `The ZooKeeper server on port ${this.port} (pid ${child.pid}) was still there ${GONE_WITHIN_MS} ms after ` +
        `${signal}. A paused server ends only with SIGKILL.`,
    );
  }

  pause(): void {
    process.kill(this.pid, "SIGSTOP");
  }

  resume(): void {
    process.kill(this.pid, "SIGCONT");
  }

  #spawn(): ChildProcess {
    const { java, classPath } = this.#installation;
    const pidFile = join(this.#directory, "pid");
    const log = openSync(join(this.#directory, "log"), "w");
    const child = spawn(
      "/bin/sh",
      [
        "-c",
        // The shell writes its own pid and becomes java: there is no moment at which java runs and the keeper
        // could not find it. When the keeper has already removed the directory, java is never started.
        'echo $$ >"$0" && exec "$@"',
        pidFile,
        java,
        ...JAVA_OPTIONS,
        "-cp",
        classPath,
        "org.apache.zookeeper.server.quorum.QuorumPeerMain",
        "zoo.cfg",
      ],
      { cwd: this.#directory, detached: true, stdio: ["ignore", log, log] },
    );
    closeSync(log);
    // The kernel gives the number to another process some day, and the keeper must not kill that one.
    child.once("exit", () => rmSync(pidFile, { force: true }));
    return child;
  }

  async #untilItServes(child: ChildProcess): Promise<void> {
    const deadline = performance.now() + this.#startDeadlineMs;
    while (!(await serves(this.port, join(this.#directory, "data")))) {
      this.#signal.throwIfAborted();
      const log = this.#readLog();
      const portTaken = /BindException|Address already in use/.test(log);
      if (hasEnded(child))
        throw this.#didNotStart(`ended (${ending(child)}) before it served`, log, portTaken);
      if (portTaken) throw this.#didNotStart("could not listen", log, true);
      if (performance.now() > deadline) {
        throw this.#didNotStart(`did not serve within ${this.#startDeadlineMs} ms`, log, false);
      }
      await sleep(POLL_MS);
    }
  }

  #didNotStart(what: string, log: string, portTaken: boolean): ZooKeeperDidNotStart {
    const port = portTaken ? `: port ${this.port}, or one it needs inside the ensemble, is in use` : "";
    const tail = log.trimEnd().split("\n").slice(-20).join("\n");
    return new ZooKeeperDidNotStart(
      `The ZooKeeper server on port ${this.port} ${what}${port}. It was run with ${this.#installation.java}; ` +
        (tail === "" ? "its log is empty." : `its log ends with:\n${tail}`),
      portTaken,
    );
  }

  #readLog(): string {
    return readFileSync(join(this.#directory, "log"), "utf8");
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

function ending(child: ChildProcess): string {
  return child.signalCode ?? `exit code ${child.exitCode}`;
}
