import { systemClock } from "@borealis/clock";
import { describe, expect, it, vi } from "vitest";
import { watchSet } from "../src/index.ts";
import { follow, memberName, put, putMany, shown, soon } from "./following.ts";
import { connectionOf, removeTree, useZooKeeper } from "./live.ts";

const zooKeeper = useZooKeeper();

describe("a fleet", () => {
  it("that disappears at once is kept, with a problem, and let go when it stays away", async () => {
    const writer = zooKeeper.open();
    const path = "/fleet/set";
    await putMany(writer, path, 10);
    const reader = zooKeeper.open({ sessionTimeoutMs: 2_000 });
    const { watch, take, events } = follow(watchSet(reader, path));
    const unheld = follow(watchSet(reader, path, { massRemovalGuard: false }));
    await vi.waitFor(() => expect([events.length, unheld.events.length]).toEqual([1, 1]), soon);
    take();
    await removeTree(writer, path);
    await vi.waitFor(() => expect(unheld.watch.current?.exists).toBe(false), soon);
    expect(watch.current?.exists).toBe(true);
    expect(watch.current?.members.length).toBeGreaterThanOrEqual(5);
    expect(events.map(({ type }) => type)).toContain("problem");
    await vi.waitFor(() => expect(watch.current).toMatchObject({ exists: false, members: [] }), soon);
    expect(events.filter(({ type }) => type === "problem")).toHaveLength(1);
  });

  it("that disappears at once is told so where nobody wants it held", async () => {
    const writer = zooKeeper.open();
    const path = "/unheld/set";
    await putMany(writer, path, 10);
    const { watch, take, events } = follow(watchSet(zooKeeper.open(), path, { massRemovalGuard: false }));
    await vi.waitFor(() => expect(events).toHaveLength(1), soon);
    await removeTree(writer, path);
    await vi.waitFor(() => expect(watch.current).toMatchObject({ exists: false, members: [] }), soon);
    expect(take().some((each) => each.startsWith("problem"))).toBe(false);
  });

  it("is shown for a while after it left where removals are to wait", async () => {
    const writer = zooKeeper.open();
    const path = "/patient/set";
    await putMany(writer, path, 2);
    const { watch, events, take } = follow(watchSet(zooKeeper.open(), path, { removeAfterMs: 500 }));
    await vi.waitFor(() => expect(events).toHaveLength(1), soon);
    const connection = await connectionOf(writer);
    await connection.remove(`${path}/${memberName(0)}`);
    await put(writer, `${path}/${memberName(2)}`);
    await vi.waitFor(() => expect(watch.current && shown(watch.current)).toBe("0,1,2"), soon);
    await vi.waitFor(() => expect(watch.current && shown(watch.current)).toBe("1,2"), soon);
    expect(take()).toEqual(["snapshot 0,1", "change +2", "change -0"]);
  });

  it("is never empty because we are cut off: it is stale, then unusable, and then itself again", async () => {
    const writer = zooKeeper.open();
    const path = "/away/set";
    await putMany(writer, path, 5);
    const proxy = await zooKeeper.proxy();
    // Ten minutes in a second and a half.
    const { now, after } = systemClock;
    const hurried = {
      ...systemClock,
      now: () => now() * 400,
      after: (ms: number, task: () => void) => after(ms / 400, task),
    };
    const reader = zooKeeper.open({ servers: proxy.address, sessionTimeoutMs: 40_000, clock: hurried });
    const { watch, take, events } = follow(watchSet(reader, path));
    await vi.waitFor(() => expect(events).toHaveLength(1), soon);
    const lengths = new Set<number>();
    proxy.mode = "refuse";
    proxy.cut();
    await vi.waitFor(() => {
      lengths.add(watch.current?.members.length ?? 0);
      expect(watch.current?.unusable).toBe(true);
    }, soon);
    expect([...lengths]).toEqual([5]);
    await vi.waitFor(() => expect(events).toHaveLength(4), soon);
    expect(take()).toEqual(["snapshot 0,1,2,3,4", "stale", "problem CONNECTION_LOSS", "snapshot 0,1,2,3,4"]);
    proxy.mode = "open";
    await vi.waitFor(() => expect(events.map(({ type }) => type)).toContain("fresh"), soon);
    expect(watch.current).toMatchObject({ stale: false, members: { length: 5 } });
    expect(watch.current?.unusable).toBeUndefined();
  });
});
