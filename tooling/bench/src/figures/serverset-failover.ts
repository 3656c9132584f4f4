import { type PrivateZooKeeper, startZooKeeper, type ZooKeeperServer } from "@borealis/private-zookeeper";
import { connectZooKeeper, ensureParents, type ZooKeeperSession } from "@borealis/serverset";
import { type Bench, type Figure, figureOf } from "../figure.ts";
import { findKazoo, type Kazoo } from "../kazoo.ts";
import { nowMs } from "../monotonic.ts";
import { serverMode } from "../server-mode.ts";

const SESSION_TIMEOUT_MS = 6_000;
const RUNS = 3;
const STEP_DEADLINE_MS = 30_000;
const PATH = "/aurora/bench/prod/failover";

interface Loss {
  readonly name: string;
  readonly mode: "follower" | "leader";
  readonly goalMs: number;
  /** Resolves when it has begun. */
  readonly begin: (server: ZooKeeperServer) => Promise<void> | void;
  readonly end: (server: ZooKeeperServer) => Promise<void> | void;
}

const killed = {
  begin: (server: ZooKeeperServer) => server.kill(),
  end: (server: ZooKeeperServer) => server.start(),
};
const LOSSES: readonly Loss[] = [
  { name: "follower", mode: "follower", goalMs: 50, ...killed },
  { name: "leader", mode: "leader", goalMs: 1_000, ...killed },
  {
    name: "frozen",
    mode: "follower",
    goalMs: SESSION_TIMEOUT_MS,
    begin: (server) => server.pause(),
    end: (server) => server.resume(),
  },
];

/** The server that a client talks to goes: until the client is connected to another one, its ephemeral still there. */
export const serverSetFailover: Bench = {
  name: "serverset.failover",
  about:
    "its server killed (follower, leader) or frozen until reconnected, the ephemeral intact, beside kazoo",
  async run(tell) {
    const kazoo = await findKazoo(tell);
    await using zooKeeper = await startZooKeeper({ servers: 3 });
    const figures: Figure[] = [];
    for (const loss of LOSSES) {
      const ours: number[] = [];
      const peer: number[] = [];
      for (let run = 0; run < RUNS; run++) {
        ours.push(await lose(zooKeeper, loss, holdOurs));
        if (kazoo !== undefined)
          peer.push(await lose(zooKeeper, loss, (servers) => holdTheirs(kazoo, servers)));
        tell(`${loss.name}: ${run + 1} of ${RUNS}`);
      }
      const about = { unit: "ms", goal: loss.goalMs, goalOf: "ours", peerName: kazoo?.name ?? null } as const;
      figures.push(figureOf({ ...about, name: `${this.name}.${loss.name}` }, { ours, peer }));
    }
    return figures;
  },
};

/** A client that holds an ephemeral, connected to the first of the servers it was given. */
interface Holder extends AsyncDisposable {
  /** Monotonic ms at which it was connected again. @throws when its ephemeral has gone. */
  readonly reconnectedAt: Promise<number>;
}

async function lose(
  zooKeeper: PrivateZooKeeper,
  { mode, begin, end }: Loss,
  hold: (servers: readonly number[]) => Promise<Holder>,
): Promise<number> {
  const server = await serverOf(zooKeeper, mode);
  const others = zooKeeper.servers.filter((each) => each !== server).map(({ port }) => port);
  await using holder = await hold([server.port, ...others]);
  // Killing takes until the process is gone; clients notice before that.
  const lostAt = nowMs();
  const begun = begin(server);
  try {
    return (await holder.reconnectedAt) - lostAt;
  } finally {
    await begun;
    await end(server);
  }
}

async function serverOf({ servers }: PrivateZooKeeper, mode: string): Promise<ZooKeeperServer> {
  const deadline = nowMs() + STEP_DEADLINE_MS;
  while (nowMs() < deadline) {
    const modes = await Promise.all(servers.map(({ port }) => serverMode(port)));
    const found = servers[modes.indexOf(mode)];
    if (found !== undefined && modes.every((each) => each !== undefined)) return found;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  throw new Error(`no ${mode} within ${STEP_DEADLINE_MS} ms`);
}

async function holdOurs(ports: readonly number[]): Promise<Holder> {
  const session = await connectedTo(ports);
  const { connection } = await session.connected();
  await ensureParents(connection, `${PATH}/member_`);
  const held = await connection.create(`${PATH}/member_`, Buffer.from("{}"), "ephemeralSequential");
  const owner = await connection.ownerOf(held);
  const { generation } = session.status;
  const connectedAt = new Promise<number>((resolve) => {
    session.subscribe(() => {
      if (session.current !== undefined && session.current.connection !== connection) resolve(nowMs());
    });
  });
  const reconnectedAt = connectedAt.then(async (at) => {
    const now = await session.connected(AbortSignal.timeout(STEP_DEADLINE_MS));
    await now.connection.sync(held);
    const same = now.generation === generation && (await now.connection.ownerOf(held)) === owner;
    if (!same) throw new Error("our ephemeral has gone");
    return at;
  });
  return { reconnectedAt, [Symbol.asyncDispose]: () => session.close() };
}

/** Ours takes the servers in an order of its own: until it has chosen the one that is to go. */
async function connectedTo([wanted, ...others]: readonly number[]): Promise<ZooKeeperSession> {
  const servers = [wanted, ...others].map((port) => `127.0.0.1:${port}`).join(",");
  for (let attempt = 0; attempt < 50; attempt++) {
    const session = connectZooKeeper({ servers, sessionTimeoutMs: SESSION_TIMEOUT_MS });
    await session.connected(AbortSignal.timeout(STEP_DEADLINE_MS));
    if (session.status.server?.endsWith(`:${wanted}`)) return session;
    await session.close();
  }
  throw new Error(`never connected to port ${wanted}`);
}

async function holdTheirs(kazoo: Kazoo, ports: readonly number[]): Promise<Holder> {
  const servers = ports.map((port) => `127.0.0.1:${port}`).join(",");
  const peer = kazoo.start("holder.py", [servers, PATH, String(SESSION_TIMEOUT_MS)]);
  await peer.until("ready");
  const reconnectedAt = peer.line().then((line) => {
    if (line === "lost") throw new Error("kazoo's ephemeral has gone");
    return Number(line);
  });
  return { reconnectedAt, [Symbol.asyncDispose]: () => peer.kill() };
}
