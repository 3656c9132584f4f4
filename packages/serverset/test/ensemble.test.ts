import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, it, vi } from "vitest";
import { watchServerSet } from "../src/index.ts";
import { connectionOf, namesAt, useZooKeeper } from "./live.ts";

const zooKeeper = useZooKeeper(3);
const soon = { timeout: 20_000, interval: 20 };
const TIMEOUT_MS = 6_000;

const addressOf = ({ port }: { readonly port: number }) => `127.0.0.1:${port}`;

async function leader() {
  for (const server of zooKeeper.servers) {
    const socket = connect({ host: "127.0.0.1", port: server.port }, () => socket.write("srvr"));
    if ((await text(socket).catch(() => "")).includes("Mode: leader")) return server;
  }
  throw new Error("there is no leader");
}

/** A session with a member, and somebody else who looks. */
async function announced(path: string) {
  const session = zooKeeper.open({ sessionTimeoutMs: TIMEOUT_MS });
  const observer = zooKeeper.open({ sessionTimeoutMs: 20_000 });
  const { sessionId } = await connectionOf(session);
  const announcement = zooKeeper.announce(session, path);
  await vi.waitFor(() => expect(announcement.report.state).toBe("announced"), soon);
  const { member } = announcement.report;
  const own = () => zooKeeper.servers.find((server) => session.status.server === addressOf(server));
  return {
    session,
    own,
    member,
    /** Nothing was lost: the same session has the same member. */
    async expectKept() {
      await vi.waitFor(async () => expect(await namesAt(observer, path)).toEqual([member]), soon);
      expect((await connectionOf(session)).sessionId).toBe(sessionId);
      expect(session.status.generation).toBe(1);
      await vi.waitFor(() => expect(announcement.report).toEqual({ state: "announced", member }), soon);
    },
  };
}

it("keeps session and member when the server it is connected to is killed", async () => {
  const { session, own, expectKept } = await announced("/ensemble/own");
  const before = own();
  await before?.kill();
  await vi.waitFor(() => expect(session.health.counters.connections).toBe(2), soon);
  await expectKept();
  await before?.start();
});

it("keeps session and member when leader after leader is killed, and nothing grows", {
  timeout: 180_000,
}, async () => {
  const { session, expectKept } = await announced("/ensemble/leaders");
  const resources = () => process.getActiveResourcesInfo().filter((name) => name !== "TTYWrap").length;
  const before = resources();
  for (let count = 0; count < 10; count++) {
    const server = await vi.waitFor(leader, soon);
    await server.kill();
    await expectKept();
    await server.start();
  }
  expect(session.health.counters.expirations).toBe(0);
  await vi.waitFor(() => expect(resources()).toBeLessThanOrEqual(before + 1), soon);
});

it("leaves a server that is frozen, within two thirds of its timeout, and is never suspect", {
  timeout: 60_000,
}, async () => {
  const { session, own, expectKept } = await announced("/ensemble/frozen");
  const silentMs: (number | undefined)[] = [];
  const suspects: boolean[] = [];
  session.subscribe(({ state, suspect }) => {
    if (state === "suspended") silentMs.push(session.health.lastContactMs);
    suspects.push(suspect);
  });
  const frozen = own();
  frozen?.pause();
  try {
    await vi.waitFor(() => expect(session.status.server).not.toBe(addressOf(frozen ?? { port: 0 })), soon);
    await vi.waitFor(() => expect(session.status.state).toBe("connected"), soon);
    expect(silentMs[0]).toBeGreaterThan(TIMEOUT_MS / 3);
    expect(silentMs[0]).toBeLessThan(TIMEOUT_MS);
    expect(suspects).not.toContain(true);
    await expectKept();
  } finally {
    frozen?.resume();
  }
});

it("keeps session and member when all servers restart with their data", { timeout: 120_000 }, async () => {
  const { session, expectKept } = await announced("/ensemble/restart");
  await Promise.all(zooKeeper.servers.map((server) => server.kill()));
  await vi.waitFor(() => expect(session.status.state).toBe("suspended"), soon);
  await Promise.all(zooKeeper.servers.map((server) => server.start()));
  await expectKept();
});

it("is suspect without a majority for two timeouts, and goes on as before when it is back", {
  timeout: 120_000,
}, async () => {
  const { session, expectKept } = await announced("/ensemble/quorum");
  const [first, second] = zooKeeper.servers;
  await Promise.all([first?.kill(), second?.kill()]);
  await vi.waitFor(() => expect(session.status).toMatchObject({ state: "suspended", suspect: true }), soon);
  await vi.waitFor(() => expect(session.health.lastContactMs).toBeGreaterThan(2 * TIMEOUT_MS), soon);
  expect(session.status).toMatchObject({ state: "suspended", suspect: true, generation: 1 });
  await Promise.all([first?.start(), second?.start()]);
  await expectKept();
  expect(session.status).toMatchObject({ state: "connected", suspect: false });
});

it("sees no removal that nobody made while server after server restarts and members come and go", {
  timeout: 180_000,
}, async () => {
  const path = "/ensemble/rolling";
  const { expectKept, member: stable } = await announced(path);
  const ended = new AbortController();
  const seen = new Set<string>();
  const removed = new Set<string>();
  const watching = (async () => {
    const watcher = zooKeeper.open({ sessionTimeoutMs: TIMEOUT_MS });
    for await (const event of watchServerSet(watcher, path, ended.signal)) {
      if (event.type === "RESYNC") {
        seen.clear();
        for (const { name } of event.set.members) seen.add(name);
      } else if (event.type === "ADD") seen.add(event.member.name);
      else if (event.type === "REMOVE" && seen.delete(event.member.name)) removed.add(event.member.name);
    }
  })().catch(() => {});
  const churner = zooKeeper.open({ sessionTimeoutMs: TIMEOUT_MS });
  let [churning, rounds] = [true, 0];
  const churn = (async () => {
    for (; churning; rounds++) {
      const guest = zooKeeper.announce(churner, path, 1);
      await vi.waitFor(() => expect(guest.report.state).toBe("announced"), soon);
      await guest.leave(AbortSignal.timeout(20_000));
      guest.close();
    }
  })();
  for (const server of zooKeeper.servers) {
    const before = rounds;
    await server.kill();
    await server.start();
    await vi.waitFor(() => expect(rounds).toBeGreaterThan(before), soon);
  }
  churning = false;
  await churn;
  await expectKept();
  await vi.waitFor(() => expect([...seen]).toEqual([stable]), soon);
  expect(removed.size).toBeGreaterThan(0);
  expect(removed).not.toContain(stable);
  ended.abort();
  await watching;
});

it("ends its session through another server when its own one hangs as it is closed", {
  timeout: 60_000,
}, async () => {
  const { session, own } = await announced("/ensemble/closing");
  const observer = zooKeeper.open({ sessionTimeoutMs: 20_000 });
  const frozen = own();
  const others = zooKeeper.servers.filter((server) => server !== frozen).map(addressOf);
  await vi.waitFor(async () => {
    await connectionOf(observer);
    if (!others.includes(observer.status.server ?? "")) observer.dropConnection();
    expect(others).toContain(observer.status.server);
  }, soon);
  frozen?.pause();
  try {
    await session.close({ graceMs: 4_000 });
    expect(await namesAt(observer, "/ensemble/closing")).toEqual([]);
  } finally {
    frozen?.resume();
  }
});
