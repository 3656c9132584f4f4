import { describe, expect, it, vi } from "vitest";
import { ServerSetError } from "../src/errors.ts";
import { FIRST_OWN_NUMBER, RequestNumbers } from "../src/zookeeper/request-numbers.ts";
import { once, REQUEST } from "./fault-proxy.ts";
import { connectionOf, useZooKeeper } from "./live.ts";
import { openTo } from "./one-connection.ts";

const zooKeeper = useZooKeeper();
const port = () => zooKeeper.servers[0]?.port ?? 0;
const nothing = Buffer.alloc(0);
const soon = { timeout: 8_000, interval: 5 };

describe("a reply that is cut", () => {
  it.each([
    ["create", REQUEST.create],
    ["multiRead", REQUEST.multiRead],
  ] as const)(
    "at any byte of it (%s) costs the connection and never the session",
    async (operation, number) => {
      const proxy = await zooKeeper.proxy();
      const session = zooKeeper.open({ servers: proxy.address, random: () => 0 });
      const { sessionId } = await connectionOf(session);
      const ask = async () => {
        const connection = await connectionOf(session);
        if (operation === "multiRead") return connection.multiRead([{ kind: "data", path: "/" }]);
        return connection.create("/cut-", nothing, "ephemeralSequential");
      };
      let length = 0;
      proxy.onReply = once(number, ({ frame }) => {
        length = frame.length;
        return "pass";
      });
      await ask();
      expect(length).toBeGreaterThan(20);
      for (let bytes = 0; bytes < length; bytes++) {
        const lost = lostConnection(session);
        proxy.onReply = once(number, () => ({ cutAfter: bytes }));
        await expect(ask(), `cut after ${bytes}`).rejects.toMatchObject({ code: "CONNECTION_LOSS" });
        await lost;
        expect((await connectionOf(session)).sessionId).toBe(sessionId);
      }
      await ask();
    },
  );

  /** The connection there is now is known to be gone. */
  function lostConnection(session: ReturnType<typeof zooKeeper.open>): Promise<void> {
    return new Promise((resolve) => {
      const unsubscribe = session.subscribe(({ state }) => {
        if (state !== "suspended") return;
        unsubscribe();
        resolve();
      });
    });
  }
});

describe("requests of a connection that is gone", () => {
  it("are not made again by themselves", async () => {
    const proxy = await zooKeeper.proxy();
    let creates = 0;
    proxy.onRequest = (request) => {
      if (request === REQUEST.create) creates += 1;
    };
    const session = zooKeeper.open({ servers: proxy.address, random: () => 0 });
    const first = await connectionOf(session);
    proxy.onReply = once(REQUEST.create, () => ({ cutAfter: 0 }));
    const create = first.create("/only-", nothing, "ephemeralSequential");
    await expect(create).rejects.toMatchObject({ code: "CONNECTION_LOSS", retryable: true });
    const second = await connectionOf(session);
    expect(second).not.toBe(first);
    expect(await second.getEphemerals("/only-")).toHaveLength(1);
    expect(creates).toBe(1);
  });

  it("reject without blocking a caller that asks again at once", async () => {
    const proxy = await zooKeeper.proxy();
    const connection = await openTo(proxy.port);
    proxy.mode = "silent";
    let refusals = 0;
    let stopped = false;
    const again = (error: unknown): Promise<unknown> | undefined => {
      expect(error).toMatchObject({ code: "CONNECTION_LOSS" });
      refusals += 1;
      return stopped ? undefined : connection.getData("/").catch(again);
    };
    const asking = connection.getData("/").catch(again);
    proxy.cut();
    await vi.waitFor(() => expect(refusals).toBeGreaterThan(10), soon);
    stopped = true;
    await asking;
  });

  it("reject with the expiry when that is why", async () => {
    const connection = await openTo(port());
    const ended = new ServerSetError("SESSION_EXPIRED", "gone");
    const { ticket } = connection;
    connection.abandon(ended);
    await expect(connection.getData("/")).rejects.toBe(ended);
    const other = await openTo(port(), { resume: ticket });
    await other.close(500);
    await expect(openTo(port(), { resume: ticket })).rejects.toMatchObject({ code: "SESSION_EXPIRED" });
  });

  it.each(["by closing", "by being abandoned"])("all settle when it ended %s", async (how) => {
    const proxy = await zooKeeper.proxy();
    const connection = await openTo(proxy.port);
    proxy.mode = "silent";
    const requests = [
      connection.getData("/"),
      connection.create("/settled", nothing, "ephemeral"),
      connection.sync("/"),
      connection.statOf("/", { watch: true }),
      connection.list("/", { watch: true }),
      connection.multiRead([{ kind: "data", path: "/" }]),
    ];
    const settled = Promise.allSettled(requests);
    if (how === "by closing") await connection.close(50);
    else connection.abandon(new ServerSetError("CLOSED", "enough"));
    for (const outcome of await settled) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "CLOSED" } });
    }
    await expect(connection.getData("/")).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("are refused from the moment of closing, and what was asked before is answered", async () => {
    const connection = await openTo(port());
    const asked = connection.getChildren("/");
    const closing = connection.close(2_000);
    const late = connection.getChildren("/");
    await expect(late).rejects.toMatchObject({ code: "CLOSED" });
    expect(await asked).toContain("zookeeper");
    await Promise.all([closing, connection.close(2_000)]);
    await connection.close(2_000);
  });
});

describe("too much at once", () => {
  it("is refused with LIMIT before it is sent, and taken again when there is room", async () => {
    const connection = await openTo(port(), { mostPending: 3 });
    const under = [connection.sync("/"), connection.getData("/"), connection.list("/")];
    await expect(connection.getData("/")).rejects.toMatchObject({
      code: "LIMIT",
      retryable: true,
      path: "/",
    });
    await Promise.all(under);
    await connection.getData("/");
    await connection.close(500);
  });

  it("does not block a caller that asks again at once", async () => {
    const connection = await openTo(port(), { mostPending: 1 });
    const first = connection.sync("/");
    const again = (): Promise<unknown> => connection.getData("/").catch(again);
    expect(await again()).toEqual(nothing);
    await first;
    await connection.close(500);
  });

  it("leaves room for the heartbeat and for closing", async () => {
    const proxy = await zooKeeper.proxy();
    let pings = 0;
    proxy.onRequest = (request) => {
      if (request === 11) pings += 1;
    };
    proxy.onReply = once(REQUEST.multiRead, () => "hold");
    const connection = await openTo(proxy.port, { mostPending: 1, sessionTimeoutMs: 600 });
    const first = connection.multiRead([{ kind: "data", path: "/" }]);
    await vi.waitFor(() => expect(pings).toBeGreaterThan(1), soon);
    expect(connection.lostWith).toBeUndefined();
    proxy.release();
    await first;
    await connection.close(2_000);
  });

  it.each<[string, (connection: Awaited<ReturnType<typeof openTo>>) => Promise<unknown>]>([
    ["data of 2 MB", (connection) => connection.create("/big", Buffer.alloc(2 * 1024 ** 2), "persistent")],
    ["written data of 2 MB", (connection) => connection.setData("/", Buffer.alloc(2 * 1024 ** 2))],
    [
      "20,000 reads in one",
      (connection) =>
        connection.multiRead(
          Array.from({ length: 20_000 }, (_, index) => ({
            kind: "data",
            path: `/${"x".repeat(60)}${index}`,
          })),
        ),
    ],
  ])("that a server would hang up on is refused: %s", async (_, ask) => {
    const connection = await openTo(port());
    await expect(ask(connection)).rejects.toMatchObject({ code: "LIMIT" });
    expect(await connection.getData("/")).toEqual(nothing);
    await connection.close(500);
  });
});

describe("the numbers of requests", () => {
  it("begin anew before they end, unseen by who asks", async () => {
    const proxy = await zooKeeper.proxy();
    const numbers: number[] = [];
    proxy.onFrame = (from, frame) => {
      if (from === "client" && frame.length !== 48) numbers.push(frame.readInt32BE(4));
    };
    const requestNumbers = new RequestNumbers({ library: FIRST_OWN_NUMBER - 2, own: 0x7fff_fffe });
    const connection = await openTo(proxy.port, { requestNumbers });
    numbers.length = 0;
    for (let turn = 0; turn < 4; turn++) {
      expect(await connection.getData("/")).toEqual(nothing);
      await connection.sync("/");
    }
    await connection.close(2_000);
    const own = [0x7fff_fffe, 0x7fff_ffff, FIRST_OWN_NUMBER, FIRST_OWN_NUMBER + 1];
    const library = [FIRST_OWN_NUMBER - 2, FIRST_OWN_NUMBER - 1, 1, 2];
    expect(numbers).toEqual([...library.flatMap((number, turn) => [number, own[turn]]), 3]);
  });

  it("pass over those whose answer is still due", () => {
    const numbers = new RequestNumbers({ own: 0x7fff_ffff });
    const inUse = new Set([FIRST_OWN_NUMBER, FIRST_OWN_NUMBER + 1]);
    const next = () => numbers.forOwn((number) => inUse.has(number));
    expect([next(), next(), next()]).toEqual([0x7fff_ffff, FIRST_OWN_NUMBER + 2, FIRST_OWN_NUMBER + 3]);
  });

  it("of the library begin at 1 and stay below ours", () => {
    const numbers = new RequestNumbers();
    expect([numbers.forLibrary(), numbers.forOwn(() => false)]).toEqual([1, FIRST_OWN_NUMBER]);
  });
});

describe("a reply that can not be read", () => {
  it.each([
    ["too large", 65 * 1024 ** 2, "TOO_LARGE"],
    ["of no length", -1, "PROTOCOL"],
  ])("because it is %s costs the connection before any of it has come", async (_, length, code) => {
    const proxy = await zooKeeper.proxy();
    const connection = await openTo(proxy.port);
    proxy.onReply = once(REQUEST.getChildren, () => {
      const replace = Buffer.alloc(4);
      replace.writeInt32BE(length);
      return { replace };
    });
    await expect(connection.list("/")).rejects.toMatchObject({ code, retryable: true });
  });

  it.each([
    ["a multiRead", REQUEST.multiRead],
    ["a list", REQUEST.getChildren],
  ] as const)(
    "to %s rejects what was asked and everything behind it, and costs the connection",
    async (_, number) => {
      const proxy = await zooKeeper.proxy();
      const connection = await openTo(proxy.port);
      proxy.onReply = once(number, ({ frame }) => {
        const replace = Buffer.from(frame.subarray(0, 24));
        replace.writeInt32BE(20, 0);
        replace.writeInt32BE(number === REQUEST.multiRead ? 4 : 1_000_000, 20);
        return { replace };
      });
      const asked =
        number === REQUEST.multiRead
          ? connection.multiRead([{ kind: "data", path: "/" }])
          : connection.list("/");
      const behind = connection.sync("/");
      for (const request of [asked, behind]) {
        await expect(request).rejects.toMatchObject({ code: "PROTOCOL", retryable: true });
      }
      expect(connection.lostWith).toMatchObject({ code: "PROTOCOL" });
    },
  );
});
