import { describe, expect, it, vi } from "vitest";
import {
  ensureParents,
  formatMember,
  listServerSets,
  mirrorTree,
  queryServerSet,
  type ServerSetEvent,
  type TreeEvent,
  watchServerSet,
  type ZooKeeperSession,
} from "../src/index.ts";
import { connectionOf, memberOf, removeTree, useZooKeeper } from "./live.ts";

const zooKeeper = useZooKeeper();
const soon = { timeout: 8_000, interval: 10 };
const within = (ms: number) => AbortSignal.timeout(ms);

async function put(session: ZooKeeperSession, path: string, data: string | Buffer = ""): Promise<void> {
  const connection = await connectionOf(session);
  await ensureParents(connection, path);
  await connection.create(path, Buffer.from(data), "persistent");
}

async function mirror(session: ZooKeeperSession, root: string) {
  const tree = mirrorTree(session, root);
  const events: TreeEvent[] = [];
  tree.subscribe((event) => events.push(event));
  await tree.ready(within(8_000));
  return {
    tree,
    events,
    value: (path: string) => Buffer.from(tree.nodes.get(path)?.data ?? "none").toString(),
  };
}

describe("a mirror of a tree", () => {
  it("is empty without its root, and follows it when it is created, deleted and created again", async () => {
    const writer = zooKeeper.open();
    const { tree, value } = await mirror(zooKeeper.open(), "/later/root");
    expect(tree.nodes.size).toBe(0);
    await put(writer, "/later/root/child", "1");
    await vi.waitFor(
      () => expect([...tree.nodes.keys()].sort()).toEqual(["/later/root", "/later/root/child"]),
      soon,
    );
    await removeTree(writer, "/later/root");
    await vi.waitFor(() => expect(tree.nodes.size).toBe(0), soon);
    await put(writer, "/later/root/child", "2");
    await vi.waitFor(() => expect(value("/later/root/child")).toBe("2"), soon);
    await (await connectionOf(writer)).setData("/later/root/child", Buffer.from("3"));
    await vi.waitFor(() => expect(value("/later/root/child")).toBe("3"), soon);
    await tree.close();
  });

  it("tells a change made while it was disconnected once, and no removal that was none", async () => {
    const writer = zooKeeper.open();
    for (const name of ["gone", "kept", "changed"]) await put(writer, `/away/${name}`, "1");
    const proxy = await zooKeeper.proxy();
    const { tree, events, value } = await mirror(
      zooKeeper.open({ servers: proxy.address, sessionTimeoutMs: 10_000 }),
      "/away",
    );
    proxy.mode = "refuse";
    proxy.cut();
    await vi.waitFor(() => expect(tree.state).toBe("stale"), soon);
    expect(tree.nodes.size).toBe(4);
    const connection = await connectionOf(writer);
    await connection.remove("/away/gone");
    await connection.setData("/away/changed", Buffer.from("2"));
    await put(writer, "/away/new", "1");
    events.length = 0;
    proxy.mode = "open";
    await vi.waitFor(() => expect(tree.state).toBe("fresh"), soon);
    expect(events).toEqual([
      { type: "changed", paths: new Set(["/away/gone", "/away/changed", "/away/new"]) },
      { type: "fresh" },
    ]);
    expect(value("/away/changed")).toBe("2");
    await tree.close();
  });

  it("holds 10,000 znodes and follows them", async () => {
    const writer = zooKeeper.open({ sessionTimeoutMs: 20_000 });
    const connection = await connectionOf(writer);
    await put(writer, "/many");
    const bytes = formatMember(memberOf(0));
    for (let start = 0; start < 10_000; start += 500) {
      await Promise.all(
        Array.from({ length: 500 }, () => connection.create("/many/member_", bytes, "ephemeralSequential")),
      );
    }
    const { tree } = await mirror(zooKeeper.open({ sessionTimeoutMs: 20_000 }), "/many");
    expect(tree.nodes.size).toBe(10_001);
    const set = await queryServerSet(zooKeeper.open(), "/many", within(8_000));
    expect(set.members).toHaveLength(10_000);
    expect(set.members[0]?.name).toBe("member_0000000000");
    await connection.close(5_000);
    await vi.waitFor(() => expect(tree.nodes.size).toBe(1), soon);
    await tree.close();
  });

  it("that waits is told when it is closed or its time is over", async () => {
    const tree = mirrorTree(zooKeeper.open({ servers: "127.0.0.1:1" }), "/");
    await expect(tree.ready(within(20))).rejects.toMatchObject({ name: "TimeoutError" });
    const waiting = expect(tree.ready()).rejects.toThrow("the mirror was closed");
    await tree.close();
    await waiting;
  });
});

describe("a ServerSet", () => {
  it("shows bad members beside good ones, and none of its other children", async () => {
    const session = zooKeeper.open();
    await put(session, "/mixed/member_0000000001", formatMember(memberOf(1)));
    await put(session, "/mixed/member_0000000000", "null");
    await put(session, "/mixed/member_0000000002", Buffer.from([0x0c, 0, 1]));
    await put(session, "/mixed/vector_0000000003", "{}");
    expect(await queryServerSet(session, "/mixed", within(5_000))).toMatchObject({
      path: "/mixed",
      exists: true,
      members: [{ name: "member_0000000001", shard: 1 }],
      invalid: [
        { name: "member_0000000000" },
        { name: "member_0000000002", reason: expect.stringContaining("Thrift") },
      ],
    });
  });

  it("that does not exist is told from one without members", async () => {
    const session = zooKeeper.open();
    await put(session, "/empty");
    expect(await queryServerSet(session, "/nothing", within(5_000))).toMatchObject({
      exists: false,
      members: [],
    });
    expect(await queryServerSet(session, "/empty", within(5_000))).toMatchObject({
      exists: true,
      members: [],
    });
  });

  it("is not waited for longer than the caller wants", async () => {
    await expect(
      queryServerSet(zooKeeper.open({ servers: "127.0.0.1:1" }), "/x", within(50)),
    ).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("is listed with its number of members, at any depth", async () => {
    const session = zooKeeper.open();
    await put(session, "/list/role/prod/one/member_0000000000");
    await put(session, "/list/role/prod/one/member_0000000001");
    await put(session, "/list/role/prod/one/vector_0000000002");
    await put(session, "/list/role/devel/none");
    await put(session, "/list/flat/member_0000000000");
    expect(await listServerSets(session, "/list", within(5_000))).toEqual([
      { path: "/list/flat", members: 1 },
      { path: "/list/role/devel/none", members: 0 },
      { path: "/list/role/prod/one", members: 2 },
    ]);
    await expect(listServerSets(session, "/not-there", within(5_000))).rejects.toMatchObject({
      code: "NO_NODE",
    });
  });
});

describe("watching a ServerSet", () => {
  function follow(session: ZooKeeperSession, path: string) {
    const controller = new AbortController();
    const events: ServerSetEvent[] = [];
    const ended = (async () => {
      for await (const event of watchServerSet(session, path, controller.signal)) events.push(event);
    })();
    return { events, ended, stop: () => controller.abort(), take: () => events.splice(0).map(brief) };
  }

  const brief = (event: ServerSetEvent): string => {
    if (event.type === "RESYNC")
      return `RESYNC ${event.set.exists} ${event.set.members.map(({ name }) => name).join(",")}`;
    if (event.type === "DISCONNECTED" || event.type === "PROBLEM") return event.type;
    return `${event.type} ${event.type === "REMOVE" ? event.name : event.member.name}`;
  };

  it("tells members as they join and leave, bad ones too", async () => {
    const writer = zooKeeper.open();
    await put(writer, "/watched/member_0000000000", formatMember(memberOf(0)));
    const { take, events, stop, ended } = follow(zooKeeper.open(), "/watched");
    await vi.waitFor(() => expect(events).toHaveLength(1), soon);
    expect(take()).toEqual(["RESYNC true member_0000000000"]);
    const connection = await connectionOf(writer);
    await put(writer, "/watched/member_0000000001", "nonsense");
    await put(writer, "/watched/vector_0000000002", "{}");
    await connection.remove("/watched/member_0000000000");
    await vi.waitFor(() => expect(events).toHaveLength(2), soon);
    expect(take()).toEqual(["ADD member_0000000001", "REMOVE member_0000000000"]);
    await connection.setData("/watched/member_0000000001", formatMember(memberOf(1)));
    await vi.waitFor(() => expect(events.map(brief)).toEqual(["CHANGE member_0000000001"]), soon);
    stop();
    await ended;
  });

  it("tells a loss, no removals because of it, and the whole set afterwards", async () => {
    const writer = zooKeeper.open();
    await put(writer, "/cut-off/member_0000000000", formatMember(memberOf(0)));
    const proxy = await zooKeeper.proxy();
    const { take, events, stop, ended } = follow(
      zooKeeper.open({ servers: proxy.address, sessionTimeoutMs: 10_000 }),
      "/cut-off",
    );
    await vi.waitFor(() => expect(events).toHaveLength(1), soon);
    take();
    proxy.mode = "refuse";
    proxy.cut();
    await vi.waitFor(() => expect(events).toHaveLength(1), soon);
    expect(take()).toEqual(["DISCONNECTED"]);
    await put(writer, "/cut-off/member_0000000001", formatMember(memberOf(1)));
    proxy.mode = "open";
    await vi.waitFor(() => expect(events).toHaveLength(1), soon);
    expect(take()).toEqual(["RESYNC true member_0000000000,member_0000000001"]);
    stop();
    await ended;
  });

  it("begins before there is such a set", async () => {
    const { take, events, stop, ended } = follow(zooKeeper.open(), "/soon/set");
    await vi.waitFor(() => expect(events).toHaveLength(1), soon);
    expect(take()).toEqual(["RESYNC false "]);
    await put(zooKeeper.open(), "/soon/set/member_0000000000", formatMember(memberOf(0)));
    await vi.waitFor(() => expect(events.map(brief)).toEqual(["ADD member_0000000000"]), soon);
    stop();
    await ended;
  });

  it.each(["abort", "break", "exception"])("ends with an %s and leaves no listener behind", async (how) => {
    const session = zooKeeper.open();
    await put(zooKeeper.open(), `/ended/${how}`);
    const listeners = { subscribe: 0, onNotificationAt: 0 };
    for (const name of ["subscribe", "onNotificationAt"] as const) {
      const original = session[name].bind(session) as (...given: unknown[]) => () => void;
      vi.spyOn(session, name).mockImplementation((...given: unknown[]) => {
        listeners[name] += 1;
        const stop = original(...given);
        return () => {
          listeners[name] -= 1;
          stop();
        };
      });
    }
    const controller = new AbortController();
    const watching = (async () => {
      for await (const _ of watchServerSet(session, `/ended/${how}`, controller.signal)) {
        expect(listeners).toEqual({ subscribe: 1, onNotificationAt: 1 });
        if (how === "break") break;
        if (how === "exception") throw new Error("consumer");
        controller.abort();
      }
    })();
    if (how === "exception") await expect(watching).rejects.toThrow("consumer");
    else await watching;
    expect(listeners).toEqual({ subscribe: 0, onNotificationAt: 0 });
  });
});
