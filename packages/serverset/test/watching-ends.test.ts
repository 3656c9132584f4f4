import { describe, expect, it, vi } from "vitest";
import { watchSet, type ZooKeeperSession } from "../src/index.ts";
import { watchedSetsOf } from "../src/watched-sets.ts";
import { follow, memberName, put, putMany, soon, watchedPaths } from "./following.ts";
import { connectionOf, useZooKeeper } from "./live.ts";

const zooKeeper = useZooKeeper();
const port = () => zooKeeper.servers[0]?.port ?? 0;

async function leave(session: ZooKeeperSession, path: string, how: string): Promise<void> {
  const controller = new AbortController();
  for await (const _ of watchSet(session, path, { signal: controller.signal })) {
    expect(watchedSetsOf(session).size).toBe(1);
    expect(await watchedPaths(port())).toBe(1);
    if (how === "break") break;
    if (how === "exception") throw new Error("of the consumer");
    controller.abort();
  }
}

describe("a watch", () => {
  it.each(["break", "abort", "exception"])(
    "that ends with %s leaves nothing behind, at the server neither",
    async (how) => {
      const session = zooKeeper.open();
      await put(zooKeeper.open(), `/left-${how}/set`, "");
      expect(await watchedPaths(port())).toBe(0);
      await leave(session, `/left-${how}/set`, how).catch((error: Error) => {
        expect(error.message).toBe("of the consumer");
      });
      expect(watchedSetsOf(session).size).toBe(0);
      await vi.waitFor(async () => expect(await watchedPaths(port())).toBe(0), soon);
    },
  );

  it("shares the reading of its set, and the last to leave takes it down", async () => {
    const writer = zooKeeper.open();
    await putMany(writer, "/shared/set", 1);
    const session = zooKeeper.open();
    const first = follow(watchSet(session, "/shared/set"));
    await vi.waitFor(() => expect(first.events).toHaveLength(1), soon);
    const second = follow(watchSet(session, "/shared/set", { removeAfterMs: 60_000 }));
    await vi.waitFor(() => expect(second.events).toHaveLength(1), soon);
    const weighed = follow(watchSet(session, "/shared/set", { weights: true }));
    await vi.waitFor(() => expect(weighed.events).toHaveLength(1), soon);
    expect(await watchedPaths(port())).toBe(1);
    expect(watchedSetsOf(session).size).toBe(2);
    expect(second.watch.current?.members[0]).toBe(first.watch.current?.members[0]);
    first.watch.close();
    second.watch.close();
    await connectionOf(writer);
    expect(await watchedPaths(port())).toBe(1);
    await put(writer, `/shared/set/${memberName(1)}`);
    await vi.waitFor(() => expect(weighed.watch.current?.members).toHaveLength(2), soon);
    weighed.watch.close();
    await vi.waitFor(async () => expect(await watchedPaths(port())).toBe(0), soon);
    await Promise.all([first.ended, second.ended, weighed.ended]);
  });

  it("can be begun again in the moment it ends", async () => {
    await putMany(zooKeeper.open(), "/again/set", 1);
    const session = zooKeeper.open();
    const first = follow(watchSet(session, "/again/set"));
    await vi.waitFor(() => expect(first.events).toHaveLength(1), soon);
    first.watch.close();
    const second = follow(watchSet(session, "/again/set"));
    await vi.waitFor(() => expect(second.events).toHaveLength(1), soon);
    await put(zooKeeper.open(), `/again/set/${memberName(1)}`);
    await vi.waitFor(() => expect(second.watch.current?.members).toHaveLength(2), soon);
  });

  it("says that the session was closed, and ends", async () => {
    const session = zooKeeper.open();
    const { watch, events, ended, take } = follow(watchSet(session, "/closed/set"));
    await vi.waitFor(() => expect(events).toHaveLength(1), soon);
    await session.close();
    await Promise.all([ended, watch.ended]);
    expect(take().at(-1)).toBe("problem CLOSED");
    const late = follow(watchSet(session, "/closed/set"));
    await late.ended;
    expect(late.take()).toEqual(["problem CLOSED"]);
  });

  it("that was aborted before it began is over", async () => {
    const session = zooKeeper.open();
    const { ended, take } = follow(watchSet(session, "/never/set", { signal: AbortSignal.abort() }));
    await ended;
    expect(take()).toEqual([]);
    expect(watchedSetsOf(session).size).toBe(0);
  });
});
