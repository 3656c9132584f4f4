import { describe, expect, it, vi } from "vitest";
import type { Notification } from "../src/zookeeper/connection.ts";
import { useZooKeeper } from "./live.ts";
import { openTo } from "./one-connection.ts";

const zooKeeper = useZooKeeper();
const port = () => zooKeeper.servers[0]?.port ?? 0;
const nothing = Buffer.alloc(0);
const soon = { timeout: 8_000, interval: 5 };
/** ZooKeeper's number of the request in which the library tells all its watches at once. */
const SET_WATCHES = 101;

async function listening() {
  const heard: Notification[] = [];
  const connection = await openTo(port(), { onNotification: (notification) => heard.push(notification) });
  return { connection, heard };
}

describe("a connection", () => {
  it("tells what a znode is, and that there is none", async () => {
    const connection = await openTo(port());
    await connection.create("/told", Buffer.from("one"), "persistent");
    await connection.setData("/told", Buffer.from("two"));
    await connection.create("/told/child", nothing, "ephemeral");
    const stat = await connection.statOf("/told");
    expect(stat).toMatchObject({ version: 1, numChildren: 1, ephemeralOwner: 0n });
    expect(stat?.mzxid).toBeGreaterThan(stat?.czxid ?? 0n);
    expect(stat?.pzxid).toBeGreaterThan(stat?.mzxid ?? 0n);
    expect(Math.abs((stat?.mtimeMs ?? 0) - Date.now())).toBeLessThan(60_000);
    // The library's way of reading, and ours.
    expect(await connection.read("/told")).toEqual({ data: Buffer.from("two"), stat });
    expect(await connection.multiRead([{ kind: "data", path: "/told" }])).toEqual([
      { data: Buffer.from("two"), stat },
    ]);
    expect(await connection.list("/told")).toEqual({ children: ["child"], stat });
    expect((await connection.statOf("/told/child"))?.ephemeralOwner).toBe(connection.sessionId);
    expect(await connection.statOf("/nowhere")).toBeUndefined();
    for (const asked of [connection.read("/nowhere"), connection.list("/nowhere")]) {
      await expect(asked).rejects.toMatchObject({ code: "NO_NODE", path: "/nowhere" });
    }
    await connection.close(500);
  });

  it("is notified once of what it lists and of what does not exist yet, when it watches", async () => {
    const { connection, heard } = await listening();
    await connection.create("/listed", nothing, "persistent");
    await connection.list("/listed", { watch: true });
    expect(await connection.statOf("/awaited", { watch: true })).toBeUndefined();
    await connection.create("/listed/a", nothing, "persistent");
    await connection.create("/listed/b", nothing, "persistent");
    await connection.create("/awaited", nothing, "persistent");
    await connection.sync("/");
    expect(heard).toEqual([
      { type: "children", path: "/listed" },
      { type: "created", path: "/awaited" },
    ]);
    await connection.close(500);
  });

  it("is notified of a tree until it no longer watches it", async () => {
    const { connection, heard } = await listening();
    await connection.watchTree("/tree");
    await connection.create("/tree", nothing, "persistent");
    await connection.create("/tree/a", nothing, "persistent");
    await connection.sync("/");
    expect(heard).toContainEqual({ type: "created", path: "/tree/a" });
    const before = heard.length;
    await connection.unwatchTree("/tree");
    await connection.unwatchTree("/tree");
    await connection.create("/tree/b", nothing, "persistent");
    await connection.sync("/");
    expect(heard).toHaveLength(before);
    await connection.close(500);
  });

  it("holds 12,000 watches and takes up its session again without telling them all at once", async () => {
    const proxy = await zooKeeper.proxy();
    const requests = new Set<number>();
    proxy.onRequest = (request) => void requests.add(request);
    const heard: Notification[] = [];
    const options = {
      onNotification: (notification: Notification) => void heard.push(notification),
      sessionTimeoutMs: 30_000,
    };
    const first = await openTo(proxy.port, options);
    const paths = Array.from({ length: 12_000 }, (_, index) => `/watched-${"x".repeat(90)}-${index}`);
    const arm = async (connection: typeof first) => {
      for (let from = 0; from < paths.length; from += 500) {
        const window = paths.slice(from, from + 500);
        await Promise.all(window.map((path) => connection.statOf(path, { watch: true })));
      }
    };
    await arm(first);
    const { ticket } = first;
    proxy.cut();
    await vi.waitFor(() => expect(first.lostWith?.code).toBe("CONNECTION_LOSS"), soon);
    const second = await openTo(proxy.port, { ...options, resume: ticket });
    expect(second.sessionId).toBe(first.sessionId);
    await arm(second);
    await second.create(paths[11_999] ?? "", nothing, "ephemeral");
    await second.sync("/");
    expect(heard).toEqual([{ type: "created", path: paths[11_999] }]);
    expect(second.lostWith).toBeUndefined();
    expect(requests).not.toContain(SET_WATCHES);
    await second.close(2_000);
  });
});
