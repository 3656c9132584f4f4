import { startZooKeeper } from "@borealis/private-zookeeper";
import {
  connectZooKeeper,
  ensureParents,
  formatMember,
  queryServerSet,
  type ZooKeeperSession,
} from "@borealis/serverset";
import { type Bench, figureOf } from "../figure.ts";
import { findKazoo } from "../kazoo.ts";

const SET = "/aurora/bench/prod/large";
const MEMBERS = 10_000;
const RUNS = 7;
const WINDOW = 500;
const DEADLINE_MS = 60_000;

/** Lists the set and reads every member, all reads under way at once; prints the milliseconds, connecting left out. */
const KAZOO_READ = `
import sys, time, json
from kazoo.client import KazooClient
client = KazooClient(hosts=sys.argv[1])
client.start()
started = time.perf_counter()
names = client.get_children(sys.argv[2])
reads = [client.get_async(sys.argv[2] + "/" + name) for name in names]
members = [json.loads(read.get()[0]) for read in reads]
print((time.perf_counter() - started) * 1000)
client.stop()
`;

/** A set of 10,000 members, each time by a new session: list, read and parse all of them. */
export const serverSetRead: Bench = {
  name: "serverset.read",
  about: "read a ServerSet of 10,000 members, beside kazoo",
  async run(tell) {
    const kazoo = await findKazoo(tell);
    await using zooKeeper = await startZooKeeper();
    await using filler = connectZooKeeper({ servers: zooKeeper.connectString });
    tell(`creating ${MEMBERS} members`);
    await fill(filler);
    const ours: number[] = [];
    const peer: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      ours.push(await readOnce(zooKeeper.connectString));
      if (kazoo !== undefined)
        peer.push(...(await kazoo.numbers(KAZOO_READ, [zooKeeper.connectString, SET])));
      tell(`${run + 1} of ${RUNS}`);
    }
    return figureOf(
      { name: this.name, unit: "ms", goal: 0.5, peerName: kazoo?.name ?? null },
      { ours, peer },
    );
  },
};

async function readOnce(servers: string): Promise<number> {
  await using session = connectZooKeeper({ servers });
  const signal = AbortSignal.timeout(DEADLINE_MS);
  await session.connected(signal);
  const startedAt = performance.now();
  const { members } = await queryServerSet(session, SET, signal);
  const took = performance.now() - startedAt;
  if (members.length !== MEMBERS) throw new Error(`read ${members.length} members instead of ${MEMBERS}`);
  return took;
}

async function fill(session: ZooKeeperSession): Promise<void> {
  const { connection } = await session.connected(AbortSignal.timeout(DEADLINE_MS));
  await ensureParents(connection, `${SET}/member_`);
  for (let start = 0; start < MEMBERS; start += WINDOW) {
    const shards = Array.from({ length: WINDOW }, (_, index) => start + index);
    await Promise.all(
      shards.map((shard) => {
        const endpoint = { host: `host-${shard}.dc.example.com`, port: 31_000 };
        const spec = {
          serviceEndpoint: endpoint,
          additionalEndpoints: { http: endpoint, aurora: endpoint },
          shard,
        };
        return connection.create(
          `${SET}/member_`,
          formatMember({ ...spec, status: "ALIVE" }),
          "ephemeralSequential",
        );
      }),
    );
  }
}
