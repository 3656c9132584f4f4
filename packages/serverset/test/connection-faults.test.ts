import type { Socket } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { isCode, type SessionStatus, type ZooKeeperSession } from "../src/index.ts";
import { once, REQUEST } from "./fault-proxy.ts";
import { connectionOf, useZooKeeper } from "./live.ts";
import { openTo, strangeServer } from "./one-connection.ts";

const zooKeeper = useZooKeeper();
const soon = { timeout: 8_000, interval: 10 };
/** Keeps servers in the order given. */
const inTheOrderGiven = () => 0.999;
// A third of the session timeout that the tests ask for.
const UNANSWERED = /has not answered a ping for \d{4} ms/;

/** Waits for these states, in this order, and returns the status with which each of them began. */
async function untilStates(
  session: ZooKeeperSession,
  ...expected: SessionStatus["state"][]
): Promise<SessionStatus[]> {
  const begun: SessionStatus[] = [];
  const unsubscribe = session.subscribe((status) => {
    if (begun.at(-1)?.state !== status.state) begun.push(status);
  });
  await vi.waitFor(() => expect(begun.map(({ state }) => state)).toEqual(expected), soon);
  unsubscribe();
  return begun;
}

describe("opening a connection", () => {
  it.each([
    ["HTTP", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["a negative length", Buffer.from([0xff, 0xff, 0xff, 0xfe])],
    ["an empty frame", Buffer.alloc(4)],
    ["a frame too short for a handshake", Buffer.from([0, 0, 0, 5, 1, 2, 3, 4, 5])],
  ])("to a server that answers with %s is a PROTOCOL error", async (_, bytes) => {
    await using server = await strangeServer((socket) => socket.write(bytes));
    await expect(openTo(server.port)).rejects.toMatchObject({ code: "PROTOCOL", retryable: true });
  });

  it("to a server that never answers is given up at the deadline", async () => {
    await using server = await strangeServer(() => {});
    await expect(openTo(server.port, { openDeadlineMs: 100 })).rejects.toMatchObject({
      code: "CONNECT_TIMEOUT",
    });
  });

  it("to a server that hangs up fails at once", async () => {
    await using server = await strangeServer((socket) => socket.destroy());
    await expect(openTo(server.port)).rejects.toMatchObject({ code: "CONNECT_FAILED" });
  });

  it("where nobody listens fails with the reason in words", async () => {
    const server = await strangeServer(() => {});
    await server[Symbol.asyncDispose]();
    await expect(openTo(server.port)).rejects.toMatchObject({
      code: "CONNECT_FAILED",
      message: /connection refused$/,
    });
  });
});

describe("a session", () => {
  it.each([
    ["never answers", () => {}, /did not answer as ZooKeeper/],
    [
      "answers with HTTP",
      (socket: Socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"),
      /sent what ZooKeeper does not send/,
    ],
    [
      "says of a new session that it has expired",
      (socket: Socket) => socket.write(Buffer.concat([Buffer.from([0, 0, 0, 37]), Buffer.alloc(37)])),
      /has expired/,
    ],
  ])("goes to the next server when the first one %s", async (_, greet, reason) => {
    await using server = await strangeServer(greet);
    const errors: unknown[] = [];
    const session = zooKeeper.open({
      servers: `127.0.0.1:${server.port},${zooKeeper.connectString}`,
      random: inTheOrderGiven,
      onStatus: ({ error }) => void errors.push(error),
    });
    await connectionOf(session);
    expect(errors).toContainEqual(expect.stringMatching(reason));
    expect(session.status).toMatchObject({
      state: "connected",
      generation: 1,
      server: zooKeeper.connectString,
    });
  });

  it("waits between attempts when the only server says that every session has expired", async () => {
    let greetings = 0;
    await using server = await strangeServer((socket) => {
      greetings += 1;
      socket.write(Buffer.concat([Buffer.from([0, 0, 0, 37]), Buffer.alloc(37)]));
    });
    zooKeeper.open({ servers: `127.0.0.1:${server.port}`, random: () => 1 });
    await vi.waitFor(() => expect(greetings).toBeGreaterThanOrEqual(3), soon);
    expect(greetings).toBeLessThan(5);
  });

  it("is suspended when its server leaves a ping unanswered, and goes on when it answers again", async () => {
    const session = zooKeeper.open();
    const { sessionId } = await connectionOf(session);
    const [server] = zooKeeper.servers;
    server?.pause();
    try {
      const [suspended] = await untilStates(session, "suspended");
      expect(suspended?.error).toMatch(UNANSWERED);
    } finally {
      server?.resume();
    }
    expect((await connectionOf(session)).sessionId).toBe(sessionId);
    expect(session.status.generation).toBe(1);
  });

  it("is suspended when the network swallows its pings, and resumed when it no longer does", async () => {
    const proxy = await zooKeeper.proxy();
    const session = zooKeeper.open({ servers: proxy.address });
    const { sessionId } = await connectionOf(session);
    proxy.mode = "silent";
    const [suspended] = await untilStates(session, "suspended");
    expect(suspended?.error).toMatch(UNANSWERED);
    proxy.mode = "open";
    expect((await connectionOf(session)).sessionId).toBe(sessionId);
  });

  it("lives while it only listens and others talk all the time", async () => {
    const session = zooKeeper.open({ sessionTimeoutMs: 600 });
    const { sessionId } = await connectionOf(session);
    const talker = await connectionOf(zooKeeper.open());
    await talker.create("/talk", Buffer.alloc(0), "persistent");
    await (await connectionOf(session)).watchTree("/talk");
    let heard = 0;
    const states: string[] = [];
    session.subscribe(({ state }) => states.push(state));
    session.onNotification(() => (heard += 1));
    const until = performance.now() + 3 * session.sessionTimeoutMs;
    for (let turn = 0; performance.now() < until; turn++)
      await talker.setData("/talk", Buffer.from(String(turn)));
    expect(heard).toBeGreaterThan(20);
    expect((await connectionOf(session)).sessionId).toBe(sessionId);
    expect(states).toEqual([]);
  });

  it("does not lose its connection to an error number that the library does not know", async () => {
    const proxy = await zooKeeper.proxy();
    const connection = await connectionOf(zooKeeper.open({ servers: proxy.address }));
    const refuse = ({ frame }: { frame: Buffer }) => {
      const replace = Buffer.from(frame.subarray(0, 20));
      replace.writeInt32BE(16, 0);
      replace.writeInt32BE(-125, 16);
      return { replace };
    };
    proxy.onReply = once(REQUEST.create, refuse);
    await expect(connection.create("/quota", Buffer.alloc(0), "persistent")).rejects.toMatchObject({
      code: "ZOOKEEPER",
      zkCode: -125,
      path: "/quota",
    });
    proxy.onReply = once(REQUEST.multiRead, refuse);
    await expect(connection.multiRead([{ kind: "data", path: "/" }])).rejects.toMatchObject({ zkCode: -125 });
    expect(await connection.getData("/quota")).toEqual(Buffer.alloc(0));
    expect(connection.lostWith).toBeUndefined();
  });

  it.each([
    ["to nothing that was asked", (frame: Buffer) => void frame.writeInt32BE(999, 4)],
    [
      "to nothing that was asked, with one of our own numbers",
      (frame: Buffer) => void frame.writeInt32BE(0x4000_0fff, 4),
    ],
    ["without a whole header", (frame: Buffer) => void frame.writeInt32BE(4, 0)],
  ])("is resumed after a reply %s", async (_, spoil) => {
    const proxy = await zooKeeper.proxy();
    const session = zooKeeper.open({ servers: proxy.address });
    const connection = await connectionOf(session);
    proxy.onReply = once(REQUEST.create, ({ frame }) => {
      const replace = Buffer.from(frame);
      spoil(replace);
      return { replace };
    });
    const states = untilStates(session, "suspended", "connected");
    const outcome = await connection
      .create("/spoilt-", Buffer.alloc(0), "ephemeralSequential")
      .catch((error: unknown) => error);
    expect(isCode(outcome, "PROTOCOL") || isCode(outcome, "CONNECTION_LOSS"), String(outcome)).toBe(true);
    await states;
    expect((await connectionOf(session)).sessionId).toBe(connection.sessionId);
  });

  it("does not wait without end for a reply that never comes while pings are answered", async () => {
    const proxy = await zooKeeper.proxy();
    const session = zooKeeper.open({ servers: proxy.address, sessionTimeoutMs: 600 });
    const connection = await connectionOf(session);
    proxy.onReply = once(REQUEST.multiRead, () => "swallow");
    const states = untilStates(session, "suspended", "connected");
    await expect(connection.multiRead([{ kind: "data", path: "/" }])).rejects.toMatchObject({
      code: "CONNECTION_LOSS",
      message: expect.stringMatching(/answers pings, and has not answered a request for \d+ ms/),
    });
    await states;
    expect((await connectionOf(session)).sessionId).toBe(connection.sessionId);
  });

  it("rejects every request under way when the connection goes", async () => {
    const proxy = await zooKeeper.proxy();
    const connection = await connectionOf(zooKeeper.open({ servers: proxy.address }));
    proxy.mode = "silent";
    const requests = [
      connection.getData("/"),
      connection.sync("/"),
      connection.multiRead([{ kind: "data", path: "/" }]),
    ];
    proxy.cut();
    const outcomes = await Promise.allSettled(requests);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "CONNECTION_LOSS" } });
    await expect(connection.getData("/")).rejects.toMatchObject({ code: "CONNECTION_LOSS" });
  });

  it("takes one other connection, to end itself, when a listener closes it because this one was lost", async () => {
    const proxy = await zooKeeper.proxy();
    const session = zooKeeper.open({ servers: proxy.address });
    await connectionOf(session);
    session.subscribe(({ state }) => void (state === "suspended" && session.close()));
    proxy.cut();
    await vi.waitFor(() => expect(session.status.state).toBe("closed"), soon);
    await session.close();
    expect(proxy.accepted).toBe(2);
  });

  it("refuses a path that no znode can have and forgets the request", async () => {
    const connection = await connectionOf(zooKeeper.open());
    await expect(connection.getChildren("no/slash")).rejects.toThrow(/path/i);
    expect(await connection.getChildren("/")).toContain("zookeeper");
  });
});
