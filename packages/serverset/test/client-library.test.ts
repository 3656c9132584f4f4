import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  createLibraryClient,
  ignoreEvent,
  LIBRARY_STATE,
  toLibraryAcl,
} from "../src/zookeeper/client-library.ts";

/** The library's own number, which it sets by itself. */
const EXPIRED = -3;
const PINNED = "1.1.3";
const read = (url: string) =>
  JSON.parse(readFileSync(new URL(import.meta.resolve(url)), "utf8")) as Record<string, unknown>;
const own = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  dependencies: Record<string, string>;
};

describe("node-zookeeper-client, of which we use what it does not promise", () => {
  const client = createLibraryClient({ sessionTimeoutMs: 9_000 });
  const manager = client.connectionManager;

  it("is exactly the version that was read", () => {
    expect(own.dependencies["node-zookeeper-client"]).toBe(PINNED);
    expect(read("node-zookeeper-client/package.json")["version"]).toBe(PINNED);
  });

  it.each([
    ["connect", 0],
    ["setState", 1],
    ["onSocketConnected", 0],
    ["onSocketData", 1],
    ["onSocketDrain", 0],
    ["onSocketClosed", 1],
    ["onSocketTimeout", 0],
    ["registerDataWatcher", 2],
    ["registerChildWatcher", 2],
    ["registerExistenceWatcher", 2],
  ] as const)("has connectionManager.%s(%i arguments)", (name, length) => {
    // Of the library itself: some of them are replaced on every client.
    const own = (Object.getPrototypeOf(manager) as typeof manager)[name];
    expect(own).toBeTypeOf("function");
    expect(own).toHaveLength(length);
  });

  it.each([
    ["connect", 0],
    ["close", 0],
    ["create", 5],
    ["remove", 3],
    ["setData", 4],
    ["exists", 3],
    ["getData", 3],
    ["getChildren", 3],
    ["getSessionId", 0],
    ["getSessionPassword", 0],
    ["getSessionTimeout", 0],
  ] as const)("has %s(%i arguments)", (name, length) => {
    expect(client[name]).toBeTypeOf("function");
    expect(client[name]).toHaveLength(length);
  });

  it("keeps its state where connection.ts replaces and reads it", () => {
    expect(manager).toMatchObject({ xid: 0, state: 0, zxid: Buffer.alloc(8) });
    expect(Object.hasOwn(manager, "zxid")).toBe(true);
  });

  it("takes the number of the next request and the zxid seen from where we write them", () => {
    const library = createLibraryClient({ sessionTimeoutMs: 9_000 });
    const fresh = library.connectionManager;
    const written: Buffer[] = [];
    fresh.socket = { write: (bytes: Buffer) => written.push(bytes) } as never;
    fresh.zxid.writeBigInt64BE(77n);
    fresh.onSocketConnected();
    expect(written[0]?.readBigInt64BE(8)).toBe(77n);
    fresh.setState(LIBRARY_STATE.CONNECTED);
    fresh.xid = 1_234;
    library.remove("/x", -1, () => {});
    expect([written[1]?.readInt32BE(4), written[1]?.readInt32BE(8)]).toEqual([1_234, 2]);
    expect(fresh.xid).toBe(1_235);
  });

  it("keeps nothing of a path that was watched", () => {
    const fresh = createLibraryClient({ sessionTimeoutMs: 9_000 });
    fresh.connectionManager.registerChildWatcher("/watched", ignoreEvent);
    fresh.connectionManager.registerExistenceWatcher("/watched", ignoreEvent);
    const { watcherManager } = fresh.connectionManager as unknown as { watcherManager: object };
    expect({ ...watcherManager }).toEqual({ childWatchers: {}, existenceWatchers: {}, dataWatchers: {} });
  });

  it("writes a list of access as ZooKeeper numbers it", () => {
    const acl = toLibraryAcl([
      { scheme: "ip", id: "10.0.0.0/8", permissions: ["read", "create"] },
      { scheme: "auth", id: "", permissions: ["read", "write", "create", "delete", "admin"] },
    ]);
    expect(acl).toMatchObject([
      { permission: 5, id: { scheme: "ip", id: "10.0.0.0/8" } },
      { permission: 31, id: { scheme: "auth", id: "" } },
    ]);
    expect(toLibraryAcl()).toMatchObject([{ permission: 31, id: { scheme: "world", id: "anyone" } }]);
  });

  it("calls its parts through the instance, so that they can be replaced", () => {
    let asked = 0;
    manager.connect = () => {
      asked += 1;
      manager.setState(LIBRARY_STATE.CONNECTING);
    };
    client.connect();
    expect(asked).toBe(1);
  });

  it("names the states that we wait for", () => {
    const names: string[] = [];
    const watched = createLibraryClient({ sessionTimeoutMs: 9_000 });
    watched.on("state", ({ name }) => names.push(name));
    watched.connectionManager.setState(LIBRARY_STATE.CONNECTED);
    watched.connectionManager.setState(EXPIRED);
    expect(names).toEqual(["SYNC_CONNECTED", "EXPIRED"]);
  });

  it("begins with the session that is to be resumed", () => {
    const id = Buffer.from("0123456789abcdef", "hex");
    const resumed = createLibraryClient({
      sessionTimeoutMs: 9_000,
      sessionId: id,
      sessionPassword: Buffer.alloc(16, 7),
    });
    expect([resumed.getSessionId(), resumed.getSessionPassword()]).toEqual([id, Buffer.alloc(16, 7)]);
  });
});
