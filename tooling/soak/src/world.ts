import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PrivateZooKeeper, startZooKeeper } from "@borealis/private-zookeeper";
import { Announcement, connectZooKeeper, type ZooKeeperSession } from "@borealis/serverset";
import { FaultProxy } from "../../../packages/serverset/test/fault-proxy.ts";
import { AnnouncerProcess } from "./announcer-process.ts";
import { startChurn } from "./churn.ts";
import { Follower } from "./follower.ts";

export const SET = "/aurora/soak/prod/hello";
export const SESSION_TIMEOUT_MS = 3_000;
const TICK_MS = 200;
/** The announcer in this process; those in processes of their own take the ports after it. */
export const OWN_PORT = 10_000;
const ANNOUNCER_PROCESSES = 2;

export interface World extends AsyncDisposable {
  readonly zooKeeper: PrivateZooKeeper;
  /** One before each server; all that is tested goes through them. */
  readonly proxies: readonly FaultProxy[];
  /** Announces and watches, through the proxies. */
  readonly session: ZooKeeperSession;
  readonly follower: Follower;
  readonly announcers: readonly AnnouncerProcess[];
  /** Looks and interferes, past the proxies. */
  readonly operator: ZooKeeperSession;
}

/** Everything that runs in a soak. `onProblem`: something that had to go on has ended. */
export async function startWorld(servers: 1 | 3, onProblem: (what: string) => void): Promise<World> {
  await using starting = new AsyncDisposableStack();
  const scratch = await mkdtemp(join(tmpdir(), "borealis-soak-"));
  starting.defer(() => rm(scratch, { recursive: true, force: true }));
  const zooKeeper = starting.use(await startZooKeeper({ servers, tickTimeMs: TICK_MS }));
  const proxies: FaultProxy[] = [];
  for (const { port } of zooKeeper.servers) proxies.push(starting.use(await FaultProxy.to(port)));
  const throughProxies = proxies.map(({ address }) => address).join(",");

  const sessionOptions = { sessionTimeoutMs: SESSION_TIMEOUT_MS };
  const operator = starting.use(connectZooKeeper({ servers: zooKeeper.connectString, ...sessionOptions }));
  const writer = starting.use(connectZooKeeper({ servers: zooKeeper.connectString, ...sessionOptions }));
  starting.use(startChurn(writer, SET));

  const session = starting.use(connectZooKeeper({ servers: throughProxies, ...sessionOptions }));
  const own = new Announcement({
    session,
    path: SET,
    member: {
      serviceEndpoint: { host: "127.0.0.1", port: OWN_PORT },
      additionalEndpoints: {},
      status: "ALIVE",
    },
  });
  starting.defer(() => own.close());
  own.join();
  const follower = starting.use(new Follower(session, SET, onProblem));

  const announcers: AnnouncerProcess[] = [];
  for (let number = 1; number <= ANNOUNCER_PROCESSES; number++) {
    const port = OWN_PORT + number;
    const file = join(scratch, `session-${number}`);
    const args = [throughProxies, SET, String(port), file, String(SESSION_TIMEOUT_MS)];
    const announcer = starting.use(new AnnouncerProcess(port, args, onProblem));
    announcer.start();
    announcers.push(announcer);
  }
  const running = starting.move();
  const stop = () => running.disposeAsync();
  return { zooKeeper, proxies, session, follower, announcers, operator, [Symbol.asyncDispose]: stop };
}
