import { type PrivateZooKeeper, startZooKeeper } from "@borealis/private-zookeeper";
import zooKeeper from "node-zookeeper-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  connectZooKeeper,
  formatMember,
  listServerSets,
  mirrorTree,
  queryServerSet,
  watchServerSet,
  type ZooKeeperSession,
} from "../src/index.ts";

// A client with credentials locks znodes; ours has none.
let server: PrivateZooKeeper;
let session: ZooKeeperSession;
const MEMBER = formatMember({
  serviceEndpoint: { host: "h", port: 1 },
  additionalEndpoints: {},
  status: "ALIVE",
});
const OPEN = [new zooKeeper.ACL(zooKeeper.Permission.ALL, new zooKeeper.Id("world", "anyone"))];
const LOCKED = [new zooKeeper.ACL(zooKeeper.Permission.ALL, new zooKeeper.Id("auth", ""))];

beforeAll(async () => {
  server = await startZooKeeper();
  session = connectZooKeeper({ servers: server.connectString });
  const owner = zooKeeper.createClient(server.connectString);
  await new Promise<void>((resolve) => {
    owner.once("connected", resolve);
    owner.connect();
  });
  owner.addAuthInfo("digest", Buffer.from("owner:secret"));
  const create = (path: string, acl: typeof OPEN) =>
    new Promise<void>((resolve, reject) => {
      owner.create(path, MEMBER, acl, zooKeeper.CreateMode.PERSISTENT, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  for (const path of ["/set", "/set/member_0000000000"]) await create(path, OPEN);
  await create("/set/member_0000000001", LOCKED);
  await create("/closed", LOCKED);
  owner.close();
});

afterAll(async () => {
  await session.close();
  await server.stop();
});

const soon = () => AbortSignal.timeout(10_000);

test("a member that may not be read is listed as unreadable beside the others, and is not absent", async () => {
  const { members, invalid } = await queryServerSet(session, "/set", soon());
  expect(members.map(({ name }) => name)).toEqual(["member_0000000000"]);
  expect(invalid).toEqual([
    { valid: false, name: "member_0000000001", reason: expect.stringContaining("NO_AUTH") },
  ]);
  for await (const event of watchServerSet(session, "/set", soon())) {
    expect(event).toMatchObject({ type: "RESYNC", set: { exists: true, members, invalid } });
    break;
  }
});

test("a set that may not be read is refused, not empty", async () => {
  await expect(queryServerSet(session, "/closed", soon())).rejects.toMatchObject({ code: "NO_AUTH" });
  await expect(listServerSets(session, "/closed", soon())).rejects.toMatchObject({ code: "NO_AUTH" });
  await expect(watchServerSet(session, "/closed", soon()).next()).rejects.toMatchObject({ code: "NO_AUTH" });
});

test("a mirror says which znode it could not read, and why when it is the root", async () => {
  const mirror = mirrorTree(session, "/set");
  await mirror.ready(soon());
  expect(mirror.nodes.get("/set/member_0000000001")).toMatchObject({
    unreadable: expect.stringContaining("NO_AUTH"),
  });
  await mirror.close();
  const closed = mirrorTree(session, "/closed");
  await expect(closed.ready(soon())).rejects.toMatchObject({ code: "NO_AUTH", path: "/closed" });
  expect(closed.state).toBe("loading");
  await closed.close();
});
