import { createTestClock } from "@borealis/clock/testing";
import { describe, expect, it, vi } from "vitest";
import { leftBehind } from "./left-behind.ts";
import { connectionOf, useZooKeeper } from "./live.ts";

const zooKeeper = useZooKeeper();
const nowhere = "127.0.0.1:1";

describe("a closed session leaves no timer and no socket behind", () => {
  it.each([
    [
      "when it was connected",
      (servers: string) => `const s = open("${servers}"); await s.connected(within(9e3)); await s.close();`,
    ],
    [
      "when it was closed twice",
      (servers: string) =>
        `const s = open("${servers}"); await s.connected(within(9e3)); await Promise.all([s.close(), s.close()]); await s.close();`,
    ],
    ["when it was not connected yet", (servers: string) => `const s = open("${servers}"); await s.close();`],
    [
      "when it waits for its next attempt",
      () =>
        `const s = open("${nowhere}", { random: () => 1 }); await new Promise((done) => s.subscribe((status) => status.error && done())); await s.close();`,
    ],
    [
      "when a listener closes it on failure",
      () =>
        `const s = open("${nowhere}", { random: () => 1 }); await new Promise((done) => s.subscribe((status) => status.error && done(s.close())));`,
    ],
    [
      "when its server never answers",
      () => `const server = createServer(() => {}).listen(0); await new Promise((done) => server.once("listening", done));
        const s = open("127.0.0.1:" + server.address().port); await new Promise((done) => server.once("connection", (socket) => { socket.unref(); done(); }));
        await s.close(); server.close(); server.unref();`,
    ],
  ])("%s", async (_, body) => {
    const left = await leftBehind(body(zooKeeper.connectString));
    expect(left).toEqual([]);
  });

  it("and what waited for it is told", async () => {
    const session = zooKeeper.open({ servers: nowhere });
    const waiting = session.connected();
    await session.close();
    await expect(waiting).rejects.toMatchObject({ code: "CLOSED" });
    await expect(session.connected()).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("and its ephemeral znodes are gone when close resolves", async () => {
    const observer = await connectionOf(zooKeeper.open());
    const session = zooKeeper.open();
    await (await connectionOf(session)).create("/closing", Buffer.alloc(0), "ephemeral");
    await session.close();
    await observer.sync("/");
    expect(await observer.ownerOf("/closing")).toBeUndefined();
  });

  it("when the grace it was given is over, and not before, if its server hangs", async () => {
    const clock = createTestClock();
    const proxy = await zooKeeper.proxy();
    const session = zooKeeper.open({ servers: proxy.address, clock });
    await connectionOf(session);
    proxy.mode = "silent";
    const closed = vi.fn();
    const closing = session.close({ graceMs: 100 }).then(closed);
    await clock.advance(99);
    expect(closed).not.toHaveBeenCalled();
    await clock.advance(1);
    await closing;
    expect(clock.armed).toBe(0);
  });
});
