import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { type PrivateZooKeeper, startZooKeeper } from "@borealis/private-zookeeper";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { connectZooKeeper } from "../src/index.ts";
import type { Notification } from "../src/zookeeper/connection.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { openTo, strangeServer } from "./one-connection.ts";

let certificates: Certificates;
/** Asks for the certificate of every client. */
let mutual: PrivateZooKeeper;
let expired: PrivateZooKeeper;
/** Its certificate is for zk.elsewhere. */
let elsewhere: PrivateZooKeeper;
let ca: string;

beforeAll(async () => {
  certificates = await makeCertificates();
  const { store, trustStore } = certificates;
  ca = certificates.authority;
  [mutual, expired, elsewhere] = await Promise.all([
    startZooKeeper({ tls: { keyStore: store("server"), trustStore, clientAuth: "need" }, tickTimeMs: 200 }),
    startZooKeeper({ tls: { keyStore: store("expired") }, tickTimeMs: 200 }),
    startZooKeeper({ tls: { keyStore: store("elsewhere") }, tickTimeMs: 200 }),
  ]);
});
afterAll(async () => {
  await Promise.all([mutual, expired, elsewhere].map((each) => each?.stop()));
  await certificates?.[Symbol.asyncDispose]();
});

const secure = (zooKeeper: PrivateZooKeeper) => zooKeeper.servers[0]?.securePort ?? 0;
const plain = (zooKeeper: PrivateZooKeeper) => zooKeeper.servers[0]?.port ?? 0;
const nothing = Buffer.alloc(0);
const refusal = (reason: RegExp) => ({
  code: "TLS_FAILED",
  retryable: true,
  message: expect.stringMatching(reason),
});

describe("an encrypted connection", () => {
  it("serves a session whose both ends have shown their certificates", async () => {
    const heard: Notification[] = [];
    const tls = { ca, ...(await certificates.pfx("client")) };
    const connection = await openTo(secure(mutual), {
      tls,
      auth: [{ scheme: "digest", credential: "a:b" }],
      onNotification: (notification) => heard.push(notification),
    });
    await connection.watchTree("/");
    await connection.create("/sealed", Buffer.alloc(900_000, "x"), "ephemeral");
    expect((await connection.read("/sealed")).data).toHaveLength(900_000);
    expect(heard).toEqual([{ type: "created", path: "/sealed" }]);
    const observer = await openTo(plain(mutual));
    expect(await observer.ownerOf("/sealed")).toBe(connection.sessionId);
    const resumed = await openTo(secure(mutual), { tls, resume: connection.ticket });
    expect(resumed.sessionId).toBe(connection.sessionId);
    await resumed.close(2_000);
    await observer.sync("/");
    expect(await observer.ownerOf("/sealed")).toBeUndefined();
    await observer.close(500);
  });

  it.each([
    ["the name it was resolved from", { name: "zk.elsewhere" }, {}],
    ["the name that is asked for", {}, { servername: "zk.elsewhere" }],
  ])("is made when the certificate is for %s", async (_, address, options) => {
    const server = { host: "127.0.0.1", port: secure(elsewhere), ...address };
    const connection = await openTo(0, { server, tls: { ca, ...options } });
    expect(await connection.getData("/")).toEqual(nothing);
    await connection.close(500);
  });
});

describe("an encrypted connection asks for", () => {
  it.each([
    ["the name, when it has one", { name: "localhost" }, "localhost"],
    ["nothing, when it has an address only", {}, false],
  ])("%s", async (_, address, expected) => {
    await using server = createServer(await certificates.pfx("server"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const secured = once(server, "secureConnection");
    const controller = new AbortController();
    const opening = openTo(0, {
      server: { host: "127.0.0.1", port, ...address },
      tls: { ca },
      signal: controller.signal,
    });
    const refused = expect(opening).rejects.toMatchObject({ code: "CLOSED" });
    const [socket] = (await secured) as [TLSSocket];
    expect(socket.servername).toBe(expected);
    controller.abort();
    await refused;
    socket.destroy();
  });
});

describe("an encrypted connection is refused with the reason in words", () => {
  // With or without an alert that says so: the server may close the connection before it has sent it.
  it("when the server wants a certificate and gets none", async () => {
    await expect(openTo(secure(mutual), { tls: { ca } })).rejects.toMatchObject(
      refusal(/wants a certificate of ours|our certificate is missing/),
    );
  });

  it("when our certificate is from an authority that the server does not know", async () => {
    const tls = { ca, ...(await certificates.pfx("stranger")) };
    await expect(openTo(secure(mutual), { tls })).rejects.toMatchObject(
      refusal(/refuses the one it was given|or refused/),
    );
  });

  it("when the server's certificate has expired", async () => {
    await expect(openTo(secure(expired), { tls: { ca } })).rejects.toMatchObject(
      refusal(/its certificate has expired$/),
    );
  });

  it.each([
    ["127.0.0.1", {}, {}],
    ["localhost", { name: "localhost" }, {}],
    ["zk.other", {}, { servername: "zk.other" }],
    ["127.0.0.2", { name: "zk.elsewhere" }, { servername: "127.0.0.2" }],
  ])("when the server's certificate is not for %s", async (name, address, options) => {
    const server = { host: "127.0.0.1", port: secure(elsewhere), ...address };
    const opening = openTo(0, { server, tls: { ca, ...options } });
    await expect(opening).rejects.toMatchObject(refusal(/its certificate is for another name: /));
    await expect(opening).rejects.toThrow(name);
  });

  it.each(["", "0"])(
    "when its authority is unknown, whatever the environment says (%j)",
    async (environment) => {
      vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", environment);
      // Node itself warns of the variable.
      const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
      const opening = openTo(secure(elsewhere), { tls: { servername: "zk.elsewhere" } });
      await expect(opening).rejects.toMatchObject(refusal(/authority that we do not know$/));
      warned.mockRestore();
      vi.unstubAllEnvs();
    },
  );

  it("when our own files can not be opened, and the passphrase is not shown", async () => {
    const tls = { ca, ...(await certificates.pfx("client")), passphrase: "a-wrong-secret" };
    const error = await openTo(secure(mutual), { tls }).catch((reason: unknown) => reason);
    expect(error).toMatchObject(refusal(/the passphrase is wrong$/));
    expect(`${error}${(error as Error).stack}`).not.toContain("a-wrong-secret");
  });

  it("when the port is the plain one", async () => {
    await expect(openTo(plain(elsewhere), { tls: { ca } })).rejects.toMatchObject(
      refusal(/the port is the plain one/),
    );
  });

  it("when something else than TLS answers", async () => {
    await using server = await strangeServer((socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await expect(openTo(server.port, { tls: { ca } })).rejects.toMatchObject(
      refusal(/does not speak TLS there/),
    );
  });
});

describe("plain text to a TLS port", () => {
  it("fails with a hint", async () => {
    await expect(openTo(secure(elsewhere))).rejects.toMatchObject({
      code: "CONNECT_FAILED",
      message: expect.stringMatching(/TLS port$/),
    });
  });
});

describe("a TLS handshake that does not end", () => {
  it("is given up at the deadline", async () => {
    await using server = await strangeServer(() => {});
    await expect(openTo(server.port, { tls: { ca }, openDeadlineMs: 200 })).rejects.toMatchObject({
      code: "CONNECT_TIMEOUT",
      message: expect.stringContaining("TLS handshake"),
    });
  });
});

describe("a session over encrypted connections", () => {
  it("is made, and says by which name and address", async () => {
    const tls = { ca, ...(await certificates.pfx("client")) };
    await using session = connectZooKeeper({ servers: `localhost:${secure(mutual)}`, tls, lookup: loopback });
    const { connection } = await session.connected(AbortSignal.timeout(10_000));
    expect(await connection.getData("/")).toEqual(nothing);
    expect(session.status.server).toBe(`localhost:${secure(mutual)} (127.0.0.1)`);
  });

  it("does not storm a server whose certificate has expired", async () => {
    const began = performance.now();
    await using session = connectZooKeeper({
      servers: `127.0.0.1:${secure(expired)}`,
      tls: { ca },
      random: () => 0.999,
    });
    await vi.waitFor(() => expect(session.health.counters.attempts).toBeGreaterThanOrEqual(5), {
      timeout: 20_000,
      interval: 10,
    });
    // Without a pause all five would have been made within a tenth of that.
    expect(performance.now() - began).toBeGreaterThan(600);
    expect(session.status).toMatchObject({ state: "connecting", code: "TLS_FAILED" });
  });
});

const loopback = async () => ["127.0.0.1"];
