import { startZooKeeper } from "@borealis/private-zookeeper";
import { connectZooKeeper, ensureParents, type ZooKeeperSession } from "@borealis/serverset";
import { type Bench, figureOf } from "../figure.ts";
import { findKazoo } from "../kazoo.ts";
import { kazooWatcher, measure, OUR_WATCHER, type SetWatcher } from "../set-watcher.ts";

const COUNT = 1_000;
const PER_SECOND = 200;
const ROUNDS = 5;
const BURSTS = 3;
const WARM_UP = 200;

/** 1,000 joins and leaves, evenly and all at once, as watchers in processes of their own learn of them, turn by turn. */
export const serverSetPropagate: Bench = {
  name: "serverset.propagate",
  about: "joins and leaves at 200/s and in a burst, to a watcher in another process, beside kazoo",
  async run(tell) {
    const kazoo = await findKazoo(tell);
    await using zooKeeper = await startZooKeeper();
    const { connectString: servers } = zooKeeper;
    await using writer = connectZooKeeper({ servers });
    await using ours = await follow(servers, writer, "ours", OUR_WATCHER);
    await using theirs =
      kazoo === undefined ? undefined : await follow(servers, writer, "theirs", kazooWatcher(kazoo));
    const both = theirs === undefined ? [ours] : [ours, theirs];
    for (let round = 0; round < ROUNDS; round++) {
      for (const each of both) each.even.push(...(await each.measure(COUNT / ROUNDS, PER_SECOND)));
      tell(`evenly: ${round + 1} of ${ROUNDS}`);
    }
    for (let round = 0; round < BURSTS; round++) {
      for (const each of both) each.burst.push(...(await each.measure(COUNT)));
      tell(`in a burst: ${round + 1} of ${BURSTS}`);
    }
    const even = { ours: ours.even, peer: theirs?.even ?? [] };
    const burst = { ours: ours.burst, peer: theirs?.burst ?? [] };
    const base = { unit: "ms", peerName: kazoo?.name ?? null } as const;
    return [
      figureOf({ ...base, name: `${this.name}.p50`, goal: 1, goalOf: "ratio" }, even),
      figureOf({ ...base, name: `${this.name}.p99`, goal: 10, goalOf: "ours", statistic: "p99" }, even),
      figureOf({ ...base, name: `${this.name}.burst`, goal: 1, goalOf: "ratio", statistic: "p99" }, burst),
    ];
  },
};

interface Followed extends AsyncDisposable {
  readonly even: number[];
  readonly burst: number[];
  /** Ms of so many joins and as many leaves; all at once without a rate. */
  measure(count: number, perSecond?: number): Promise<readonly number[]>;
}

async function follow(
  servers: string,
  writer: ZooKeeperSession,
  name: string,
  watcher: SetWatcher,
): Promise<Followed> {
  const path = `/aurora/bench/prod/${name}`;
  const { connection } = await writer.connected();
  await ensureParents(connection, `${path}/member_`);
  const watching = watcher.start(servers, path);
  await watching.until("ready");
  let from = 0;
  const once = async (count: number, perSecond?: number) => {
    const rate = perSecond === undefined ? {} : { perSecond };
    const { joins, leaves } = await measure(watching, writer, path, { from, count, leave: true, ...rate });
    from += count;
    return [...joins, ...leaves];
  };
  await once(WARM_UP);
  return {
    even: [],
    burst: [],
    measure: once,
    [Symbol.asyncDispose]: () => watching[Symbol.asyncDispose](),
  };
}
