import { describe, expect, it, vi } from "vitest";
import { watchSet } from "../src/index.ts";
import { REQUEST } from "./fault-proxy.ts";
import { follow, memberName, put, putMany, shown, soon } from "./following.ts";
import { connectionOf, expire, memberOf, removeTree, useZooKeeper } from "./live.ts";

const zooKeeper = useZooKeeper();

describe("a set that is watched", () => {
  it("is told once it is made", async () => {
    const writer = zooKeeper.open();
    const { take, events } = follow(watchSet(zooKeeper.open(), "/later/set"));
    await vi.waitFor(() => expect(events).toHaveLength(1), soon);
    expect(take()).toEqual(["snapshot none"]);
    await put(writer, `/later/set/${memberName(0)}`);
    await vi.waitFor(
      () => expect(events.at(-1)).toMatchObject({ snapshot: { exists: true, members: [{}] } }),
      soon,
    );
  });

  it("is never without the member that is replaced, nor warned of, wherever a reader stands", async () => {
    const path = "/replaced/set";
    const proxy = await zooKeeper.proxy();
    const reader = zooKeeper.open({ servers: proxy.address });
    const announcement = zooKeeper.announce(zooKeeper.open(), path);
    await announcement.announced(AbortSignal.timeout(8_000));
    const { watch, events } = follow(watchSet(reader, path));
    await vi.waitFor(() => expect(watch.current?.members).toHaveLength(1), soon);
    // Far from the server: the deletion of the old one is there before the new one has been read.
    let held = 0;
    proxy.onReply = ({ request }) => {
      if (request !== REQUEST.multiRead) return "pass";
      held += 1;
      return { after: new Promise((resolve) => setTimeout(resolve, 20)) };
    };
    for (let shard = 1; shard <= 10; shard++) {
      await announcement.update(memberOf(shard), AbortSignal.timeout(8_000));
    }
    await vi.waitFor(() => expect(watch.current?.members.map((each) => each.shard)).toEqual([10]), soon);
    expect(held).toBeGreaterThan(0);
    for (const event of events) {
      expect(event.type).not.toBe("problem");
      if ("snapshot" in event) expect(event.snapshot.members.length).toBeGreaterThan(0);
    }
  });

  it("tells nothing of a member that is as useless as before", async () => {
    const writer = zooKeeper.open();
    const path = "/useless/set";
    await put(writer, `${path}/${memberName(0)}`, "nonsense");
    const { watch, take, events } = follow(watchSet(zooKeeper.open(), path));
    await vi.waitFor(() => expect(events).toHaveLength(1), soon);
    take();
    const connection = await connectionOf(writer);
    await connection.setData(`${path}/${memberName(0)}`, Buffer.from("nonsense"));
    await put(writer, `${path}/${memberName(1)}`);
    await vi.waitFor(() => expect(watch.current?.members).toHaveLength(1), soon);
    expect(events.every((event) => event.type !== "change" || event.added.length > 0)).toBe(true);
  });

  it("has none of its old members when it was removed and made anew with the same names", async () => {
    const writer = zooKeeper.open();
    const path = "/again/set";
    await putMany(writer, path, 2);
    const { watch, take } = follow(watchSet(zooKeeper.open(), path));
    await vi.waitFor(() => expect(watch.current?.members).toHaveLength(2), soon);
    const [old] = watch.current?.members ?? [];
    await removeTree(writer, path);
    await vi.waitFor(() => expect(watch.current).toMatchObject({ exists: false, members: [] }), soon);
    take();
    await put(
      writer,
      `${path}/${memberName(0)}`,
      '{"serviceEndpoint":{"host":"other","port":1},"status":"ALIVE"}',
    );
    await vi.waitFor(() => expect(watch.current?.members).toHaveLength(1), soon);
    expect(watch.current?.members[0]?.name).toBe(old?.name);
    expect(watch.current?.members[0]?.serviceEndpoint.host).toBe("other");
  });

  it("tells what came and went while it was cut off as one difference, and no removal before", async () => {
    const writer = zooKeeper.open();
    const path = "/cut/set";
    await putMany(writer, path, 3);
    const proxy = await zooKeeper.proxy();
    const reader = zooKeeper.open({ servers: proxy.address, sessionTimeoutMs: 10_000 });
    const { watch, take, events } = follow(watchSet(reader, path));
    await vi.waitFor(() => expect(events).toHaveLength(1), soon);
    const kept = watch.current?.members[2];
    proxy.mode = "refuse";
    proxy.cut();
    await vi.waitFor(() => expect(watch.current?.stale).toBe(true), soon);
    expect(watch.current?.staleReason).not.toBe("");
    const connection = await connectionOf(writer);
    await connection.remove(`${path}/${memberName(0)}`);
    await connection.setData(`${path}/${memberName(1)}`, Buffer.from("{}"));
    await put(writer, `${path}/${memberName(3)}`);
    await put(writer, `${path}/${memberName(4)}`);
    await connection.remove(`${path}/${memberName(4)}`);
    expect(shown(watch.current as never)).toBe("0,1,2");
    proxy.mode = "open";
    await vi.waitFor(() => expect(watch.current?.stale).toBe(false), soon);
    await vi.waitFor(() => expect(events).toHaveLength(4), soon);
    expect(take()).toEqual(["snapshot 0,1,2", "stale", "change +3 -0,1", "fresh"]);
    expect(watch.current?.members[0]).toBe(kept);
    expect(watch.current?.invalid).toMatchObject([{ name: memberName(1) }]);
  });

  it("is read anew in the next session, and nothing is told when nothing changed", async () => {
    const writer = zooKeeper.open();
    await putMany(writer, "/expired/set", 5);
    const reader = zooKeeper.open();
    const { watch, take, events } = follow(watchSet(reader, "/expired/set"));
    await vi.waitFor(() => expect(events).toHaveLength(1), soon);
    await expire(reader);
    await vi.waitFor(() => expect(watch.current?.stale).toBe(false), soon);
    await put(writer, `/expired/set/${memberName(5)}`);
    await vi.waitFor(() => expect(watch.current).toMatchObject({ members: { length: 6 } }), soon);
    expect(take().filter((each) => each !== "stale" && each !== "fresh")).toEqual([
      "snapshot 0,1,2,3,4",
      "change +5",
    ]);
    expect(watch.current?.generation).toBeGreaterThan(1);
  });

  it.each([REQUEST.addWatch, REQUEST.multiRead])(
    "misses nothing when the reply to request %i is lost with the connection",
    async (request) => {
      const writer = zooKeeper.open();
      const path = `/lost-${request}/set`;
      await putMany(writer, path, 1);
      const proxy = await zooKeeper.proxy();
      let lost = 0;
      proxy.onReply = (reply) => {
        if (reply.request !== request || lost > 0) return "pass";
        lost += 1;
        return { cutAfter: 0 };
      };
      const reader = zooKeeper.open({ servers: proxy.address });
      const { watch } = follow(watchSet(reader, path));
      await vi.waitFor(() => expect(watch.current?.members).toHaveLength(1), soon);
      expect(lost).toBe(1);
      await put(writer, `${path}/${memberName(1)}`);
      await vi.waitFor(() => expect(watch.current?.members).toHaveLength(2), soon);
    },
  );

  it("is right again when a notification never came, and counts that", async () => {
    const writer = zooKeeper.open();
    const path = "/silent/set";
    await putMany(writer, path, 2);
    const proxy = await zooKeeper.proxy();
    const reader = zooKeeper.open({ servers: proxy.address });
    const { watch } = follow(watchSet(reader, path, { resyncMs: 300 }));
    await vi.waitFor(() => expect(watch.current?.members).toHaveLength(2), soon);
    let swallowed = 0;
    proxy.onReply = ({ frame }) => {
      if (frame.readInt32BE(4) !== -1) return "pass";
      swallowed += 1;
      return "swallow";
    };
    await put(writer, `${path}/${memberName(2)}`);
    await (await connectionOf(writer)).remove(`${path}/${memberName(0)}`);
    await vi.waitFor(() => expect(shown(watch.current as never)).toBe("1,2"), soon);
    expect(swallowed).toBe(2);
    expect(watch.lostUpdates).toBe(2);
  });

  it("shows what nobody can use beside the others, and ignores what is no member", async () => {
    const writer = zooKeeper.open();
    const path = "/mixed/set";
    const bad: readonly (string | Buffer)[] = [
      "",
      "null",
      "{",
      Buffer.from([0x0c, 0, 1, 0x0b]),
      '{"serviceEndpoint":{"host":"h","port":"80"},"status":"ALIVE"}',
      `{"serviceEndpoint":{"host":"h","port":80},"status":"ALIVE","x":"${"y".repeat(900_000)}"}`,
    ];
    for (const [index, data] of bad.entries()) await put(writer, `${path}/${memberName(index)}`, data);
    await put(writer, `${path}/${memberName(9)}`);
    await put(writer, `${path}/vector_0000000010`, '{"vector":[{"select":"shard=0","weight":2.0}]}');
    await put(writer, `${path}/stranger`);
    const { watch } = follow(watchSet(zooKeeper.open(), path));
    await vi.waitFor(() => expect(watch.current).toBeDefined(), soon);
    expect(watch.current?.members.map(({ name, weight }) => [name, weight])).toEqual([
      [memberName(9), undefined],
    ]);
    expect(watch.current?.invalid.map(({ name }) => name)).toEqual(bad.map((_, index) => memberName(index)));
    expect(watch.current?.invalid[5]?.reason).toMatch(/^has 9\d{5} bytes; more than 65536 are not read$/);
  });

  it("has the weights that its vectors give, as they change", async () => {
    const writer = zooKeeper.open();
    const path = "/weights/set";
    await putMany(writer, path, 2);
    const { watch, events, take } = follow(watchSet(zooKeeper.open(), path, { weights: true }));
    await vi.waitFor(() => expect(events).toHaveLength(1), soon);
    take();
    const vector = (weight: string) =>
      Buffer.from(`{"vector":[{"select":"member=${memberName(0)}","weight":${weight}}]}`);
    await put(writer, `${path}/vector_0000000002`, vector("0.5"));
    const weights = () => watch.current?.members.map(({ weight }) => weight);
    await vi.waitFor(() => expect(weights()).toEqual([0.5, 1]), soon);
    await (await connectionOf(writer)).setData(`${path}/vector_0000000002`, vector("4.0"));
    await vi.waitFor(() => expect(weights()).toEqual([4, 1]), soon);
    await (await connectionOf(writer)).remove(`${path}/vector_0000000002`);
    await vi.waitFor(() => expect(weights()).toEqual([1, 1]), soon);
    expect(take()).toEqual(["change ~0", "change ~0", "change ~0"]);
  });

  it("shows the newest of two members with one shard", async () => {
    const writer = zooKeeper.open();
    const path = "/shards/set";
    await putMany(writer, path, 2);
    const { watch } = follow(watchSet(zooKeeper.open(), path, { onePerShard: true }));
    await vi.waitFor(() => expect(watch.current && shown(watch.current)).toBe("1"), soon);
    await (await connectionOf(writer)).remove(`${path}/${memberName(1)}`);
    await vi.waitFor(() => expect(watch.current && shown(watch.current)).toBe("0"), soon);
  });

  it("can be printed", async () => {
    const writer = zooKeeper.open();
    await putMany(writer, "/printed/set", 1);
    const { watch } = follow(watchSet(zooKeeper.open(), "/printed/set"));
    await vi.waitFor(() => expect(watch.current).toBeDefined(), soon);
    expect(JSON.parse(JSON.stringify(watch.current))).toMatchObject({
      zxid: expect.stringMatching(/^0x[0-9a-f]+$/),
      exists: true,
    });
  });
});
