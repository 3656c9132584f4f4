import { execFile } from "node:child_process";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import type { BodyExpectation, HttpProbeOptions } from "../src/http/http-options.ts";
import { answering, ask, serveHttp } from "./http-asking.ts";
import { serveRaw, unusedPort } from "./loopback.ts";

describe("an answer", () => {
  it.each(["ok", "OK", " ok\n", "\tOk\r\n", "\u{FEFF}ok"])("of 200 and %j is healthy", async (body) => {
    expect(await ask({ port: await answering(200, body) })).toEqual({
      healthy: true,
      statusCode: 200,
      durationMs: expect.any(Number),
    });
  });

  it("of any 2xx and ok is healthy", async () => {
    expect(await ask({ port: await answering(203, "ok") })).toMatchObject({ healthy: true, statusCode: 203 });
  });

  it.each([
    ["okay", 'body is "okay", expected "ok"'],
    ["", 'body is "", expected "ok"'],
    ["not ok", 'body is "not ok", expected "ok"'],
    ["n".repeat(200), `body is "${"n".repeat(39)}…", expected "ok"`],
  ])("of 200 and %j is not, and is shown", async (body, reason) => {
    expect(await ask({ port: await answering(200, body) })).toEqual({
      healthy: false,
      kind: "body",
      reason,
      statusCode: 200,
      output: body,
      durationMs: expect.any(Number),
    });
  });

  it("without content is not healthy", async () => {
    expect(await ask({ port: await answering(204, "") })).toMatchObject({
      kind: "body",
      reason: 'body is "", expected "ok"',
    });
  });

  it("of 500 is not healthy even if it says ok", async () => {
    expect(await ask({ port: await answering(500, "ok") })).toMatchObject({
      kind: "status",
      reason: "HTTP 500",
      statusCode: 500,
      output: "ok",
    });
  });

  it("that redirects is an answer like any other", async () => {
    const asked: (string | undefined)[] = [];
    const port = await serveHttp((request, response) => {
      asked.push(request.url);
      if (request.url === "/health") response.writeHead(302, { location: "/fine" }).end();
      else response.end("ok");
    });
    expect(await ask({ port })).toMatchObject({ kind: "status", reason: "HTTP 302" });
    expect(asked).toEqual(["/health"]);
  });

  it("that is wrong keeps the first 4 KB of its body, and is not read to its end", async () => {
    const port = await serveHttp((_request, response) => response.writeHead(503).write("x".repeat(10_000)));
    expect(await ask({ port })).toMatchObject({ reason: "HTTP 503", output: "x".repeat(4096) });
  });

  it("with early hints before it is the one behind them", async () => {
    const port = await serveHttp((_request, response) =>
      response.writeEarlyHints({ link: "</style.css>; rel=preload" }, () => response.end("ok")),
    );
    expect(await ask({ port })).toMatchObject({ healthy: true, statusCode: 200 });
  });
});

describe("what is healthy", () => {
  const any = { body: null, status: [] };
  it.each<[string, Omit<HttpProbeOptions, "port">, number, string, true | string]>([
    ["one status", { status: [[204, 204]], body: null }, 204, "", true],
    ["another one", { status: [[204, 204]], body: null }, 200, "", "HTTP 200, expected 204"],
    ["the beginning of a range", { status: [[300, 399]], body: null }, 300, "", true],
    ["the end of one", { status: [[300, 399]], body: null }, 399, "", true],
    [
      "what is between two",
      {
        status: [
          [200, 299],
          [500, 503],
        ],
      },
      404,
      "ok",
      "HTTP 404, expected 200-299, 500-503",
    ],
    ["any status", any, 500, "broken", true],
    ["any status with a body", { status: [] }, 500, "ok", true],
    ["no body in particular", { body: null }, 200, "whatever", true],
  ])("is told by the status: %s", async (_, options, statusCode, body, verdict) => {
    const result = await ask({ port: await answering(statusCode, body), ...options });
    expect(result.healthy || result.reason).toBe(verdict);
  });

  const contains: BodyExpectation = { kind: "contains", text: " Alive " };
  it.each<[BodyExpectation, string, true | string]>([
    [{ kind: "equals", text: " Alive" }, "ALIVE\n", true],
    [{ kind: "equals", text: "Alive" }, "ok", 'body is "ok", expected "Alive"'],
    [contains, "it is ALIVE, still", true],
    [contains, "it is not", 'body is "it is not", which does not contain " Alive "'],
    [{ kind: "matches", pattern: /^it is\n$/ }, "it is\n", true],
    [{ kind: "matches", pattern: /IT/ }, "it is", 'body is "it is", which does not match /IT/'],
  ])("is told by the body: %j of %j", async (expected, body, verdict) => {
    const result = await ask({ port: await answering(200, body), body: expected });
    expect(result.healthy || result.reason).toBe(verdict);
  });

  it("is the same each time a pattern is asked that remembers where it was", async () => {
    const port = await answering(200, "ok");
    const body = { kind: "matches", pattern: /ok/g } as const;
    for (let time = 0; time < 3; time++) expect(await ask({ port, body })).toMatchObject({ healthy: true });
  });

  it("is not a body whose pattern takes for ever, which does not hold up the process", async () => {
    const port = await answering(200, `${"a".repeat(5000)}!`);
    const result = await ask({ port, body: { kind: "matches", pattern: /^(a+)+$/ } });
    expect(result).toMatchObject({
      kind: "body",
      reason: "matching the body with /^(a+)+$/ took more than 25 ms",
    });
    const next = await ask({ port, body: { kind: "matches", pattern: /^a+!$/ } });
    expect(next).toMatchObject({ healthy: true });
  });

  it("needs no end of a body that nobody looks at", async () => {
    const port = await serveHttp((_request, response) => response.writeHead(200).write("starting"));
    expect(await ask({ port, body: null })).toMatchObject({ healthy: true });
  });
});

describe("what is asked", () => {
  async function questionOf(options: Omit<HttpProbeOptions, "port">) {
    const seen: { line: string; headers: string[] }[] = [];
    const port = await serveHttp(({ method, url, rawHeaders }, response) => {
      seen.push({ line: `${method} ${url}`, headers: rawHeaders });
      response.end("ok");
    });
    const result = await ask({ port, ...options });
    return { port, result, seen };
  }

  it("is GET /health of localhost, with nothing sent along", async () => {
    const { port, seen } = await questionOf({});
    expect(seen).toEqual([
      { line: "GET /health", headers: ["host", `localhost:${port}`, "connection", "close"] },
    ]);
  });

  it("is the method, path and headers that were given, of the Host that was given", async () => {
    const { seen } = await questionOf({
      method: "OPTIONS",
      path: "/status?deep=1",
      headers: { "X-Key": "abc", Host: "shop.example" },
    });
    expect(seen).toEqual([
      {
        line: "OPTIONS /status?deep=1",
        headers: ["host", "shop.example", "connection", "close", "X-Key", "abc"],
      },
    ]);
  });

  it("may be a POST without a body", async () => {
    const { result, seen } = await questionOf({ method: "POST" });
    expect(result).toMatchObject({ healthy: true });
    expect(seen[0]?.headers).toContain("content-length");
  });

  it("may be HEAD, whose answer has no body to be looked at", async () => {
    const { result } = await questionOf({ method: "HEAD" });
    expect(result).toMatchObject({ healthy: true, statusCode: 200 });
  });

  it.each<[string, Omit<HttpProbeOptions, "port">, string]>([
    ["path", { path: "no slash" }, "path must be an absolute URL or start with a slash"],
    ["header", { headers: { "x y": "z" } }, "invalid header key"],
    ["method", { method: "G T" }, "invalid request method"],
  ])("says what is wrong with its %s", async (_, options, problem) => {
    const { result, seen } = await questionOf(options);
    expect(result).toMatchObject({
      kind: "internal",
      reason: `the question can not be asked: ${problem}`,
    });
    expect(seen).toEqual([]);
  });

  it("says that there is no such port", async () => {
    expect(await ask({ port: 70_000 })).toMatchObject({
      kind: "internal",
      reason: expect.stringContaining("70000"),
    });
  });

  it("is not asked of a proxy, whatever the environment says", async () => {
    const port = await answering(200, "ok");
    const proxy = `http://127.0.0.1:${await unusedPort()}`;
    const program = join(import.meta.dirname, "http-asking-once.ts");
    const { stdout } = await promisify(execFile)(process.execPath, [program, `${port}`, "4"], {
      env: {
        ...process.env,
        NODE_USE_ENV_PROXY: "1",
        HTTP_PROXY: proxy,
        http_proxy: proxy,
        ALL_PROXY: proxy,
      },
    });
    expect(JSON.parse(stdout)).toMatchObject({ healthy: true });
  });

  const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
    list?.some(({ address }) => address === "::1"),
  );
  it.skipIf(!hasIpv6)("is asked of ::1 when nobody listens on 127.0.0.1", async () => {
    const port = await serveHttp((_request, response) => response.end("ok"), "::1");
    expect(await ask({ port })).toMatchObject({ healthy: true });
    expect(await ask({ port, family: 6 })).toMatchObject({ healthy: true });
    expect(await ask({ port, family: 4 })).toMatchObject({ kind: "refused" });
  });

  it.skipIf(!hasIpv6)("is not asked of 127.0.0.1 when it is for ::1", async () => {
    const port = await answering(200, "ok");
    expect(await ask({ port, family: 4 })).toMatchObject({ healthy: true });
    expect(await ask({ port, family: 6 })).toMatchObject({ kind: "refused" });
  });

  it("is not asked of ::1 because the service on 127.0.0.1 hangs up", async () => {
    const port = await serveRaw((socket) => socket.destroy());
    expect(await ask({ port })).toMatchObject({ kind: "closed" });
  });
});
