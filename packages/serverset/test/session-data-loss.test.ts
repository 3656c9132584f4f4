import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PrivateZooKeeper, startZooKeeper } from "@borealis/private-zookeeper";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Announcement, connectZooKeeper, type ZooKeeperSession } from "../src/index.ts";
import { connectionOf, memberOf, namesAt } from "./live.ts";

const TIMEOUT_MS = 3_000;
const soon = { timeout: 20_000, interval: 20 };
const opened: AsyncDisposable[] = [];
let zooKeeper: PrivateZooKeeper;

beforeEach(async () => {
  zooKeeper = await startZooKeeper({ tickTimeMs: 200 });
});
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
  await zooKeeper.stop();
});

function openSession(): ZooKeeperSession {
  const session = connectZooKeeper({ servers: zooKeeper.connectString, sessionTimeoutMs: TIMEOUT_MS });
  opened.push(session);
  return session;
}

async function announce(session: ZooKeeperSession, path: string): Promise<Announcement> {
  const announcement = new Announcement({ session, path, member: memberOf(0) });
  announcement.join();
  await vi.waitFor(() => expect(announcement.report.state).toBe("announced"), soon);
  return announcement;
}

/** What the server would have forgotten, had its disk been brought back from `before`. */
async function restart(change: (dataDirectory: string) => Promise<void>): Promise<void> {
  const [server] = zooKeeper.servers;
  await server?.kill();
  await change(server?.dataDirectory ?? "");
  await server?.start();
}

async function empty(dataDirectory: string): Promise<void> {
  await rm(dataDirectory, { recursive: true });
  await mkdir(dataDirectory);
}

/** Stops the server for a moment to copy what it has. */
async function backUp(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), "borealis-data-"));
  opened.push({ [Symbol.asyncDispose]: () => rm(copy, { recursive: true, force: true }) });
  await restart((dataDirectory) => cp(dataDirectory, copy, { recursive: true }));
  return copy;
}

async function rollBack(copy: string): Promise<void> {
  await restart(async (dataDirectory) => {
    await empty(dataDirectory);
    await cp(copy, dataDirectory, { recursive: true });
  });
}

/** Transactions that only the server knows which goes on, so that what we have seen is ahead of a restored one. */
async function writeMuch(session: ZooKeeperSession): Promise<void> {
  const connection = await connectionOf(session);
  for (let count = 0; count < 20; count++) await connection.setData("/", Buffer.from(String(count)));
}

it("gets a new session, one timeout after the loss, when all the data is gone, and announces again", async () => {
  const session = openSession();
  const announcement = await announce(session, "/wiped");
  await writeMuch(session);
  let suspected = 0;
  session.subscribe(({ suspect }) => {
    if (suspect) suspected += 1;
  });
  await restart(empty);
  await vi.waitFor(() => expect(session.status).toMatchObject({ state: "connected", generation: 2 }), soon);
  // It waited for the time at which its session must have expired.
  expect(suspected).toBeGreaterThan(0);
  await vi.waitFor(async () => {
    const { member } = announcement.report;
    expect(await namesAt(session, "/wiped")).toEqual([member]);
  }, soon);
});

it("gets a new session when the data is that of a time before it, and announces again", async () => {
  await announce(openSession(), "/other");
  const copy = await backUp();
  const session = openSession();
  const announcement = await announce(session, "/rolled");
  await writeMuch(session);
  await rollBack(copy);
  await vi.waitFor(() => expect(session.status).toMatchObject({ state: "connected", generation: 2 }), soon);
  await vi.waitFor(async () => {
    const { member } = announcement.report;
    expect(await namesAt(session, "/rolled")).toEqual([member]);
  }, soon);
});

it("is announced again when the data is that of a time when it had its session and no member yet", async () => {
  const session = openSession();
  await writeMuch(session);
  const copy = await backUp();
  const announcement = await announce(session, "/between");
  await writeMuch(session);
  await rollBack(copy);
  await vi.waitFor(() => expect(session.health.counters).toMatchObject({ losses: 2, connections: 3 }), soon);
  await vi.waitFor(async () => {
    const { state, member } = announcement.report;
    expect(state).toBe("announced");
    expect(await namesAt(session, "/between")).toEqual([member]);
  }, soon);
});
