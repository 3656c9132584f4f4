import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { systemClock } from "@borealis/clock";
import { afterEach, describe, expect, it } from "vitest";
import { type ProbeResult, probeHttp } from "../src/index.ts";

const sockets = new Set<Socket>();
const servers = new Set<Server>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) {
    server.close();
    await once(server, "close");
  }
  sockets.clear();
  servers.clear();
});

async function listen<S extends Server>(server: S, host: string): Promise<number> {
  servers.add(server);
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  server.listen(0, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const serveHttp = (listener: RequestListener, host = "127.0.0.1") => listen(createHttpServer(listener), host);
// Reads what it is sent, or it would never see that the other side has gone.
const serveRaw = (onSocket: (socket: Socket) => void) =>
  listen(
    createServer((socket) => {
      onSocket(socket);
      socket.resume();
    }),
    "127.0.0.1",
  );
const answering = (statusCode: number, body: string, headers: Record<string, string> = {}) =>
  serveHttp((_request, response) => response.writeHead(statusCode, headers).end(body));

const probe = (port: number, timeoutMs = 5000, signal?: AbortSignal): Promise<ProbeResult> =>
  probeHttp({ port, timeoutMs, clock: systemClock, ...(signal === undefined ? {} : { signal }) });

/** Of both sides: they are in one process. */
const openSockets = () => process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap").length;

async function unusedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server, "127.0.0.1");
  servers.delete(server);
  server.close();
  await once(server, "close");
  return port;
}

describe("an answer", () => {
  it.each(["ok", "OK", " ok\n", "\tOk\r\n"])("of 200 and %j is healthy", async (body) => {
    expect(await probe(await answering(200, body))).toEqual({
      healthy: true,
      statusCode: 200,
      durationMs: expect.any(Number),
    });
  });

  it("of any 2xx and ok is healthy", async () => {
    expect(await probe(await answering(203, "ok"))).toMatchObject({ healthy: true, statusCode: 203 });
  });

  it.each([
    ["okay", 'body is "okay", expected "ok"'],
    ["", 'body is "", expected "ok"'],
    ["not ok", 'body is "not ok", expected "ok"'],
    ["n".repeat(200), `body is "${"n".repeat(39)}…", expected "ok"`],
  ])("of 200 and %j is not", async (body, reason) => {
    expect(await probe(await answering(200, body))).toMatchObject({
      healthy: false,
      reason,
      statusCode: 200,
      body,
    });
  });

  it("of 500 is not healthy even if it says ok", async () => {
    const port = await answering(500, "ok");
    expect(await probe(port)).toMatchObject({
      healthy: false,
      reason: "HTTP 500",
      statusCode: 500,
      body: "ok",
    });
  });

  it("without content is not healthy", async () => {
    expect(await probe(await answering(204, ""))).toMatchObject({ reason: 'body is "", expected "ok"' });
  });

  it.each([
    ["the code that is expected", { response: "ok", code: 200 }, 200, "ok", true],
    [
      "2xx but another code than expected",
      { response: "ok", code: 200 },
      201,
      "ok",
      "HTTP 201, expected 200",
    ],
    ["another body than ok, when that is expected", { response: "Alive", code: 0 }, 200, " ALIVE\n", true],
    [
      "ok, when another body is expected",
      { response: "alive", code: 0 },
      200,
      "ok",
      'body is "ok", expected "alive"',
    ],
    ["any code and body, when nothing is expected", { response: "", code: 0 }, 500, "broken", true],
    ["an expected failure, when no body is", { response: "", code: 503 }, 503, "no", true],
    ["another failure than expected", { response: "", code: 503 }, 500, "no", "HTTP 500, expected 503"],
    ["an expected failure with the body, as in Aurora", { response: "ok", code: 503 }, 503, "ok", "HTTP 503"],
  ])("of %s", async (_, expected, code, body, verdict) => {
    const asked: (string | undefined)[] = [];
    const port = await serveHttp((request, response) => {
      asked.push(request.url);
      response.writeHead(code).end(body);
    });
    const expect_ = { endpoint: "/status?deep=1", ...expected };
    const result = await probeHttp({ port, expect: expect_, timeoutMs: 5000, clock: systemClock });
    expect(result.healthy || result.reason).toBe(verdict);
    expect(asked).toEqual(["/status?deep=1"]);
  });

  it("that redirects is not followed", async () => {
    const asked: (string | undefined)[] = [];
    const port = await serveHttp((request, response) => {
      asked.push(request.url);
      if (request.url === "/health") response.writeHead(302, { location: "/fine" }).end();
      else response.end("ok");
    });
    expect(await probe(port)).toMatchObject({ healthy: false, reason: "HTTP 302" });
    expect(asked).toEqual(["/health"]);
  });

  it("that is wrong keeps its first 4 KB", async () => {
    const result = await probe(await answering(503, "x".repeat(10_000)));
    expect(result).toMatchObject({ reason: "HTTP 503", body: "x".repeat(4096) });
  });

  it("with a wrong status is told by that status even if its body never ends", async () => {
    const port = await serveHttp((_request, response) => response.writeHead(503).write("starting"));
    expect(await probe(port, 200)).toMatchObject({ reason: "HTTP 503", statusCode: 503, body: "starting" });
  });

  it("is asked for on a fresh connection each time, by GET, with nothing sent along", async () => {
    const seen: unknown[] = [];
    const port = await serveHttp((request, response) => {
      seen.push([request.method, request.url, request.headers, request.socket.remotePort]);
      response.end("ok");
    });
    await probe(port);
    await probe(port);
    const headers = { host: `localhost:${port}`, connection: "close" };
    expect(seen).toEqual([
      ["GET", "/health", headers, expect.any(Number)],
      ["GET", "/health", headers, expect.any(Number)],
    ]);
    expect((seen[0] as unknown[])[3]).not.toBe((seen[1] as unknown[])[3]);
  });

  it("is not asked of a proxy", async () => {
    const port = await answering(200, "ok");
    const before = process.env["http_proxy"];
    process.env["http_proxy"] = `http://127.0.0.1:${await unusedPort()}`;
    try {
      expect(await probe(port)).toMatchObject({ healthy: true });
    } finally {
      if (before === undefined) delete process.env["http_proxy"];
      else process.env["http_proxy"] = before;
    }
  });

  const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
    list?.some(({ address }) => address === "::1"),
  );
  it.skipIf(!hasIpv6)("may come over IPv6 alone", async () => {
    const port = await serveHttp((_request, response) => response.end("ok"), "::1");
    expect(await probe(port)).toMatchObject({ healthy: true });
  });
});

describe("no proper answer", () => {
  it("when nothing listens is a refused connection", async () => {
    const port = await unusedPort();
    expect(await probe(port)).toEqual({
      healthy: false,
      reason: `connection refused on port ${port}`,
      durationMs: expect.any(Number),
    });
  });

  it("when the service accepts and says nothing ends at the deadline", async () => {
    const result = await probe(await serveRaw(() => {}), 150);
    expect(result).toMatchObject({ healthy: false, reason: "no answer within 150 ms" });
    expect(result.durationMs).toBeGreaterThanOrEqual(149);
  });

  it("when bytes drip past the deadline ends at the deadline, however lively the drip", async () => {
    const port = await serveRaw((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
      const drip = setInterval(() => socket.write("o"), 20);
      socket.on("close", () => clearInterval(drip));
    });
    const result = await probe(port, 250);
    expect(result).toMatchObject({ healthy: false, reason: "no answer within 250 ms", statusCode: 200 });
    expect(result.durationMs).toBeLessThan(1000);
  });

  it("when headers drip past the deadline ends at the deadline too", async () => {
    const port = await serveRaw((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nX-Slow: ");
      const drip = setInterval(() => socket.write("z"), 20);
      socket.on("close", () => clearInterval(drip));
    });
    expect(await probe(port, 250)).toMatchObject({ healthy: false, reason: "no answer within 250 ms" });
  });

  it.each([
    ["inside a sized body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok"],
    ["inside a chunked body", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok"],
    ["between chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"],
    ["inside the headers", "HTTP/1.1 200 OK\r\nContent-Le"],
    ["before a byte", ""],
  ])("when the connection closes %s is not healthy", async (_, bytes) => {
    const port = await serveRaw((socket) => socket.once("data", () => socket.end(bytes)));
    expect(await probe(port)).toMatchObject({
      healthy: false,
      reason: "connection was closed before the answer was complete",
    });
  });

  it("when the connection is reset is not healthy", async () => {
    const port = await serveRaw((socket) => socket.once("data", () => socket.resetAndDestroy()));
    expect(await probe(port)).toMatchObject({
      healthy: false,
      reason: expect.stringMatching(/^connection was (reset|closed) before the answer was complete$/),
    });
  });

  it("when it is not HTTP says so", async () => {
    const port = await serveRaw((socket) => socket.once("data", () => socket.end("SSH-2.0-OpenSSH_9.9\r\n")));
    expect(await probe(port)).toMatchObject({
      healthy: false,
      reason: expect.stringMatching(/^the answer is not HTTP: /),
    });
  });

  it("when the body does not end within 64 KB stops reading it", async () => {
    let sent = 0;
    const port = await serveHttp((_request, response) => {
      const block = Buffer.alloc(64 * 1024, "o");
      const pour = () => {
        while (sent < 2 ** 30 && !response.destroyed) {
          sent += block.length;
          if (!response.write(block)) return void response.once("drain", pour);
        }
      };
      pour();
    });
    const result = await probe(port);
    expect(result).toMatchObject({
      healthy: false,
      reason: "body is larger than 64 KB",
      body: "o".repeat(4096),
    });
    expect(sent).toBeLessThan(64 * 2 ** 20);
  });

  it("when the headers do not end stops reading them", async () => {
    const port = await serveRaw((socket) =>
      socket.once("data", () => socket.write(`HTTP/1.1 200 OK\r\nX-Long: ${"z".repeat(200_000)}`)),
    );
    expect(await probe(port)).toMatchObject({ reason: expect.stringMatching(/^the answer is not HTTP: /) });
  });
});

describe("a cancelled check", () => {
  it("ends at once and tells the cause", async () => {
    const controller = new AbortController();
    const port = await serveRaw(() => controller.abort(new Error("health checking was stopped")));
    const result = await probe(port, 60_000, controller.signal);
    expect(result).toMatchObject({ healthy: false, reason: "health checking was stopped" });
  });

  it("does not even connect when it was cancelled before", async () => {
    const port = await answering(200, "ok");
    const result = await probe(port, 60_000, AbortSignal.abort(new Error("too late")));
    expect(result).toMatchObject({ healthy: false, reason: "too late" });
    expect(sockets.size).toBe(0);
  });
});

it("has closed its socket by the time it settles, whatever the outcome", async () => {
  const ports = [
    await answering(200, "ok"),
    await answering(503, "no"),
    await serveRaw(() => {}),
    await serveRaw((socket) => socket.end("garbage\r\n\r\n")),
    await serveHttp((_request, response) => response.writeHead(200).write("o")),
  ];
  for (const port of ports) await probe(port, 100);
  await expect.poll(openSockets).toBe(0);
});
