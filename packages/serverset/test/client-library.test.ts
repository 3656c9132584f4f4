import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createLibraryClient, LIBRARY_STATE } from "../src/zookeeper/client-library.ts";

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
  ] as const)("has connectionManager.%s(%i arguments)", (name, length) => {
    expect(manager[name]).toBeTypeOf("function");
    expect(manager[name]).toHaveLength(length);
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
