import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startZooKeeper, ZooKeeperDidNotStart, type ZooKeeperServer } from "./index.ts";

const HELP = `npm run zookeeper [-- --servers 3] [-- --port N]

Starts a private Apache ZooKeeper on 127.0.0.1 and keeps it until Ctrl-C; its data goes with it.

  --servers 1|3   one server, or an ensemble of three (default 1)
  --port N        client port; three servers take N, N+1 and N+2 (default: free ports)
  --help          this text
`;

const started = new AbortController();
// Both stay for good: a second Ctrl-C, or npm passing the first one on, must not cut the orderly stop short.
process.on("SIGINT", () => started.abort());
process.on("SIGTERM", () => started.abort());

const options = readOptions();
if (typeof options === "string") {
  console.error(options);
  process.exitCode = 2;
} else if (options.help) {
  process.stdout.write(HELP);
} else {
  process.exitCode = await serve(options.servers, options.port);
}

interface Options {
  readonly help: boolean;
  readonly servers: 1 | 3;
  readonly port: number | undefined;
}

/** What the command line asks for, or the sentence that says what is wrong with it. */
function readOptions(): Options | string {
  try {
    const { values } = parseArgs({
      options: {
        servers: { type: "string", default: "1" },
        port: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    const { help, servers, port } = values;
    if (servers !== "1" && servers !== "3") return `--servers is 1 or 3, not "${servers}".`;
    // The two ports after it must exist as well.
    if (port !== undefined && !(/^\d+$/.test(port) && Number(port) >= 1 && Number(port) <= 65_533)) {
      return `--port is a number from 1 to 65533, not "${port}".`;
    }
    return { help, servers: servers === "1" ? 1 : 3, port: port === undefined ? undefined : Number(port) };
  } catch (error) {
    return `${error instanceof Error ? error.message : error} Try "npm run zookeeper -- --help".`;
  }
}

async function serve(servers: 1 | 3, port: number | undefined): Promise<number> {
  const { signal } = started;
  try {
    await using zooKeeper = await startZooKeeper({
      servers,
      signal,
      ...(port === undefined ? {} : { port }),
    });
    console.log(`ZooKeeper serves at ${zooKeeper.connectString}

  BOREALIS_ZK=${zooKeeper.connectString} npx borealis serverset ls

Ctrl-C stops it.`);
    while (zooKeeper.servers.every(isAlive) && !signal.aborted) {
      await sleep(500, undefined, { signal }).catch(() => {});
    }
    if (signal.aborted) return 0;
    console.error("ZooKeeper ended by itself: somebody killed it, or the machine is out of memory.");
    return 1;
  } catch (error) {
    if (signal.aborted) return 0;
    console.error(complaint(error, servers, port));
    return 1;
  }
}

function complaint(error: unknown, servers: 1 | 3, port: number | undefined): unknown {
  if (error instanceof ZooKeeperDidNotStart && error.portTaken && port !== undefined) {
    const which = servers === 1 ? `Port ${port}` : `A port from ${port} to ${port + 2}`;
    return `${which} is in use: give another one with --port, or leave it out.`;
  }
  return error instanceof Error ? error.message : error;
}

function isAlive({ pid }: ZooKeeperServer): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
