import zooKeeperClient from "node-zookeeper-client";
import { describe, expect, it, vi } from "vitest";
import { Announcement, readAnnouncerAuth, ServerSetError } from "../src/index.ts";
import { connectionOf, memberOf, namesAt, useZooKeeper } from "./live.ts";

const zooKeeper = useZooKeeper();
const soon = { timeout: 8_000, interval: 20 };
const before = () => AbortSignal.timeout(8_000);
const { ACL, Id, Permission } = zooKeeperClient;

const { auth, acl } = readAnnouncerAuth(
  JSON.stringify({
    auth: [{ scheme: "digest", credential: "announcer:secret" }],
    acl: [
      {
        scheme: "digest",
        credential: "announcer:secret",
        permissions: { read: true, write: true, create: true, delete: true, admin: true },
      },
      { scheme: "world", credential: "anyone", permissions: { read: true } },
    ],
  }),
  "announcer-auth.json",
);

/** Asks as whoever has the credential; the library alone can read and set ACLs. */
async function asOwner<T>(
  ask: (client: zooKeeperClient.Client, done: (error: unknown, value?: T) => void) => void,
) {
  const client = zooKeeperClient.createClient(zooKeeper.connectString);
  await new Promise<void>((resolve) => {
    client.once("connected", resolve);
    client.connect();
  });
  client.addAuthInfo("digest", Buffer.from("announcer:secret"));
  try {
    return await new Promise<T | undefined>((resolve, reject) =>
      ask(client, (error, value) => (error ? reject(error) : resolve(value))),
    );
  } finally {
    client.close();
  }
}

const lock = (path: string) =>
  asOwner((client, done) =>
    client.setACL(
      path,
      [new ACL(Permission.ALL, new Id("auth", "")), new ACL(Permission.READ, new Id("world", "anyone"))],
      -1,
      done,
    ),
  );
const unlock = (path: string) =>
  asOwner((client, done) =>
    client.setACL(path, [new ACL(Permission.ALL, new Id("world", "anyone"))], -1, done),
  );

async function aclOf(path: string): Promise<string[]> {
  const entries = await asOwner<readonly zooKeeperClient.ACL[]>((client, done) => client.getACL(path, done));
  // Its types lack the name that an entry's permissions have.
  return (entries ?? []).map((entry) => {
    const { permission, id } = entry as zooKeeperClient.ACL & { readonly permission: number };
    return `${id.scheme}:${id.id}:${permission}`;
  });
}

const ALL_AND_READ = ["digest:announcer:95VoDP3CWlGIdlik9ruTCixSDTo=:31", "world:anyone:1"];
const OPEN = ["world:anyone:31"];

describe("an announcement with an access control list", () => {
  it("gives it to the member and to the ancestors it creates, and leaves existing ones as they are", async () => {
    const observer = await connectionOf(zooKeeper.open());
    await observer.create("/acl", Buffer.alloc(0), "persistent");
    const session = zooKeeper.open({ auth });
    const announcement = new Announcement({ session, path: "/acl/prod/hello", member: memberOf(0), acl });
    await announcement.announced(before());
    expect(await aclOf("/acl")).toEqual(OPEN);
    expect(await aclOf("/acl/prod")).toEqual(ALL_AND_READ);
    expect(await aclOf("/acl/prod/hello")).toEqual(ALL_AND_READ);
    expect(await aclOf(`/acl/prod/hello/${announcement.memberId}`)).toEqual(ALL_AND_READ);
    await announcement.leave(before());
    announcement.close();
  });

  it("takes the session's when it has none of its own", async () => {
    const session = zooKeeper.open({ auth, acl });
    const announcement = zooKeeper.announce(session, "/acl-of-session/set");
    await announcement.announced(before());
    expect(await aclOf("/acl-of-session")).toEqual(ALL_AND_READ);
    expect(await aclOf(`/acl-of-session/set/${announcement.memberId}`)).toEqual(ALL_AND_READ);
  });

  it("works below an ancestor that is locked but there", async () => {
    const observer = zooKeeper.open();
    const connection = await connectionOf(observer);
    for (const path of ["/locked", "/locked/open"])
      await connection.create(path, Buffer.alloc(0), "persistent");
    await lock("/locked");
    const announcement = zooKeeper.announce(observer, "/locked/open/prod/hello");
    await announcement.announced(before());
    expect(await namesAt(observer, "/locked/open/prod/hello")).toEqual(["member_0000000000"]);
  });
});

describe("an announcement that ZooKeeper refuses", () => {
  it("says so, goes on trying more and more slowly, and is there once it may be", async () => {
    const session = zooKeeper.open();
    await (await connectionOf(session)).create("/refused", Buffer.alloc(0), "persistent");
    await lock("/refused");
    const announcement = zooKeeper.announce(session, "/refused");
    const errors: string[] = [];
    announcement.on("error", ({ code, path }) => errors.push(`${code} ${path}`));
    const problem = { code: "NO_AUTH", retryable: false };
    await expect(announcement.announced(before())).rejects.toMatchObject(problem);
    expect(announcement).toMatchObject({ state: "pending", problem, report: { state: "joining", problem } });
    await unlock("/refused");
    await vi.waitFor(() => expect(announcement.state).toBe("announced"), soon);
    expect(errors).toEqual(["NO_AUTH /refused/member_"]);
    expect(announcement.problem).toBeUndefined();
  });

  it("keeps what is there when it is an update, and can be updated once it may be", async () => {
    const session = zooKeeper.open();
    const announcement = zooKeeper.announce(session, "/refused-update");
    await announcement.announced(before());
    await lock("/refused-update");
    const refused = announcement.update(memberOf(1), before());
    await expect(refused).rejects.toBeInstanceOf(ServerSetError);
    await expect(refused).rejects.toMatchObject({ code: "NO_AUTH" });
    expect(announcement).toMatchObject({
      state: "announced",
      memberId: "member_0000000000",
      problem: undefined,
    });
    expect(await namesAt(session, "/refused-update")).toEqual(["member_0000000000"]);
    await unlock("/refused-update");
    await announcement.update(memberOf(1), before());
    expect(await namesAt(session, "/refused-update")).toEqual(["member_0000000001"]);
  });
});
