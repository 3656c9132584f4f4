import { createTestClock } from "@borealis/clock/testing";
import { expect, it, vi } from "vitest";
import { connectionOf, useZooKeeper } from "./live.ts";

const zooKeeper = useZooKeeper();
const port = () => zooKeeper.servers[0]?.port ?? 0;
const soon = { timeout: 15_000, interval: 20 };

/** Names that stand for addresses as long as they are in it. */
function names(addresses: Record<string, readonly string[]>) {
  const table = new Map(Object.entries(addresses));
  const lookup = async (host: string) => {
    const found = table.get(host);
    if (found === undefined) throw Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" });
    return found;
  };
  return {
    table,
    lookup,
    servers: (...hosts: string[]) => hosts.map((host) => `${host}:${port()}`).join(","),
  };
}

it("connects when one of three names can not be looked up", async () => {
  const { lookup, servers } = names({ zk2: ["127.0.0.1"], zk3: ["127.0.0.1"] });
  const session = zooKeeper.open({ servers: servers("zk1", "zk2", "zk3"), lookup });
  await connectionOf(session);
  expect(session.status.server).toContain("127.0.0.1");
});

it("says which names can not be looked up, gives up waiting when told to, and connects when they can", async () => {
  const { table, lookup, servers } = names({});
  const session = zooKeeper.open({ servers: servers("zk1", "zk2"), lookup });
  const reason = new Error("enough");
  const patience = new AbortController();
  const waiting = session.connected(patience.signal);
  await vi.waitFor(() => expect(session.status.code).toBe("CONNECT_FAILED"), soon);
  expect(session.status.error).toBe("can not look up zk1: no such host; zk2: no such host");
  patience.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  table.set("zk2", ["127.0.0.1"]);
  await connectionOf(session);
  expect(session.status).not.toHaveProperty("error");
});

it("goes to the new address when a name stands for another one between two rounds", async () => {
  const { table, lookup, servers } = names({ zk: ["127.0.0.2"] });
  const session = zooKeeper.open({ servers: servers("zk"), lookup });
  await vi.waitFor(() => expect(session.status.error).toContain("127.0.0.2"), soon);
  table.set("zk", ["127.0.0.1"]);
  await connectionOf(session);
  expect(session.status.server).toContain("127.0.0.1");
});

it("follows a name that moves while it is connected", async () => {
  const proxy = await zooKeeper.proxy();
  const { table, lookup } = names({ zk: ["127.0.0.1"] });
  const [, proxyPort] = proxy.address.split(":");
  const session = zooKeeper.open({ servers: `zk:${proxyPort},other:${port()}`, lookup });
  const { sessionId } = await connectionOf(session);
  table.set("other", ["127.0.0.1"]);
  table.set("zk", ["127.0.0.2"]);
  proxy.mode = "refuse";
  proxy.cut();
  await vi.waitFor(() => expect(session.status.server).toContain(`:${port()}`), soon);
  expect((await connectionOf(session)).sessionId).toBe(sessionId);
});

it("asks the next server at once after a loss, without waiting for names", async () => {
  let looks = 0;
  const lookup = async (host: string): Promise<string[]> => {
    looks += 1;
    return looks === 1 ? ["127.0.0.1"] : await new Promise(() => host);
  };
  const proxy = await zooKeeper.proxy();
  const clock = createTestClock();
  const session = zooKeeper.open({ servers: `zk:${proxy.address.split(":")[1]}`, lookup, clock });
  await connectionOf(session);
  await clock.advance(1_000);
  proxy.cut();
  await vi.waitFor(() => expect(session.health.counters).toMatchObject({ losses: 1, connections: 2 }), soon);
  expect(looks).toBe(1);
});

it("reaches a name that stands for both kinds of loopback, of which the server has one", async () => {
  const session = zooKeeper.open({ servers: `localhost:${port()}` });
  await connectionOf(session);
  expect(session.status.server).toContain(`localhost:${port()}`);
});
