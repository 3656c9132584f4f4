import { startZooKeeper } from "@borealis/private-zookeeper";
import { connectZooKeeper, type ZooKeeperSession } from "@borealis/serverset";
import { countingProxy } from "../counting-proxy.ts";
import { type Bench, figureOf } from "../figure.ts";
import { fillSet } from "../filled-set.ts";
import { findKazoo } from "../kazoo.ts";
import { kazooWatcher, measure, OUR_WATCHER, type SetWatcher } from "../set-watcher.ts";

const SET = "/aurora/bench/prod/churn";
const MEMBERS = 10_000;
const PER_SECOND = 50;
const COUNT = 500;
const BYTES_PER_MB = 1e6;

/** A large set that members join all the time: how late a watcher knows, and what it takes to keep it informed. */
export const serverSetChurn: Bench = {
  name: "serverset.churn",
  about:
    "50 joins/s for 10 s in a set of 10,000 members: p99 and MB received, beside kazoo's list and difference",
  async run(tell) {
    const kazoo = await findKazoo(tell);
    await using zooKeeper = await startZooKeeper();
    const port = zooKeeper.servers[0]?.port ?? 0;
    await using writer = connectZooKeeper({ servers: zooKeeper.connectString });
    tell(`creating ${MEMBERS} members`);
    await fillSet(writer, SET, 0, MEMBERS);
    const ours = await follow(port, writer, OUR_WATCHER, MEMBERS);
    tell("ours: done");
    const theirs =
      kazoo === undefined ? undefined : await follow(port, writer, kazooWatcher(kazoo), MEMBERS + COUNT);
    const base = { peerName: kazoo?.name ?? null, goalOf: "ours" } as const;
    return [
      figureOf(
        { ...base, name: "serverset.churn.p99", unit: "ms", goal: 8, statistic: "p99" },
        { ours: ours.joins, peer: theirs?.joins ?? [] },
      ),
      figureOf(
        { ...base, name: "serverset.churn.received", unit: "MB", goal: 1 },
        { ours: [ours.received], peer: theirs === undefined ? [] : [theirs.received] },
      ),
    ];
  },
};

async function follow(port: number, writer: ZooKeeperSession, watcher: SetWatcher, from: number) {
  await using proxy = await countingProxy(port);
  await using process = watcher.start(proxy.address, SET);
  await process.until("ready");
  const before = proxy.received;
  const load = { from, count: COUNT, perSecond: PER_SECOND, leave: false };
  const { joins } = await measure(process, writer, SET, load);
  return { joins, received: (proxy.received - before) / BYTES_PER_MB };
}
