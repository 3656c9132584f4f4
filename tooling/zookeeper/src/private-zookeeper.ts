import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type TlsServing, writeConfiguration } from "./configuration.ts";
import { findInstallation, type Installation } from "./installation.ts";
import { startKeeper } from "./keeper.ts";
import { connectString, planMembers } from "./member.ts";
import { ServerProcess, ZooKeeperDidNotStart, type ZooKeeperServer } from "./server.ts";

export interface PrivateZooKeeper extends AsyncDisposable {
  /** "127.0.0.1:20181", or three of them joined by commas. */
  readonly connectString: string;
  readonly servers: readonly ZooKeeperServer[];
  /** Idempotent. Afterwards all servers are down and their directory is gone. */
  stop(): Promise<void>;
}

export interface StartZooKeeperOptions {
  readonly servers?: 1 | 3;
  readonly tickTimeMs?: number;
  /** Two ticks if left out. */
  readonly minSessionTimeoutMs?: number;
  /** Aborting it stops the servers, whether they have started or not. */
  readonly signal?: AbortSignal;
  readonly startDeadlineMs?: number;
  /** The first client port; three servers take this one and the next two. Free ports if left out. */
  readonly port?: number;
  /** Serves TLS as well, on a port of its own; the stores must stay where they are while the servers run. */
  readonly tls?: TlsServing;
}

const ATTEMPTS = 3;

export async function startZooKeeper(options: StartZooKeeperOptions = {}): Promise<PrivateZooKeeper> {
  const installation = findInstallation(process.env);
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(installation, options);
    } catch (error) {
      // A port that was free when we looked can be taken by the time java binds it.
      const unlucky = error instanceof ZooKeeperDidNotStart && error.portTaken && options.port === undefined;
      if (!unlucky || attempt === ATTEMPTS) throw error;
    }
  }
}

async function startOnce(
  installation: Installation,
  { servers: count = 1, tickTimeMs = 500, startDeadlineMs = 60_000, ...options }: StartZooKeeperOptions,
): Promise<PrivateZooKeeper> {
  options.signal?.throwIfAborted();
  const timing = { tickTimeMs, minSessionTimeoutMs: options.minSessionTimeoutMs ?? 2 * tickTimeMs };
  const members = await planMembers(count, {
    firstClientPort: options.port,
    secure: options.tls !== undefined,
  });
  const stopping = new AbortController();

  const keeper = await startKeeper();
  const servers: ServerProcess[] = [];

  const stopAll = async () => {
    stopping.abort(new Error("The private ZooKeeper was stopped."));
    await Promise.all(servers.map((server) => server.kill()));
    await keeper.release();
    // Somebody may have killed the keeper.
    await rm(keeper.directory, { recursive: true, force: true });
  };
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= stopAll();
    return stopped;
  };
  // Whoever holds the servers learns from stop() whether they went; here there is nobody to tell.
  const abort = () => void stop().catch(() => {});

  try {
    for (const member of members) {
      const home = join(keeper.directory, `server-${member.id}`);
      await mkdir(home);
      await writeConfiguration(home, member, members, timing, options.tls);
      servers.push(new ServerProcess(home, member, installation, startDeadlineMs, stopping.signal));
    }
    options.signal?.throwIfAborted();
    options.signal?.addEventListener("abort", abort, { once: true });
    await Promise.all(servers.map((server) => server.start()));
  } catch (error) {
    await stop();
    options.signal?.throwIfAborted();
    throw error;
  }

  return {
    connectString: connectString(members),
    servers,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
