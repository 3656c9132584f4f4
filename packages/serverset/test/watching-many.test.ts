import { describe, expect, it, vi } from "vitest";
import { formatMember, type ServerSetWatch, type SetEvent, watchSet } from "../src/index.ts";
import { SetSubscription } from "../src/set-subscription.ts";
import { REQUEST } from "./fault-proxy.ts";
import { follow, memberName, put, putMany, shown, soon } from "./following.ts";
import { connectionOf, memberOf, useZooKeeper } from "./live.ts";

const zooKeeper = useZooKeeper();
const patient = { timeout: 25_000, interval: 20 };

describe("a set that changes all the time", () => {
  it.each([{ paced: true }, { paced: false }])(
    "is exact in the end, each member read once, %o",
    async ({ paced }) => {
      const writer = zooKeeper.open({ sessionTimeoutMs: 20_000 });
      const path = `/churn-${paced}/set`;
      await put(writer, path, "");
      const proxy = await zooKeeper.proxy();
      const reader = zooKeeper.open({ servers: proxy.address, sessionTimeoutMs: 20_000 });
      let reads = 0;
      proxy.onReply = ({ frame, request }) => {
        if (request === REQUEST.multiRead) reads += memberReads(frame);
        return "pass";
      };
      const { watch, events } = follow(watchSet(reader, path, { massRemovalGuard: false }));
      await vi.waitFor(() => expect(events).toHaveLength(1), soon);
      const connection = await connectionOf(writer);
      const bytes = formatMember(memberOf(0));
      for (let start = 0; start < 1_000; start += paced ? 20 : 1_000) {
        const some = Array.from({ length: paced ? 20 : 1_000 }, (_, index) => start + index);
        await Promise.all(
          some.map((each) => connection.create(`${path}/${memberName(each)}`, bytes, "ephemeral")),
        );
        if (paced) await vi.waitFor(() => expect(watch.current?.members).toHaveLength(start + 20), soon);
      }
      await vi.waitFor(() => expect(watch.current?.members).toHaveLength(1_000), soon);
      expect(reads).toBe(1_000);
      const leaving = Array.from({ length: 990 }, (_, index) =>
        connection.remove(`${path}/${memberName(index)}`),
      );
      await Promise.all(leaving);
      await vi.waitFor(
        () => expect(shown(watch.current as never)).toBe("990,991,992,993,994,995,996,997,998,999"),
        soon,
      );
      expect(watch.lostUpdates).toBe(0);
      await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ snapshot: watch.current }), soon);
      expect(namesTold(events)).toEqual(watch.current?.members.map(({ name }) => name));
    },
  );

  it("costs a consumer that does not listen no more than the set, and then tells it one difference", async () => {
    const writer = zooKeeper.open({ sessionTimeoutMs: 20_000 });
    const path = "/slow/set";
    await putMany(writer, path, 5_000);
    const reader = zooKeeper.open({ sessionTimeoutMs: 20_000 });
    const subscription = new SetSubscription(reader, path, { massRemovalGuard: false }, () => {});
    await vi.waitFor(() => expect(subscription.current?.members).toHaveLength(5_000), soon);
    expect(subscription.take()?.type).toBe("snapshot");
    const connection = await connectionOf(writer);
    const bytes = formatMember(memberOf(1));
    let most = 0;
    for (let round = 0; round < 40; round++) {
      const joined = Array.from(
        { length: 50 },
        (_, index) => `${path}/${memberName(10_000 + round * 50 + index)}`,
      );
      await Promise.all(joined.map((each) => connection.create(each, bytes, "ephemeral")));
      await Promise.all(joined.map((each) => connection.remove(each)));
      most = Math.max(most, subscription.untold);
    }
    await connection.remove(`${path}/${memberName(0)}`);
    await put(writer, `${path}/${memberName(20_000)}`);
    await vi.waitFor(() => expect(subscription.untold).toBe(2), soon);
    expect(most).toBeLessThanOrEqual(100);
    const told = subscription.take();
    expect(told).toMatchObject({
      type: "change",
      differences: { length: 2 },
      snapshot: { members: { length: 5_000 } },
    });
    expect(subscription.take()).toBeUndefined();
    subscription.close();
  });
});

describe("twelve thousand sets", () => {
  it("are followed by one session, through the loss of its connection, a few at a time", async () => {
    const sets = 12_000;
    const writer = zooKeeper.open({ sessionTimeoutMs: 20_000 });
    await put(writer, `/many/0/${memberName(0)}`);
    await put(writer, `/many/${sets - 1}/${memberName(0)}`);
    const proxy = await zooKeeper.proxy();
    const reader = zooKeeper.open({ servers: proxy.address, sessionTimeoutMs: 20_000 });
    let armed = 0;
    let underWay = 0;
    let most = 0;
    proxy.onRequest = (request) => {
      if (request !== REQUEST.addWatch) return;
      armed += 1;
      underWay += 1;
      most = Math.max(most, underWay);
    };
    proxy.onReply = ({ request }) => {
      if (request === REQUEST.addWatch) underWay -= 1;
      return "pass";
    };
    const watches: ServerSetWatch[] = [];
    for (let each = 0; each < sets; each++) watches.push(watchSet(reader, `/many/${each}`));
    const loaded = () => watches.filter(({ current }) => current !== undefined && !current.stale).length;
    await vi.waitFor(() => expect(loaded()).toBe(sets), patient);
    expect(armed).toBe(sets);
    proxy.cut();
    await vi.waitFor(() => expect(watches[1]?.current?.stale).toBe(true), soon);
    await put(writer, `/many/7/${memberName(0)}`);
    await vi.waitFor(() => expect(loaded()).toBe(sets), patient);
    expect(armed).toBe(2 * sets);
    expect(most).toBeLessThanOrEqual(64);
    for (const index of [0, 7, sets - 1]) expect(shown(watches[index]?.current as never)).toBe("0");
    await put(writer, `/many/8/${memberName(0)}`);
    await vi.waitFor(() => expect(watches[8]?.current?.members).toHaveLength(1), soon);
    for (const watch of watches) watch.close();
  });
});

/** What a consumer that applies every difference has in the end. */
function namesTold(events: readonly SetEvent[]): string[] {
  const told = new Set<string>();
  for (const event of events) {
    if (event.type !== "change") continue;
    for (const { name } of event.removed) told.delete(name);
    for (const { name } of event.added) told.add(name);
  }
  return [...told].sort();
}

/** How many members a reply to a batch holds: those that are found, in a batch that is not a list. */
function memberReads(frame: Buffer): number {
  let reads = 0;
  for (let at = 20; frame[at + 4] === 0; ) {
    const type = frame.readInt32BE(at);
    if (type === 8) return 0;
    if (type !== 4) return reads;
    reads += 1;
    at += 9 + 4 + Math.max(0, frame.readInt32BE(at + 9)) + 68;
    if (frame.readInt32BE(at) === 8) return 0;
  }
  return reads;
}
