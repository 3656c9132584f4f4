import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { ensurePackages } from "./debian.ts";
import { nowMs } from "./monotonic.ts";
import { PeerProcess } from "./peer-process.ts";
import type { PortRange } from "./port-range.ts";

/** Debian's, also for those whose PATH leaves out what is meant for root. */
const PROGRAM = "/usr/sbin/haproxy";
const STARTS_WITHIN_MS = 10_000;

/** Its version as a name; undefined, told why, where it is not and can not be installed. */
export async function findHaProxy(tell: (progress: string) => void): Promise<string | undefined> {
  if (!(await ensurePackages(["haproxy"], () => versionOf() !== undefined, tell))) return undefined;
  return `HAProxy ${versionOf()}`;
}

function versionOf(): string | undefined {
  return /^HAProxy version ([\d.]+)/.exec(spawnSync(PROGRAM, ["-v"], { encoding: "utf8" }).stdout ?? "")?.[1];
}

/** One process of HAProxy with one thread, in the foreground, its files in a directory that goes with it. */
export class HaProxy implements AsyncDisposable {
  readonly pid: number;
  readonly #peer: PeerProcess;
  readonly #directory: string;

  private constructor(pid: number, peer: PeerProcess, directory: string) {
    this.pid = pid;
    this.#peer = peer;
    this.#directory = directory;
  }

  /** Answers every request with 200 and `ok` on each of the ports. */
  static serving({ first, count }: PortRange): Promise<HaProxy> {
    return HaProxy.#start(`
frontend targets
  bind 127.0.0.1:${first}-${first + count - 1}
  http-request return status 200 content-type text/plain string ok
`);
  }

  /** Asks each of the ports once a second, over a new connection, for 200 and `ok`. */
  static checking({ first, count }: PortRange): Promise<HaProxy> {
    const servers = Array.from(
      { length: count },
      (_, index) => `  server s${index} 127.0.0.1:${first + index} check inter 1s\n`,
    );
    return HaProxy.#start(`
backend targets
  option httpchk
  http-check send meth GET uri /health ver HTTP/1.1 hdr Host localhost
  http-check expect status 200
  http-check expect string ok
${servers.join("")}`);
  }

  static async #start(section: string): Promise<HaProxy> {
    const directory = await mkdtemp(join(tmpdir(), "borealis-haproxy-"));
    const socket = socketIn(directory);
    const file = join(directory, "haproxy.cfg");
    await writeFile(
      file,
      `global
  nbthread 1
  maxconn 6000
  stats socket ${socket} level admin
defaults
  mode http
  timeout connect 1s
  timeout client 60s
  timeout server 10s
${section}`,
    );
    const peer = new PeerProcess(PROGRAM, ["-db", "-f", file]);
    try {
      return new HaProxy(await pidBehind(socket), peer, directory);
    } catch (error) {
      // What it complained about on its way out says more than that nobody answered.
      await peer.kill();
      const complaint = await peer.line().catch((reason: Error) => reason.message);
      await rm(directory, { recursive: true, force: true });
      throw new Error(complaint, { cause: error });
    }
  }

  /** Requests that its frontend has answered since it began. */
  async requests(): Promise<number> {
    const frontend = (await this.#stats()).find(({ svname }) => svname === "FRONTEND");
    return Number(frontend?.["req_tot"]);
  }

  /** How many of the servers that it checks it holds to be up. */
  async serversUp(): Promise<number> {
    return (await this.#stats()).filter(({ svname, status }) => svname !== "BACKEND" && status === "UP")
      .length;
  }

  async #stats(): Promise<readonly Readonly<Record<string, string>>[]> {
    const [head = "", ...rows] = (await ask(this.#socket, "show stat")).trim().split("\n");
    const names = head.replace("# ", "").split(",");
    return rows.map((row) => {
      const values = row.split(",");
      return Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]));
    });
  }

  get #socket(): string {
    return socketIn(this.#directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#peer.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function socketIn(directory: string): string {
  return join(directory, "stats.sock");
}

/** Waits until it serves. */
async function pidBehind(socket: string): Promise<number> {
  const deadline = nowMs() + STARTS_WITHIN_MS;
  for (;;) {
    try {
      const pid = /^Pid: (\d+)$/m.exec(await ask(socket, "show info"))?.[1];
      if (pid === undefined) throw new Error("HAProxy does not tell its pid");
      return Number(pid);
    } catch (error) {
      if (nowMs() > deadline) throw error;
      await new Promise((wake) => setTimeout(wake, 50));
    }
  }
}

/** It answers one command and closes. */
function ask(socket: string, command: string): Promise<string> {
  const connection = connect(socket);
  connection.write(`${command}\n`);
  return text(connection);
}
