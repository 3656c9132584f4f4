import { systemClock } from "@borealis/clock";
import { type PrivateZooKeeper, startZooKeeper } from "@borealis/private-zookeeper";
import { afterAll, afterEach, beforeAll, expect, vi } from "vitest";
import {
  Announcement,
  connectZooKeeper,
  type MemberSpec,
  type ZooKeeperOptions,
  type ZooKeeperSession,
} from "../src/index.ts";
import { type Connection, openConnection } from "../src/zookeeper/connection.ts";
import { FaultProxy } from "./fault-proxy.ts";

/** One ZooKeeper for the tests of a file; what a test opens is closed after it. */
export function useZooKeeper(servers: 1 | 3 = 1) {
  let zooKeeper: PrivateZooKeeper | undefined;
  const opened: (() => Promise<void> | void)[] = [];

  beforeAll(async () => {
    zooKeeper = await startZooKeeper({ servers, tickTimeMs: 200 });
  });
  afterEach(async () => {
    for (const close of opened.splice(0).reverse()) await close();
  });
  afterAll(() => zooKeeper?.stop());

  const running = (): PrivateZooKeeper => {
    if (zooKeeper === undefined) throw new Error("ZooKeeper is not started yet");
    return zooKeeper;
  };
  return {
    get servers() {
      return running().servers;
    },
    get connectString() {
      return running().connectString;
    },
    /** A session, through `servers` or directly. */
    open(options: Partial<ZooKeeperOptions> = {}): ZooKeeperSession {
      const session = connectZooKeeper({
        servers: running().connectString,
        sessionTimeoutMs: 3_000,
        ...options,
      });
      opened.push(() => session.close());
      return session;
    },
    async proxy(): Promise<FaultProxy> {
      const proxy = await FaultProxy.to(running().servers[0]?.port ?? 0);
      opened.push(() => proxy[Symbol.asyncDispose]());
      return proxy;
    },
    announce(session: ZooKeeperSession, path: string, shard = 0): Announcement {
      const announcement = new Announcement({ session, path, member: memberOf(shard) });
      opened.push(() => announcement.close());
      announcement.join();
      return announcement;
    },
  };
}

export function memberOf(shard: number): MemberSpec {
  return {
    serviceEndpoint: { host: "host1", port: 31_000 + shard },
    additionalEndpoints: {},
    status: "ALIVE",
    shard,
  };
}

export async function connectionOf(session: ZooKeeperSession): Promise<Connection> {
  return (await session.connected(AbortSignal.timeout(10_000))).connection;
}

/**
 * Ends the session at the server, as an expiry does. A server keeps one connection of a session and closes the other one,
 * which comes back and has ours closed in turn: so it is tried until the session has been followed by another.
 */
export async function expire(session: ZooKeeperSession): Promise<void> {
  const { server, ticket, sessionTimeoutMs } = await connectionOf(session);
  const { generation } = session.status;
  const attempt = async () => {
    const other = await openConnection({
      server,
      sessionTimeoutMs,
      resume: { ...ticket, zxid: 0n },
      openDeadlineMs: 5_000,
      clock: systemClock,
      signal: AbortSignal.timeout(5_000),
      onNotification: () => {},
      onLost: () => {},
    });
    await other.close(500);
  };
  await vi.waitFor(
    async () => {
      if (session.status.generation === generation) await attempt();
      expect(session.status.generation).toBe(generation + 1);
    },
    { timeout: 8_000, interval: 20 },
  );
}

/** The names of members that an uninvolved client sees. */
export async function namesAt(session: ZooKeeperSession, path: string): Promise<string[]> {
  const connection = await connectionOf(session);
  await connection.sync(path);
  return (await connection.getChildren(path)).sort();
}

export async function removeTree(session: ZooKeeperSession, path: string): Promise<void> {
  const connection = await connectionOf(session);
  for (const child of await connection.getChildren(path)) await removeTree(session, `${path}/${child}`);
  await connection.remove(path);
}
