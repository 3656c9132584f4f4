import { setTimeout as sleep } from "node:timers/promises";
import { isCode, type ZooKeeperSession } from "@borealis/serverset";
import { type FaultProxy, REQUEST } from "../../../packages/serverset/test/fault-proxy.ts";
import { type Fault, type FaultKind, pickFrom } from "./faults.ts";
import { SET, type World } from "./world.ts";

const ANSWER_WITHIN_MS = 2_000;
const NOTIFICATION_XID = -1;
const SWALLOWED = [REQUEST.create, REQUEST.delete, REQUEST.exists, REQUEST.getChildren, REQUEST.multiRead];

/** Does it and resolves when it is over: the world is whole again, though not yet recovered. @returns what it befell. */
export async function inject(world: World, fault: Fault): Promise<string> {
  return (await INJECT[fault.kind](world, fault)) ?? "";
}

const INJECT: Readonly<Record<FaultKind, (world: World, fault: Fault) => Promise<string | undefined>>> = {
  cut: async ({ proxies }) => {
    for (const proxy of proxies) proxy.cut();
    return "every connection";
  },
  silence: (world, fault) => closed(world, fault, "silent"),
  refuse: (world, fault) => closed(world, fault, "refuse"),
  freezeServer: async ({ zooKeeper }, { pick, forMs }) => {
    const server = pickFrom(zooKeeper.servers, pick);
    server?.pause();
    await sleep(forMs);
    server?.resume();
    return `port ${server?.port}`;
  },
  killServer: async ({ zooKeeper }, { pick, forMs }) => {
    const server = pickFrom(zooKeeper.servers, pick);
    await server?.kill();
    await sleep(forMs);
    await server?.start();
    return `port ${server?.port}`;
  },
  swallowReply: async ({ proxies }, { pick }) => {
    const wanted = pickFrom(SWALLOWED, pick);
    let done = false;
    for (const proxy of proxies) {
      proxy.onReply = ({ request }) => {
        if (done || request !== wanted) return "pass";
        done = true;
        return "swallow";
      };
    }
    return `the next to request ${wanted}`;
  },
  // Whoever loses notifications loses the connection soon after; a network loses nothing in the middle of a stream.
  swallowNotifications: async ({ proxies }, { forMs }) => {
    let swallowed = 0;
    for (const proxy of proxies) {
      proxy.onReply = ({ frame }) => {
        if (frame.readInt32BE(4) !== NOTIFICATION_XID) return "pass";
        swallowed += 1;
        return "swallow";
      };
    }
    await sleep(forMs);
    for (const proxy of proxies) {
      proxy.onReply = () => "pass";
      proxy.cut();
    }
    return `${swallowed} of them`;
  },
  deleteMember: async ({ operator }, { pick }) => {
    const { connection } = await operator.connected(AbortSignal.timeout(ANSWER_WITHIN_MS));
    const name = pickFrom((await connection.getChildren(SET)).sort(), pick);
    if (name !== undefined) await connection.remove(`${SET}/${name}`).catch(unlessGone);
    return name;
  },
  deleteSet: async ({ operator }) => {
    await removeTree(operator, SET).catch(unlessGone);
    return SET;
  },
  killAnnouncer: async ({ announcers }, { pick, forMs }) => {
    const announcer = pickFrom(announcers, pick);
    await announcer?.kill();
    await sleep(forMs);
    announcer?.start();
    return `port ${announcer?.port}`;
  },
};

/** One way into the ensemble, or every one when the whole network is meant. */
async function closed({ proxies }: World, { pick, forMs }: Fault, mode: FaultProxy["mode"]): Promise<string> {
  const one = pickFrom(proxies, (pick * 2) % 1);
  const befallen = pick < 0.5 || one === undefined ? proxies : [one];
  for (const proxy of befallen) {
    proxy.mode = mode;
    if (mode === "refuse") proxy.cut();
  }
  await sleep(forMs);
  // Of a stream that was interrupted nothing can be made any more.
  for (const proxy of befallen) {
    proxy.cut();
    proxy.mode = "open";
  }
  return `${befallen.length} of ${proxies.length} ways`;
}

/** Announcers come back while it is under way, so it is not to be done in one go. */
async function removeTree(operator: ZooKeeperSession, path: string): Promise<void> {
  const { connection } = await operator.connected(AbortSignal.timeout(ANSWER_WITHIN_MS));
  const names = await connection.getChildren(path);
  await Promise.all(names.map((name) => connection.remove(`${path}/${name}`).catch(unlessGone)));
  await connection.remove(path);
}

/** Somebody was faster, or joined meanwhile, or the fault before this one still lasts. */
function unlessGone(error: unknown): void {
  const expected = ["NO_NODE", "NOT_EMPTY", "CONNECTION_LOSS", "SESSION_EXPIRED"] as const;
  if (!expected.some((code) => isCode(error, code))) throw error;
}
