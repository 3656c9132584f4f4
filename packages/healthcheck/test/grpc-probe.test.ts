import { execFileSync } from "node:child_process";
import { createServer as createHttpServer } from "node:http";
import { createServer, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { systemClock } from "@borealis/clock";
import { ServerCredentials } from "@grpc/grpc-js";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { type GrpcProbeOptions, grpcProbe } from "../src/grpc/grpc-probe.ts";
import { createAuthority, hasOpenssl } from "./certificates.ts";
import { serveGrpc } from "./grpc-serving.ts";
import { listen, openConnections, openFiles, serveRaw, unusedPort } from "./loopback.ts";

afterEach(() => vi.unstubAllEnvs());

async function check(options: GrpcProbeOptions, timeoutMs = 10_000, stopping?: AbortSignal) {
  const probe = grpcProbe(options, { clock: systemClock });
  using deadline = systemClock.deadline(timeoutMs, stopping);
  const result = await probe.check(deadline.signal);
  probe.close();
  return result;
}

const durationMs = expect.any(Number);
const failure = (kind: string, reason: string) => ({ healthy: false, kind, reason, durationMs });
const SERVING = { "": "SERVING" } as const;

/** A server that speaks HTTP/2 and does as it is told with each call. */
function serveHttp2(onStream: (stream: ServerHttp2Stream) => void) {
  const server = createServer();
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    onStream(stream);
  });
  return listen(server);
}

const GRPC = { ":status": 200, "content-type": "application/grpc" };

describe("a gRPC check", () => {
  it("is healthy when the server says that it is serving", async () => {
    const port = await serveGrpc({ statuses: SERVING });
    expect(await check({ port })).toEqual({ healthy: true, durationMs });
  });

  it("is about the service that it was given", async () => {
    const port = await serveGrpc({
      statuses: { "": "NOT_SERVING", shop: "SERVING", mail: "NOT_SERVING", new: "UNKNOWN" },
    });
    expect(await check({ port, service: "shop" })).toMatchObject({ healthy: true });
    expect(await check({ port })).toEqual(failure("status", "the server is NOT_SERVING"));
    expect(await check({ port, service: "mail" })).toEqual(
      failure("status", 'service "mail" is NOT_SERVING'),
    );
    expect(await check({ port, service: "new" })).toEqual(failure("status", 'service "new" is UNKNOWN'));
    expect(await check({ port, service: "gone" })).toEqual(
      failure("status", 'the server does not know service "gone": Health status unknown for service gone'),
    );
  });

  it("says so when there is no health service", async () => {
    expect(await check({ port: await serveGrpc({}) })).toMatchObject(
      failure(
        "protocol",
        expect.stringMatching(/^the server has no health service \(grpc\.health\.v1\.Health\)/),
      ),
    );
  });

  it("shows any other status", async () => {
    const port = await serveHttp2((stream) => {
      stream.respond({ ...GRPC, "grpc-status": "7", "grpc-message": "not you" }, { endStream: true });
    });
    expect(await check({ port })).toEqual(failure("status", "gRPC status 7: not you"));
  });

  it("finds a server that listens on ::1 only, unless it is to ask 127.0.0.1", async () => {
    const port = await serveGrpc({ statuses: SERVING, host: "[::1]" });
    expect(await check({ port })).toMatchObject({ healthy: true });
    expect(await check({ port, family: 6 })).toMatchObject({ healthy: true });
    expect(await check({ port, family: 4 })).toMatchObject({ kind: "refused" });
  });

  it("is refused where nobody listens", async () => {
    const port = await unusedPort();
    expect(await check({ port })).toEqual(failure("refused", `connection refused on port ${port}`));
  });

  it("asks nobody else: no proxy", async () => {
    let asked = 0;
    const proxy = await serveRaw((socket) => {
      asked++;
      socket.destroy();
    });
    for (const name of ["grpc_proxy", "http_proxy", "https_proxy"]) {
      vi.stubEnv(name, `http://127.0.0.1:${proxy}`);
    }
    vi.stubEnv("no_proxy", "");
    vi.stubEnv("no_grpc_proxy", "");
    expect(await check({ port: await serveGrpc({ statuses: SERVING }) })).toMatchObject({ healthy: true });
    expect(asked).toBe(0);
  });

  it("opens a connection of its own, asks once and takes its leave", async () => {
    const calls: string[] = [];
    const farewells: number[] = [];
    const server = createServer();
    server.on("session", (session) => session.once("goaway", (code) => farewells.push(code)));
    server.on("stream", (stream, headers) => {
      calls.push(String(headers[":path"]));
      stream.respond(
        { ...GRPC, "grpc-status": "14", "grpc-message": "come back later" },
        { endStream: true },
      );
    });
    let connections = 0;
    server.on("connection", () => connections++);
    const port = await listen(server);
    const probe = grpcProbe({ port }, { clock: systemClock });
    for (let run = 1; run <= 2; run++) {
      expect(await probe.check(new AbortController().signal)).toMatchObject({ healthy: false });
      expect(calls).toEqual(Array.from({ length: run }, () => "/grpc.health.v1.Health/Check"));
      expect(connections).toBe(run);
      await expect.poll(() => farewells).toEqual(Array.from({ length: run }, () => 0));
    }
    probe.close();
  });

  it("costs nobody who makes none: its libraries are not loaded", () => {
    const program = (more: string) => `
      import { createRequire } from "node:module";
      const { grpcProbe } = await import(${JSON.stringify(new URL("../src/grpc/grpc-probe.ts", import.meta.url).href)});
      const probe = grpcProbe({ port: 1 }, { clock: { now: () => 0 } });
      ${more}
      console.log(Object.keys(createRequire(import.meta.url).cache).filter((file) => file.includes("grpc")).length);`;
    const loaded = (more: string) =>
      Number(execFileSync(process.execPath, ["--input-type=module", "-e", program(more)]));
    expect(loaded("")).toBe(0);
    expect(loaded("await probe.check(AbortSignal.abort());")).toBeGreaterThan(0);
  });
});

describe("a gRPC check of something else", () => {
  it.each<[string, string, string, (socket: Socket) => void]>([
    [
      "closes",
      "closed",
      "connection was closed before the answer was complete",
      (socket) => socket.destroy(),
    ],
    ["resets", "closed", "connection was reset", (socket) => socket.resetAndDestroy()],
    [
      "speaks SSH",
      "protocol",
      "the answer is not gRPC's: ",
      (socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n"),
    ],
    [
      "speaks HTTP/1.1",
      "protocol",
      "the answer is not gRPC's: ",
      (socket) => socket.write("HTTP/1.1 400 No\r\n\r\n"),
    ],
  ])("that %s is %s", async (_, kind, reason, act) => {
    const port = await serveRaw(act);
    expect(await check({ port })).toMatchObject({ kind, reason: expect.stringContaining(reason) });
    await expect.poll(openConnections).toBe(0);
  });

  it("that is an HTTP server is not healthy", async () => {
    const port = await listen(createHttpServer((_request, response) => response.end("ok")));
    expect(await check({ port })).toMatchObject({ kind: "protocol" });
  });

  it("that answers HTTP/2 without gRPC is not healthy", async () => {
    const port = await serveHttp2((stream) => {
      stream.respond({ ":status": 200 });
      stream.end("ok");
    });
    expect(await check({ port })).toMatchObject({ healthy: false, kind: "protocol" });
  });

  it("that ends its call or its connection in the middle of it is not healthy", async () => {
    const ends = await serveHttp2((stream) => stream.close(2));
    expect(await check({ port: ends })).toMatchObject({ kind: "protocol" });
    const drops = await serveHttp2((stream) => stream.session?.destroy());
    expect(await check({ port: drops })).toMatchObject({ kind: "closed" });
  });

  it("that sends what is no message of the health service is not healthy", async () => {
    const port = await serveHttp2((stream) => {
      stream.respond(GRPC, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(Buffer.from([0, 0, 0, 0, 3, 255, 255, 255]));
    });
    expect(await check({ port })).toMatchObject({ kind: "protocol" });
  });

  it("that sends a gigabyte is not listened to", async () => {
    let sent = 0;
    const port = await serveHttp2((stream) => {
      stream.respond(GRPC);
      const more = () => {
        while (!stream.destroyed && stream.write(Buffer.alloc(64 * 1024))) sent += 64 * 1024;
        stream.once("drain", more);
      };
      stream.write(Buffer.from([0, 0x3f, 0xff, 0xff, 0xff]));
      more();
    });
    expect(await check({ port })).toMatchObject({
      healthy: false,
      reason: expect.stringContaining("larger than max"),
    });
    await expect.poll(openConnections).toBe(0);
    expect(sent).toBeLessThan(16 * 1024 * 1024);
  });
});

describe("when the time of a gRPC check is up", () => {
  it.each<[string, boolean, () => Promise<number>]>([
    ["accepts and says nothing", false, () => serveRaw(() => {})],
    ["accepts and says nothing of TLS", true, () => serveRaw(() => {})],
    ["never answers the call", false, () => serveHttp2(() => {})],
    ["never ends its answer", false, () => serveHttp2((stream) => stream.respond(GRPC))],
  ])("it is over, and its connection closed, with a server that %s", async (_, tls, serve) => {
    const port = await serve();
    // The libraries take their time, once.
    await check({ port: await unusedPort() });
    const result = await check({ port, ...(tls ? { tls: {} } : {}) }, 300);
    expect(result).toEqual(failure("timeout", "no answer within 300 ms"));
    await expect.poll(openConnections).toBe(0);
  });

  it("it asks nobody if that was before it began", async () => {
    let asked = 0;
    const port = await serveRaw(() => asked++);
    const stopped = AbortSignal.abort(new Error("the instance has ended"));
    expect(await check({ port }, 5000, stopped)).toEqual(failure("timeout", "the instance has ended"));
    expect(asked).toBe(0);
  });
});

describe("gRPC checks", () => {
  it("of one server at the same time have a connection each: the end of one is not the other's", async () => {
    const waiting: ServerHttp2Stream[] = [];
    const port = await serveHttp2((stream) => waiting.push(stream));
    const stopping = new AbortController();
    const [stopped, other] = [check({ port }, 10_000, stopping.signal), check({ port })];
    await expect.poll(() => waiting.length).toBe(2);
    stopping.abort(new Error("the instance has ended"));
    expect(await stopped).toMatchObject({ kind: "timeout" });
    for (const stream of waiting) {
      if (!stream.destroyed) stream.respond({ ...GRPC, "grpc-status": "7" }, { endStream: true });
    }
    expect(await other).toMatchObject({ kind: "status" });
  });

  it("leave nothing open, however they end", async () => {
    const healthy = await serveGrpc({ statuses: SERVING });
    const silent = await serveRaw(() => {});
    const nobody = await unusedPort();
    await check({ port: healthy });
    await expect.poll(openConnections).toBe(0);
    const files = openFiles();
    for (let run = 0; run < 20; run++) {
      expect(await check({ port: healthy })).toMatchObject({ healthy: true });
      expect(await check({ port: nobody })).toMatchObject({ kind: "refused" });
      expect(await check({ port: silent }, 5)).toMatchObject({ kind: "timeout" });
    }
    await expect.poll(openFiles).toBe(files);
  });
});

describe.skipIf(!hasOpenssl)("a gRPC check over TLS", () => {
  const authority = createAuthority();
  afterAll(() => authority.remove());
  const { ca } = authority;
  const pair = (...names: string[]) => {
    const { cert, key } = authority.issue(...names);
    return { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) };
  };
  const serveTls = (name = "DNS:localhost", mutual = false) =>
    serveGrpc({
      statuses: SERVING,
      credentials: ServerCredentials.createSsl(Buffer.from(ca), [pair(name)], mutual),
    });

  it("trusts whom its authority vouches for, and nobody else", async () => {
    const port = await serveTls();
    expect(await check({ port, tls: { ca } })).toMatchObject({ healthy: true });
    expect(await check({ port, tls: {} })).toEqual(
      failure("tls", expect.stringMatching(/^no trusted connection: .*certificate/)),
    );
    expect(await check({ port, tls: { verify: false } })).toMatchObject({ healthy: true });
  });

  it("wants the certificate to be for the name that it asks for, which may be an address", async () => {
    const shop = await serveTls("DNS:shop.example");
    expect(await check({ port: shop, tls: { ca, serverName: "shop.example" } })).toMatchObject({
      healthy: true,
    });
    expect(await check({ port: shop, tls: { ca } })).toEqual(
      failure(
        "tls",
        expect.stringMatching(/^no trusted connection: Hostname\/IP does not match .*shop\.example$/),
      ),
    );
    const address = await serveTls("IP:127.0.0.1");
    expect(await check({ port: address, tls: { ca, serverName: "127.0.0.1" } })).toMatchObject({
      healthy: true,
    });
  });

  it("shows its own certificate", async () => {
    const port = await serveTls("DNS:localhost", true);
    expect(await check({ port, tls: { ca, ...authority.issue("DNS:client") } })).toMatchObject({
      healthy: true,
    });
    expect(await check({ port, tls: { ca } })).toMatchObject({
      kind: "tls",
      reason: expect.stringMatching(/^no trusted connection: [\w ]+$/),
    });
  });

  it("of a server that knows no TLS, and without it of one that does, is not healthy", async () => {
    const plain = await serveGrpc({ statuses: SERVING });
    expect(await check({ port: plain, tls: { ca } })).toEqual(
      failure("tls", "no trusted connection: wrong version number"),
    );
    expect(await check({ port: await serveTls() })).toMatchObject({ kind: "closed" });
  });

  it("can not be made with a certificate that is none", async () => {
    expect(await check({ port: 1, tls: { cert: "none", key: "none" } })).toMatchObject({ kind: "internal" });
  });
});
