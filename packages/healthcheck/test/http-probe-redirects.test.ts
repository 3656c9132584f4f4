import type { RequestListener } from "node:http";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ask, serveHttp } from "./http-asking.ts";
import { unusedPort } from "./loopback.ts";

/** A service that sends one who asks for a path on to the next one, and says ok where there is none. */
async function serveRedirects(next: Readonly<Record<string, string>>, statusCode = 302) {
  const asked: string[] = [];
  const listener: RequestListener = ({ method, url = "" }, response) => {
    asked.push(`${method} ${url}`);
    const location = next[url];
    if (location === undefined) response.end("ok");
    else {
      // A body that never ends, as nobody waits for it.
      response.writeHead(statusCode, { location }).flushHeaders();
      response.write("moved");
    }
  };
  return { port: await serveHttp(listener), asked };
}

describe("a redirect that is to be followed", () => {
  it.each(["/fine", "fine", "?deep"])("leads to %s", async (location) => {
    const { port, asked } = await serveRedirects({ "/health": location });
    expect(await ask({ port, followRedirects: true })).toMatchObject({ healthy: true, statusCode: 200 });
    const path = new URL(location, "http://localhost/health");
    expect(asked).toEqual(["GET /health", `GET ${path.pathname}${path.search}`]);
  });

  it("may call this host by another of its names", async () => {
    const next: Record<string, string> = {};
    const { port, asked } = await serveRedirects(next);
    next["/health"] = `http://127.0.0.1:${port}/a`;
    next["/a"] = `http://[::1]:${port}/b`;
    next["/b"] = `//localhost:${port}/c`;
    expect(await ask({ port, followRedirects: true })).toMatchObject({ healthy: true });
    expect(asked).toHaveLength(4);
  });

  it("may call the service as it was asked", async () => {
    const { port } = await serveRedirects({ "/health": "http://shop.example/fine" });
    const options = { port, followRedirects: true, headers: { Host: "shop.example" } };
    expect(await ask(options)).toMatchObject({ healthy: true });
  });

  it("may lead to a path that looks like the name of a host, and on from there", async () => {
    const { port } = await serveRedirects({ "/health": "/.//", "//": "/.//elsewhere/" });
    expect(await ask({ port, followRedirects: true })).toMatchObject({ healthy: true });
  });

  it("wherever it is to lead, ends the check and nothing else", async () => {
    const locations = fc.array(
      fc.oneof(
        fc.string({
          unit: fc.constantFrom("/", ".", "..", "?", "#", "@", ":", "[", "%", "\\\\", "x", "é"),
          maxLength: 8,
        }),
        fc.webUrl(),
      ),
      { minLength: 1, maxLength: 3 },
    );
    await fc.assert(
      fc.asyncProperty(locations, async ([first = "", ...rest]) => {
        const table = Object.fromEntries([["/health", first], ...rest.map((to, index) => [`/${index}`, to])]);
        const { port } = await serveRedirects(table as Record<string, string>);
        const { healthy } = await ask({ port, followRedirects: true });
        expect(healthy).toBeTypeOf("boolean");
      }),
      { numRuns: 60 },
    );
  });

  it("is followed five times", async () => {
    const { port } = await serveRedirects({
      "/health": "/1",
      "/1": "/2",
      "/2": "/3",
      "/3": "/4",
      "/4": "/5",
    });
    expect(await ask({ port, followRedirects: true })).toMatchObject({ healthy: true });
  });

  it("is not followed a sixth time", async () => {
    const { port, asked } = await serveRedirects({
      "/health": "/1",
      "/1": "/2",
      "/2": "/3",
      "/3": "/4",
      "/4": "/5",
      "/5": "/6",
    });
    expect(await ask({ port, followRedirects: true })).toMatchObject({
      healthy: false,
      kind: "status",
      reason: "HTTP 302: redirected more than 5 times",
      statusCode: 302,
    });
    expect(asked).toHaveLength(6);
  });

  it("is not followed in a circle", async () => {
    const { port } = await serveRedirects({ "/health": "/a", "/a": "/b", "/b": "/health" });
    expect(await ask({ port, followRedirects: true })).toMatchObject({
      kind: "status",
      reason: "HTTP 302 in a circle: /health → /a → /b → /health",
    });
  });

  it.each([
    ["another host", "http://example.com/health", "http://example.com"],
    ["another port", "http://localhost:1/health", "http://localhost:1"],
  ])("is not followed to %s", async (_, location, origin) => {
    const { port, asked } = await serveRedirects({ "/health": location });
    expect(await ask({ port, followRedirects: true })).toMatchObject({
      kind: "status",
      reason: `HTTP 302 to another service: ${origin}`,
    });
    expect(asked).toEqual(["GET /health"]);
  });

  it("is not followed to another scheme", async () => {
    const next: Record<string, string> = {};
    const { port } = await serveRedirects(next);
    next["/health"] = `https://localhost:${port}/health`;
    expect(await ask({ port, followRedirects: true })).toMatchObject({
      reason: `HTTP 302 to another service: https://localhost:${port}`,
    });
  });

  it("has to be a URL", async () => {
    const { port } = await serveRedirects({ "/health": "http://[nonsense" });
    expect(await ask({ port, followRedirects: true })).toMatchObject({
      kind: "status",
      reason: 'HTTP 302 to "http://[nonsense", which is no URL',
    });
  });

  it.each([
    [303, "POST", "GET"],
    [302, "POST", "GET"],
    [301, "HEAD", "HEAD"],
    [307, "POST", "POST"],
    [308, "PUT", "PUT"],
  ])("of %d turns %s into %s", async (statusCode, method, followed) => {
    const { port, asked } = await serveRedirects({ "/health": "/fine" }, statusCode);
    expect(await ask({ port, method, followRedirects: true, body: null })).toMatchObject({ healthy: true });
    expect(asked).toEqual([`${method} /health`, `${followed} /fine`]);
  });

  it("without a location is an answer like any other", async () => {
    const port = await serveHttp((_request, response) => response.writeHead(302).end("lost"));
    expect(await ask({ port, followRedirects: true })).toMatchObject({ reason: "HTTP 302", output: "lost" });
  });

  it("counts against the one deadline", async () => {
    const port = await serveHttp((request, response) => {
      if (request.url === "/health") response.writeHead(302, { location: "/slow" }).end();
    });
    const result = await ask({ port, followRedirects: true }, 150);
    expect(result).toMatchObject({ kind: "timeout", reason: "no answer within 150 ms" });
  });

  it("is followed on the connection that is kept", async () => {
    const ports = new Set<number | undefined>();
    const port = await serveHttp((request, response) => {
      ports.add(request.socket.remotePort);
      if (request.url === "/health") response.writeHead(302, { location: "/fine" }).end("moved");
      else response.end("ok");
    });
    expect(await ask({ port, followRedirects: true, keepAlive: true })).toMatchObject({ healthy: true });
    expect(ports.size).toBe(1);
  });

  it("leaves the refusal of the next question a refusal", async () => {
    const gone = await unusedPort();
    expect(await ask({ port: gone, followRedirects: true })).toMatchObject({ kind: "refused" });
  });
});
