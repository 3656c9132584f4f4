import { describe, expect, it, vi } from "vitest";
import { listServerSets, queryServerSet, watchSet } from "../src/index.ts";
import { type FaultProxy, REQUEST } from "./fault-proxy.ts";
import { follow, memberName, put, putMany, shown, soon } from "./following.ts";
import { connectionOf, removeTree, useZooKeeper } from "./live.ts";

const zooKeeper = useZooKeeper();
const UNKNOWN_TO_OLD = new Set<number | undefined>([REQUEST.multiRead, REQUEST.addWatch]);

/** Answers what servers before 3.6 do not know as they do; some also hang up after it. */
function makeOld(proxy: FaultProxy, { hangsUp }: { hangsUp: boolean }): void {
  proxy.onReply = ({ frame, request }) => {
    if (!UNKNOWN_TO_OLD.has(request)) return "pass";
    const answer = Buffer.alloc(20);
    answer.writeInt32BE(16, 0);
    frame.copy(answer, 4, 4, 16);
    answer.writeInt32BE(-6, 16);
    if (hangsUp) queueMicrotask(() => setImmediate(() => proxy.cut()));
    return { replace: answer };
  };
}

describe.each([{ hangsUp: false }, { hangsUp: true }])(
  "a server without batches and recursive watches, %o",
  (how) => {
    it("is followed all the same", async () => {
      const writer = zooKeeper.open();
      const path = `/old-${how.hangsUp}/set`;
      const proxy = await zooKeeper.proxy();
      makeOld(proxy, how);
      const reader = zooKeeper.open({ servers: proxy.address });
      const { watch } = follow(watchSet(reader, path, { massRemovalGuard: false }));
      const now = () => watch.current && shown(watch.current);
      await vi.waitFor(() => expect(now()).toBe("none"), soon);
      await putMany(writer, path, 300);
      await vi.waitFor(() => expect(watch.current?.members).toHaveLength(300), soon);
      const kept = watch.current?.members[299];
      const connection = await connectionOf(writer);
      for (let index = 1; index < 299; index++) await connection.remove(`${path}/${memberName(index)}`);
      await vi.waitFor(() => expect(now()).toBe("0,299"), soon);
      expect(watch.current?.members[1]).toBe(kept);
      proxy.cut();
      await put(writer, `${path}/${memberName(300)}`);
      await vi.waitFor(() => expect(now()).toBe("0,299,300"), soon);
      expect(watch.current?.members[1]).toBe(kept);
      await removeTree(writer, path);
      await vi.waitFor(() => expect(now()).toBe("none"), soon);
      await put(
        writer,
        `${path}/${memberName(0)}`,
        '{"serviceEndpoint":{"host":"new","port":1},"status":"ALIVE"}',
      );
      await vi.waitFor(() => expect(watch.current?.members[0]?.serviceEndpoint.host).toBe("new"), soon);
    });

    it("is asked and listed all the same", async () => {
      const writer = zooKeeper.open();
      const path = `/old-asked-${how.hangsUp}/role/set`;
      await putMany(writer, path, 300);
      await put(writer, `${path}/${memberName(300)}`, "bad");
      const proxy = await zooKeeper.proxy();
      makeOld(proxy, how);
      const reader = zooKeeper.open({ servers: proxy.address });
      const signal = AbortSignal.timeout(8_000);
      const set = await queryServerSet(reader, path, signal);
      expect([set.exists, set.members.length, set.invalid.length]).toEqual([true, 300, 1]);
      expect(await queryServerSet(reader, "/nowhere", signal)).toMatchObject({ exists: false, members: [] });
      const root = `/old-asked-${how.hangsUp}`;
      expect(await listServerSets(reader, root, signal)).toEqual([{ path, members: 301 }]);
    });
  },
);
