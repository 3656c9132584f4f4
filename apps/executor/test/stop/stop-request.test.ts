import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createSharedHttp } from "@borealis/healthcheck";
import { expect, onTestFinished, test } from "vitest";
import { postStop } from "../../src/stop/stop-request.ts";

const NEVER = new AbortController().signal;

/** Until the end of the test. @returns its port. */
async function listen(server: Server, host = "127.0.0.1"): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).once("close", () => sockets.delete(socket));
  });
  server.listen(0, host);
  await once(server, "listening");
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  return (server.address() as AddressInfo).port;
}

const serve = (handler: RequestListener) => listen(createHttpServer(handler));

/** A server that does as it is told once it was asked. */
const serveRaw = (onQuestion: (socket: Socket) => void) =>
  listen(createServer((socket) => void socket.once("data", () => onQuestion(socket))));

const ask = (port: number, signal = NEVER) =>
  postStop({ port, portName: "health", path: "/quitquitquit", waitMs: 0 }, { signal });

test("it is a POST without a body, by a name, to localhost, on a connection of its own", async () => {
  const seen: unknown[] = [];
  const port = await serve(({ method, url, headers }, response) => {
    seen.push({ method, url, headers });
    response.end();
  });
  expect(await ask(port)).toEqual({ handled: true, text: "200" });
  expect(seen).toEqual([
    {
      method: "POST",
      url: "/quitquitquit",
      headers: {
        host: `localhost:${port}`,
        "user-agent": expect.stringMatching(/^borealis-executor\/\d/),
        "content-length": "0",
        connection: "close",
      },
    },
  ]);
});

test.each([200, 204, 301, 400, 403, 500, 503])("%i is an answer", async (status) => {
  const port = await serve((_request, response) => void response.writeHead(status).end());
  expect(await ask(port)).toEqual({ handled: true, text: String(status) });
});

test.each([404, 405])("%i says that there is no such request", async (status) => {
  const port = await serve((_request, response) => void response.writeHead(status).end("no"));
  expect(await ask(port)).toEqual({ handled: false, text: String(status) });
});

test("a redirect is not followed", async () => {
  const asked: (string | undefined)[] = [];
  const port = await serve(({ url }, response) => {
    asked.push(url);
    response.writeHead(307, { location: "/elsewhere" }).end();
  });
  expect(await ask(port)).toEqual({ handled: true, text: "307" });
  expect(asked).toEqual(["/quitquitquit"]);
});

test("what comes before an answer is none", async () => {
  const port = await serve((_request, response) => {
    response.writeEarlyHints({ link: "</style.css>; rel=preload" });
    response.writeHead(404).end();
  });
  expect(await ask(port)).toEqual({ handled: false, text: "404" });
});

test("nobody is there", async () => {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  expect(await ask(port)).toEqual({ handled: false, text: "connection refused" });
});

test("a path that can not be asked for is told, and asked for by nobody", async () => {
  const request = { port: 1, portName: "health", path: "/quit\nquit", waitMs: 0 };
  expect(await postStop(request, { signal: NEVER })).toEqual({
    handled: false,
    text: expect.stringContaining("path"),
  });
});

test("one that listens on ::1 alone is found", async () => {
  const port = await listen(
    createHttpServer((_request, response) => void response.end()),
    "::1",
  );
  expect(await ask(port)).toEqual({ handled: true, text: "200" });
});

test("one that hangs up instead of answering took notice", async () => {
  const ends = await serveRaw((socket) => socket.end());
  expect(await ask(ends)).toEqual({ handled: true, text: "by hanging up" });
  const resets = await serveRaw((socket) => socket.resetAndDestroy());
  expect(await ask(resets)).toEqual({ handled: true, text: "by hanging up" });
  const stops = await serveRaw((socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-le"));
  expect(await ask(stops)).toEqual({ handled: true, text: "by hanging up" });
});

test("one that breaks off in the middle of a body has answered", async () => {
  const port = await serveRaw((socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbye"));
  expect(await ask(port)).toEqual({ handled: true, text: "200" });
});

test("words that are no HTTP are no answer", async () => {
  const port = await serveRaw((socket) => void socket.write("-ERR unknown command 'POST'\r\n"));
  expect(await ask(port)).toEqual({ handled: false, text: expect.stringContaining("no HTTP answer") });
});

test("one that says nothing is waited for until the signal, and left then", async () => {
  const asked = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const port = await serveRaw((socket) => {
    socket.once("close", () => left.resolve());
    asked.resolve();
  });
  const patience = new AbortController();
  const answer = ask(port, patience.signal);
  await asked.promise;
  patience.abort();
  expect(await answer).toEqual({ handled: false, text: "no answer" });
  await left.promise;
});

test("nobody is asked when it is too late for that", async () => {
  let asked = 0;
  const port = await listen(createServer(() => asked++));
  expect(await ask(port, AbortSignal.abort())).toEqual({ handled: false, text: "not asked" });
  expect(asked).toBe(0);
});

test("who works for as long as he writes is not hung up on before the signal", async () => {
  const patience = new AbortController();
  const written: string[] = [];
  const closed = Promise.withResolvers<void>();
  const flushed = Promise.withResolvers<void>();
  const port = await serve((_request, response) => {
    response.once("close", () => {
      written.push("closed");
      closed.resolve();
    });
    response.write("draining", () => flushed.resolve());
  });
  expect(await ask(port, patience.signal)).toEqual({ handled: true, text: "200" });
  await flushed.promise;
  // A round trip on a connection of its own: time enough for a hang-up to arrive.
  const other = await serve((_request, response) => void response.end());
  await ask(other);
  written.push("told");
  patience.abort();
  await closed.promise;
  expect(written).toEqual(["told", "closed"]);
});

test("a body without end is cut off", async () => {
  const closed = Promise.withResolvers<void>();
  const port = await serve((_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write("more".repeat(4096)));
    };
    response.on("drain", more).once("close", () => closed.resolve());
    more();
  });
  expect(await ask(port)).toEqual({ handled: true, text: "200" });
  await closed.promise;
});

test.each(["answered", "given up while it is connecting"])(
  "a connection of the health checks is given back when a request is %s",
  async (how) => {
    const http = createSharedHttp();
    onTestFinished(() => http.close());
    const port = await serve((_request, response) => void response.end());
    const connection = http.borrow();
    http.giveBack(connection);
    const patience = new AbortController();
    const request = { port, portName: "health", path: "/quitquitquit", waitMs: 0 };
    const answer = postStop(request, { http, signal: patience.signal });
    if (how !== "answered") patience.abort();
    expect((await answer).handled).toBe(how === "answered");
    await expect.poll(() => http.borrow()).toBe(connection);
    expect(connection.opened).toBe(1);
    // Once: two requests on one connection would get each other's answers.
    expect(http.borrow()).not.toBe(connection);
    const again = await postStop(request, { http: { ...http, borrow: () => connection }, signal: NEVER });
    expect(again).toEqual({ handled: true, text: "200" });
  },
);
