import { startZooKeeper } from "@borealis/private-zookeeper";
import { Announcement, connectZooKeeper, watchServerSet } from "@borealis/serverset";
import { type Bench, figureOf } from "../figure.ts";
import { memberBytes } from "../filled-set.ts";
import { findKazoo } from "../kazoo.ts";

const OURS = "/aurora/bench/prod/register";
const PEERS = "/aurora/bench/prod/register-peer";
const WARM_UP = 20;
const RUNS = 40;

/** A process that starts to connect, announces itself, and somebody else's watch has read its member. */
export const serverSetRegister: Bench = {
  name: "serverset.register",
  about: "new client to announced to read by another session's watch, beside kazoo",
  async run(tell) {
    const kazoo = await findKazoo(tell);
    await using zooKeeper = await startZooKeeper();
    const { connectString: servers } = zooKeeper;
    await using registrar = kazoo?.start("registrar.py", [servers, PEERS]);
    await registrar?.until("ready");
    await using watching = connectZooKeeper({ servers });
    const stop = new AbortController();
    const events = watchServerSet(watching, OURS, stop.signal);
    await events.next();
    const ours: number[] = [];
    const peer: number[] = [];
    for (let run = -WARM_UP; run < RUNS; run++) {
      const took = await registerOnce(servers, events, run + WARM_UP);
      const theirs =
        registrar === undefined ? [] : [Number(await registrar.ask(memberBytes(run + WARM_UP).toString()))];
      if (run < 0) continue;
      ours.push(took);
      peer.push(...theirs);
      if ((run + 1) % 10 === 0) tell(`${run + 1} of ${RUNS}`);
    }
    stop.abort();
    await events.return();
    return figureOf(
      { name: this.name, unit: "ms", goal: 6, goalOf: "ours", peerName: kazoo?.name ?? null },
      { ours, peer },
    );
  },
};

async function registerOnce(
  servers: string,
  events: ReturnType<typeof watchServerSet>,
  shard: number,
): Promise<number> {
  const startedAt = performance.now();
  await using session = connectZooKeeper({ servers });
  const endpoint = { host: "host1.dc.example.com", port: 31_000 };
  const announcement = new Announcement({
    session,
    path: OURS,
    member: { serviceEndpoint: endpoint, additionalEndpoints: { http: endpoint }, status: "ALIVE", shard },
  });
  announcement.join();
  for (;;) {
    const { value } = await events.next();
    if (value === undefined) throw new Error("the watch ended");
    if (value.type !== "ADD" || !value.member.valid || value.member.shard !== shard) continue;
    const took = performance.now() - startedAt;
    announcement.close();
    return took;
  }
}
