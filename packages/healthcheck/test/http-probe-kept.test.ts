import { once } from "node:events";
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { systemClock } from "@borealis/clock";
import { describe, expect, it, onTestFinished } from "vitest";
import type { HttpProbeOptions } from "../src/http/http-options.ts";
import { httpProbe } from "../src/http/http-probe.ts";
import { answering, serveHttp } from "./http-asking.ts";
import { openConnections, serveRaw } from "./loopback.ts";

function kept(options: HttpProbeOptions) {
  const probe = httpProbe({ keepAlive: true, ...options }, { clock: systemClock });
  onTestFinished(() => probe.close());
  return {
    async check(timeoutMs = 5000) {
      using deadline = systemClock.deadline(timeoutMs);
      return await probe.check(deadline.signal);
    },
    close: () => probe.close(),
  };
}

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/**
 * A service that does with each question what it is told: the how-manieth it is of its connection, and that of the
 * service.
 */
async function serveQuestions(answer: (socket: Socket, question: number, connection: number) => void) {
  const seen: string[] = [];
  let connections = 0;
  const port = await serveRaw((socket) => {
    const connection = ++connections;
    let questions = 0;
    socket.on("data", (bytes) => {
      seen.push(String(bytes).split("\r\n")[0] ?? "");
      answer(socket, ++questions, connection);
    });
  });
  return { port, seen, connections: () => connections };
}

describe("a connection that is kept", () => {
  it("is used for one check after the other, and said to be", async () => {
    const headers: unknown[] = [];
    const ports = new Set<number | undefined>();
    const port = await serveHttp((request, response) => {
      headers.push(request.headers.connection);
      ports.add(request.socket.remotePort);
      response.end("ok");
    });
    const { check } = kept({ port });
    for (let round = 0; round < 5; round++) expect(await check()).toMatchObject({ healthy: true });
    expect(ports.size).toBe(1);
    expect(new Set(headers)).toEqual(new Set(["keep-alive"]));
  });

  it.each<[string, Partial<HttpProbeOptions>, number]>([
    ["HEAD", { method: "HEAD" }, 200],
    ["a body that nobody looks at", { body: null }, 200],
    ["a wrong status", {}, 503],
    ["a status alone", { body: null, status: [[503, 503]] }, 503],
  ])("is used again after %s", async (_, options, statusCode) => {
    const ports = new Set<number | undefined>();
    const port = await serveHttp((request, response) => {
      ports.add(request.socket.remotePort);
      response.writeHead(statusCode);
      response.write("o".repeat(20_000), () => response.end("k"));
    });
    const { check } = kept({ port, ...options });
    for (let round = 0; round < 3; round++) expect(await check()).toMatchObject({ statusCode });
    expect(ports.size).toBe(1);
  });

  it("is gone when the probe is closed", async () => {
    const { check, close } = kept({ port: await answering(200, "ok") });
    await check();
    expect(openConnections()).toBe(1);
    close();
    await expect.poll(openConnections).toBe(0);
  });

  it("is not kept for a method that must not be asked twice", async () => {
    const { port, connections } = await serveQuestions((socket) => socket.write(OK));
    const { check } = kept({ port, method: "POST" });
    expect(await check()).toMatchObject({ healthy: true });
    await expect.poll(openConnections).toBe(0);
    expect(await check()).toMatchObject({ healthy: true });
    expect(connections()).toBe(2);
  });

  it("is another one when the service asked to close it", async () => {
    const { port, connections } = await serveQuestions((socket) =>
      socket.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"),
    );
    const { check } = kept({ port });
    for (let round = 0; round < 3; round++) expect(await check()).toMatchObject({ healthy: true });
    expect(connections()).toBe(3);
  });
});

describe("a service that ended the connection between two checks", () => {
  it("long before the second one has not failed it", async () => {
    const { port, connections } = await serveQuestions((socket) => socket.end(OK));
    const { check } = kept({ port });
    for (let round = 0; round < 3; round++) {
      expect(await check()).toMatchObject({ healthy: true });
      await expect.poll(openConnections).toBe(0);
    }
    expect(connections()).toBe(3);
  });

  it.each<[string, (socket: Socket) => void]>([
    ["closing", (socket) => socket.end()],
    ["a reset", (socket) => socket.resetAndDestroy()],
  ])("by %s, as the second one was asked, is asked again on a new one", async (_, end) => {
    const { port, seen } = await serveQuestions((socket, question) => {
      if (question === 1) socket.write(OK);
      else end(socket);
    });
    const { check } = kept({ port });
    for (let round = 0; round < 3; round++) expect(await check()).toMatchObject({ healthy: true });
    expect(seen).toHaveLength(5);
  });

  it("and ends the new one, too, has failed it: it is asked again once", async () => {
    const { port, seen } = await serveQuestions((socket, question, connection) => {
      if (question === 1 && connection === 1) socket.write(OK);
      else socket.end();
    });
    const { check } = kept({ port });
    expect(await check()).toMatchObject({ healthy: true });
    expect(await check()).toMatchObject({ kind: "closed" });
    expect(seen).toHaveLength(3);
  });

  it("within its answer has failed it", async () => {
    const { port, seen } = await serveQuestions((socket, question) => {
      if (question === 1) socket.write(OK);
      else socket.end("HTTP/1.1 200 O");
    });
    const { check } = kept({ port });
    expect(await check()).toMatchObject({ healthy: true });
    expect(await check()).toMatchObject({ kind: "closed" });
    expect(seen).toHaveLength(2);
  });

  it("and on its first question has failed it without another try", async () => {
    const { port, seen } = await serveQuestions((socket) => socket.end());
    expect(await kept({ port }).check()).toMatchObject({ kind: "closed" });
    expect(seen).toHaveLength(1);
  });

  it("because it was started anew is found again", async () => {
    const start = async (port: number): Promise<[Server, number]> => {
      const server = createServer((_request, response) => response.end("ok"));
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
      const address = server.address();
      return [server, typeof address === "object" && address !== null ? address.port : 0];
    };
    const stop = async (server: Server) => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    };
    const [first, port] = await start(0);
    const { check } = kept({ port });
    expect(await check()).toMatchObject({ healthy: true });
    await stop(first);
    expect(await check()).toMatchObject({ kind: "refused" });
    const [second] = await start(port);
    expect(await check()).toMatchObject({ healthy: true });
    await stop(second);
  });
});

describe("an answer on a connection that is kept", () => {
  it("that came too late is not that to the next question", async () => {
    const { port, connections } = await serveQuestions((socket, _question, connection) => {
      if (connection > 1) socket.write(OK.replace("200", "201"));
    });
    const { check } = kept({ port });
    expect(await check(50)).toMatchObject({ kind: "timeout" });
    expect(await check()).toMatchObject({ healthy: true, statusCode: 201 });
    expect(connections()).toBe(2);
  });

  it.each([
    ["at once", true],
    ["in a packet of its own", false],
  ])("that another one follows %s is not mixed up with the next", async (_, atOnce) => {
    const forged = OK.replace("200 OK", "500 No");
    const { port } = await serveQuestions((socket) => {
      if (atOnce) socket.write(OK + forged);
      else socket.write(OK, () => socket.write(forged));
    });
    const { check } = kept({ port });
    for (let round = 0; round < 5; round++) {
      expect(await check()).toMatchObject({ healthy: true, statusCode: 200 });
      if (!atOnce) await expect.poll(openConnections).toBe(0);
    }
  });

  it("that redirects and another one behind it are not taken for the answer to the next question", async () => {
    const forged = OK.replace("200 OK", "500 No");
    const { port } = await serveQuestions((socket, question, connection) => {
      const moved = "HTTP/1.1 302 Found\r\nLocation: /fine\r\nContent-Length: 0\r\n\r\n";
      socket.write(question === 1 && connection === 1 ? moved + forged : OK);
    });
    expect(await kept({ port, followRedirects: true }).check()).toMatchObject({ healthy: true });
  });

  it("that is too large ends it", async () => {
    const ports = new Set<number | undefined>();
    const port = await serveHttp((request, response) => {
      ports.add(request.socket.remotePort);
      response.end("o".repeat(200_000));
    });
    const { check } = kept({ port });
    for (let round = 0; round < 2; round++) {
      expect(await check()).toMatchObject({ kind: "body", reason: "body is larger than 64 KB" });
    }
    expect(ports.size).toBe(2);
  });

  it("whose body nobody looks at is healthy though the body never ends, and the connection is not kept", async () => {
    const port = await serveHttp((_request, response) => response.writeHead(200).write("starting"));
    const { check } = kept({ port, body: null });
    expect(await check(100)).toMatchObject({ healthy: true, statusCode: 200 });
    expect(await check(100)).toMatchObject({ healthy: true, statusCode: 200 });
    await expect.poll(openConnections).toBe(0);
  });
});
