import { afterEach, expect, test, vi } from "vitest";
import {
  Announcement,
  formatMember,
  queryServerSet,
  readAnnouncerAuth,
  type ServerSetEvent,
  watchServerSet,
} from "../src/index.ts";
import { Kazoo } from "./kazoo.ts";
import { connectionOf, expire, memberOf, useZooKeeper } from "./live.ts";

const zooKeeper = useZooKeeper();
const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function kazooHere(...credentials: string[]): Promise<Kazoo> {
  const kazoo = await Kazoo.connect(zooKeeper.connectString, ...credentials);
  opened.push(() => kazoo[Symbol.asyncDispose]());
  return kazoo;
}

const soon = { timeout: 10_000, interval: 10 };
const ended = () => AbortSignal.timeout(10_000);

/** What Aurora's Python writes: `json.dumps` as it comes, keys in its order, an address beside the host. */
const AURORA =
  '{"status": "ALIVE", "additionalEndpoints": {"aurora": {"host": "h1", "port": 31001}, "http": {"host": "h1", "port": 31002}}, "serviceEndpoint": {"host": "h1", "port": 31001}, "shard": 4}';
const PYTHON_WITH_ADDRESSES =
  '{"status": "ALIVE", "member_id": 1, "serviceEndpoint": {"host": "h2", "inet": "10.0.0.2", "port": 31002}, "additionalEndpoints": {}}';
/** What Gson writes: nothing between the tokens and nothing for what is null. */
const JAVA = '{"serviceEndpoint":{"host":"h3","port":31003},"status":"ALIVE"}';
const FINAGLE =
  '{"serviceEndpoint":{"host":"h4","port":31004},"additionalEndpoints":{},"status":"ALIVE","shard":9,"metadata":{"zone":"a"}}';

test("another client sees our member join as an ephemeral of our session, and leave", async () => {
  const path = "/aurora/foreign/prod/join";
  const kazoo = await kazooHere();
  await kazoo.create(path, "", { makepath: true });
  await kazoo.watch(path);
  const session = zooKeeper.open();
  const announcement = new Announcement({ session, path, member: memberOf(3) });
  announcement.join();
  await vi.waitFor(() => expect(kazoo.seen.at(-1)).toEqual(["member_0000000000"]), soon);

  const { data, owner } = await kazoo.get(`${path}/member_0000000000`);
  expect(data).toEqual(formatMember(memberOf(3)));
  expect(data.subarray(0, 2).toString()).toBe('{"');
  const { ticket } = await connectionOf(session);
  expect(owner).toBe(BigInt(`0x${ticket.id.toString("hex")}`));

  await announcement.leave(ended());
  await vi.waitFor(() => expect(kazoo.seen).toEqual([[], ["member_0000000000"], []]), soon);
  announcement.close();
});

test("another client reads the member that we guard, and can neither change the set nor add to it", async () => {
  const path = "/aurora/foreign/prod/guarded";
  const { auth, acl } = readAnnouncerAuth(
    JSON.stringify({
      auth: [{ scheme: "digest", credential: "ours:secret" }],
      acl: [
        {
          scheme: "digest",
          credential: "ours:secret",
          permissions: { read: true, write: true, create: true, delete: true, admin: true },
        },
        { scheme: "world", credential: "anyone", permissions: { read: true } },
      ],
    }),
    "announcer-auth.json",
  );
  const announcement = new Announcement({
    session: zooKeeper.open({ auth, acl }),
    path,
    member: memberOf(1),
  });
  await announcement.announced(ended());
  const stranger = await kazooHere();
  const member = `${path}/${announcement.memberId}`;
  expect((await stranger.get(member)).data).toEqual(formatMember(memberOf(1)));
  await expect(stranger.create(`${path}/member_`, "{}", { sequence: true })).rejects.toThrow("NoAuthError");
  await expect(stranger.delete(member)).rejects.toThrow("NoAuthError");
  const owner = await kazooHere("ours:secret");
  await owner.create(`${path}/member_`, formatMember(memberOf(2)).toString(), {
    ephemeral: true,
    sequence: true,
  });
  const { members } = await queryServerSet(zooKeeper.open(), path, ended());
  expect(members.map(({ shard }) => shard)).toEqual([1, 2]);
  await announcement.leave(ended());
  announcement.close();
});

test("another client sees our member once more when its session has expired", async () => {
  const path = "/aurora/foreign/prod/expiry";
  const kazoo = await kazooHere();
  const session = zooKeeper.open();
  zooKeeper.announce(session, path);
  await vi.waitFor(async () => expect(await kazoo.children(path)).toHaveLength(1), soon);
  const [before = ""] = await kazoo.children(path);
  await expire(session);
  await vi.waitFor(async () => {
    const [now, ...others] = await kazoo.children(path);
    expect(others).toEqual([]);
    expect(now).toMatch(/^member_\d{10}$/);
    expect(now).not.toBe(before);
  }, soon);
});

test("our member comes back when another client has deleted it, or the whole set", async () => {
  const path = "/aurora/foreign/prod/deleted";
  const kazoo = await kazooHere();
  zooKeeper.announce(zooKeeper.open(), path);
  await vi.waitFor(async () => expect(await kazoo.children(path)).toEqual(["member_0000000000"]), soon);
  await kazoo.delete(`${path}/member_0000000000`);
  await vi.waitFor(async () => expect(await kazoo.children(path)).toEqual(["member_0000000001"]), soon);
  await kazoo.delete("/aurora/foreign/prod", { recursive: true });
  await vi.waitFor(async () => expect(await kazoo.children(path)).toEqual(["member_0000000000"]), soon);
});

test.each([
  ["Aurora's Python", AURORA, { host: "h1", port: 31_001 }, ["aurora", "http"], 4],
  [
    "a Python with addresses and a member_id",
    PYTHON_WITH_ADDRESSES,
    { host: "h2", port: 31_002 },
    [],
    undefined,
  ],
  ["Java without additionalEndpoints", JAVA, { host: "h3", port: 31_003 }, [], undefined],
  ["Finagle with metadata", FINAGLE, { host: "h4", port: 31_004 }, [], 9],
])("what %s writes is read", async (writer, bytes, serviceEndpoint, additional, shard) => {
  const path = `/aurora/foreign/read/${writer.replaceAll(/\W/g, "")}`;
  const kazoo = await kazooHere();
  await kazoo.create(`${path}/member_`, bytes, { ephemeral: true, sequence: true, makepath: true });
  const { members, invalid } = await queryServerSet(zooKeeper.open(), path, ended());
  expect(invalid).toEqual([]);
  expect(members).toHaveLength(1);
  expect(members[0]).toMatchObject({ name: "member_0000000000", status: "ALIVE" });
  expect(members[0]?.serviceEndpoint).toMatchObject(serviceEndpoint);
  expect(Object.keys(members[0]?.additionalEndpoints ?? {})).toEqual(additional);
  expect(members[0]?.shard).toBe(shard);
});

test("children that are no members are left out, and a member that nobody can read hides no other", async () => {
  const path = "/aurora/foreign/prod/mixed";
  const kazoo = await kazooHere();
  await kazoo.create(`${path}/vector_`, '{"vector":[]}', { sequence: true, makepath: true });
  await kazoo.create(`${path}/lock`, "");
  await kazoo.create(`${path}/member_`, Buffer.from([11, 0, 1, 0xff]), { ephemeral: true, sequence: true });
  await kazoo.create(`${path}/member_`, AURORA, { ephemeral: true, sequence: true });
  const { members, invalid } = await queryServerSet(zooKeeper.open(), path, ended());
  expect(members.map(({ name }) => name)).toEqual(["member_0000000003"]);
  expect(invalid.map(({ name }) => name)).toEqual(["member_0000000002"]);
});

test("a watch tells in order what another client joins, rewrites and takes out", async () => {
  const path = "/aurora/foreign/prod/watched";
  const kazoo = await kazooHere();
  await kazoo.create(path, "", { makepath: true });
  const stop = new AbortController();
  const events: ServerSetEvent[] = [];
  const following = (async () => {
    for await (const event of watchServerSet(zooKeeper.open(), path, stop.signal)) events.push(event);
  })();
  const told = (count: number) => vi.waitFor(() => expect(events).toHaveLength(count), soon);
  await told(1);
  const name = await kazoo.create(`${path}/member_`, AURORA, { ephemeral: true, sequence: true });
  await told(2);
  await kazoo.set(name, JAVA);
  await told(3);
  await kazoo.delete(name);
  await told(4);
  stop.abort();
  await following;
  expect(events.map(({ type }) => type)).toEqual(["RESYNC", "ADD", "CHANGE", "REMOVE"]);
  expect(events[1]).toMatchObject({ member: { name: "member_0000000000", shard: 4 } });
  expect(events[2]).toMatchObject({ member: { serviceEndpoint: { host: "h3" } } });
});

test("the member of a foreign process that dies goes from our watch", async () => {
  const path = "/aurora/foreign/prod/ended";
  const kazoo = await Kazoo.connect(zooKeeper.connectString);
  await kazoo.create(`${path}/member_`, AURORA, { ephemeral: true, sequence: true, makepath: true });
  const stop = new AbortController();
  const events: string[] = [];
  const following = (async () => {
    for await (const { type } of watchServerSet(zooKeeper.open(), path, stop.signal)) events.push(type);
  })();
  await vi.waitFor(() => expect(events).toEqual(["RESYNC"]), soon);
  await kazoo[Symbol.asyncDispose]();
  await vi.waitFor(() => expect(events).toEqual(["RESYNC", "REMOVE"]), soon);
  stop.abort();
  await following;
});
