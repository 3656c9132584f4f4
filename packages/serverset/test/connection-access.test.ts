import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Acl } from "../src/zookeeper/security.ts";
import { REQUEST } from "./fault-proxy.ts";
import { useZooKeeper } from "./live.ts";
import { openTo, strangeServer } from "./one-connection.ts";

const zooKeeper = useZooKeeper();
const port = () => zooKeeper.servers[0]?.port ?? 0;
const SECRET = "owner:a-very-secret-word";
const owner = [{ scheme: "digest", credential: SECRET }];
const nothing = Buffer.alloc(0);
/** As ZooKeeper stores a digest: the password is hashed. */
const digestId = (credential: string) =>
  `${credential.split(":")[0]}:${createHash("sha1").update(credential).digest("base64")}`;
const OURS: readonly Acl[] = [
  {
    scheme: "digest",
    id: digestId(SECRET),
    permissions: ["read", "write", "create", "delete", "admin"],
  },
];
const OURS_AND_READABLE: readonly Acl[] = [...OURS, { scheme: "world", id: "anyone", permissions: ["read"] }];

describe("an access control list", () => {
  it("that is empty is that of a znode open to all, and what the library refuses frees its place", async () => {
    const connection = await openTo(port(), { acl: [], mostPending: 2 });
    await connection.create("/no-list", nothing, "persistent");
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(connection.remove("/no-list", "no number" as never)).rejects.not.toMatchObject({
        code: "LIMIT",
      });
    }
    expect(await connection.getData("/no-list")).toEqual(nothing);
  });
});

describe("credentials", () => {
  it("are told before the first request, on every connection of the session", async () => {
    const proxy = await zooKeeper.proxy();
    const asked: number[] = [];
    proxy.onRequest = (request) => void asked.push(request);
    const options = { auth: owner, acl: OURS };
    const first = await openTo(proxy.port, options);
    await first.create("/mine", Buffer.from("x"), "persistent");
    const { ticket } = first;
    proxy.cut();
    const second = await openTo(proxy.port, { ...options, resume: ticket });
    expect(second.sessionId).toBe(first.sessionId);
    expect(await second.getData("/mine")).toEqual(Buffer.from("x"));
    expect(asked).toEqual([100, REQUEST.create, 100, 4]);
    await second.close(500);
  });

  it("are told once on the connection that holds, however many failed before it", async () => {
    const proxy = await zooKeeper.proxy();
    const asked: number[] = [];
    proxy.onRequest = (request) => void asked.push(request);
    let handshakes = 0;
    proxy.onReply = ({ request }) => {
      if (request !== REQUEST.handshake) return "pass";
      handshakes += 1;
      return handshakes < 5 ? { cutAfter: 10 } : "pass";
    };
    const session = zooKeeper.open({ servers: proxy.address, auth: owner, random: () => 0 });
    const { connection } = await session.connected(AbortSignal.timeout(8_000));
    await connection.getData("/");
    expect(handshakes).toBe(5);
    expect(asked).toEqual([100, 4]);
  });

  it("may be several, and made at each connection", async () => {
    let made = 0;
    const make = async () => {
      made += 1;
      return SECRET;
    };
    const auth = [
      { scheme: "digest", credential: "somebody:else" },
      { scheme: "digest", credential: make },
    ];
    const connection = await openTo(port(), { auth });
    await connection.create("/several", nothing, "persistent", OURS);
    expect(await connection.getChildren("/several")).toEqual([]);
    await connection.close(500);
    await (await openTo(port(), { auth })).close(500);
    expect(made).toBe(2);
  });

  it("of a scheme that ZooKeeper does not know end in AUTH_FAILED, without the secret", async () => {
    const opening = openTo(port(), { auth: [{ scheme: "riddle", credential: SECRET }] });
    const error = await opening.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "AUTH_FAILED", zkCode: -115, retryable: false });
    expect(JSON.stringify([error, String(error), (error as Error).stack])).not.toContain("secret");
    expect((error as Error).message).toContain('"riddle"');
  });

  it("on which the server hangs up end in AUTH_FAILED", async () => {
    const welcome = Buffer.alloc(41);
    welcome.writeInt32BE(37, 0);
    welcome.writeInt32BE(3_000, 8);
    welcome.writeInt32BE(16, 20);
    let heard = 0;
    await using server = await strangeServer((socket) => {
      heard += 1;
      if (heard === 1) socket.write(welcome);
      else socket.end();
    });
    await expect(openTo(server.port, { auth: owner })).rejects.toMatchObject({ code: "AUTH_FAILED" });
    expect(heard).toBe(2);
  });

  it("that can not be had end in AUTH_FAILED with the cause", async () => {
    const cause = new Error("the vault is closed");
    const credential = () => Promise.reject(cause);
    const opening = openTo(port(), { auth: [{ scheme: "digest", credential }] });
    await expect(opening).rejects.toMatchObject({ code: "AUTH_FAILED", cause });
  });
});

describe("an access control list", () => {
  it("of the connection guards every znode that it creates, unless that has its own", async () => {
    const mine = await openTo(port(), { auth: owner, acl: OURS_AND_READABLE });
    await mine.create("/guarded", nothing, "persistent");
    await mine.create("/guarded/closed", nothing, "persistent", OURS);
    const other = await openTo(port());
    expect(await other.getChildren("/guarded")).toEqual(["closed"]);
    const refused = { code: "NO_AUTH", zkCode: -102, retryable: false };
    await expect(other.create("/guarded/x", nothing, "ephemeral")).rejects.toMatchObject(refused);
    await expect(other.read("/guarded/closed")).rejects.toMatchObject(refused);
    expect(other.lostWith).toBeUndefined();
    await Promise.all([mine.close(500), other.close(500)]);
  });

  it("is not opened by a wrong credential", async () => {
    const mine = await openTo(port(), { auth: owner });
    await mine.create("/shut", nothing, "persistent", OURS);
    const wrong = await openTo(port(), { auth: [{ scheme: "digest", credential: "owner:guess" }] });
    await expect(wrong.getData("/shut")).rejects.toMatchObject({ code: "NO_AUTH", path: "/shut" });
    await Promise.all([mine.close(500), wrong.close(500)]);
  });

  it("leaves everything open when there is none", async () => {
    const mine = await openTo(port());
    await mine.create("/open", nothing, "persistent");
    const other = await openTo(port());
    await other.setData("/open", Buffer.from("by another"));
    await other.remove("/open");
    await Promise.all([mine.close(500), other.close(500)]);
  });
});
