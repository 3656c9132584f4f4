import { startZooKeeper } from "@borealis/private-zookeeper";
import { connectZooKeeper, queryServerSet } from "@borealis/serverset";
import { findCReader } from "../c-client.ts";
import { type Bench, figureOf } from "../figure.ts";
import { fillSet } from "../filled-set.ts";
import { findKazoo } from "../kazoo.ts";

const SET = "/aurora/bench/prod/large";
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

export const serverSetReads: readonly Bench[] = [
  readOf(100, 15, { goal: 0.5, goalOf: "ratio" }),
  readOf(1_000, 11, { goal: 20, goalOf: "ours" }),
  readOf(10_000, 7, { goal: 100, goalOf: "ours" }),
  readOf(100_000, 3, { goal: 0.5, goalOf: "ratio" }),
];

/** A set of so many members, each time by a new session: list, read and parse all of them. */
function readOf(members: number, runs: number, goal: { goal: number; goalOf: "ours" | "ratio" }): Bench {
  return {
    name: `serverset.read.${members}`,
    about: `read a ServerSet of ${members} members, beside kazoo and the C client`,
    async run(tell) {
      const kazoo = await findKazoo(tell);
      await using reader = await findCReader(tell);
      await using zooKeeper = await startZooKeeper();
      const { connectString: servers } = zooKeeper;
      await using filler = connectZooKeeper({ servers });
      tell(`creating ${members} members`);
      await fillSet(filler, SET, 0, members);
      const ours: number[] = [];
      const peer: number[] = [];
      const c: number[] = [];
      for (let run = 0; run < runs; run++) {
        ours.push(await readOnce(servers, members));
        if (kazoo !== undefined) peer.push(...(await kazoo.numbers(KAZOO_READ, [servers, SET])));
        if (reader !== undefined) c.push(await reader.read(servers, SET));
        tell(`${run + 1} of ${runs}`);
      }
      const others = reader === undefined ? {} : { others: { [reader.name]: c } };
      return figureOf(
        { name: this.name, unit: "ms", ...goal, peerName: kazoo?.name ?? null },
        { ours, peer, ...others },
      );
    },
  };
}

async function readOnce(servers: string, expected: number): Promise<number> {
  await using session = connectZooKeeper({ servers });
  const signal = AbortSignal.timeout(DEADLINE_MS);
  await session.connected(signal);
  const startedAt = performance.now();
  const { members } = await queryServerSet(session, SET, signal);
  const took = performance.now() - startedAt;
  if (members.length !== expected) throw new Error(`read ${members.length} members instead of ${expected}`);
  return took;
}
