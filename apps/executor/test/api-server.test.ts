import { request } from "node:http";
import type { SessionHealth } from "@borealis/serverset";
import { expect, onTestFinished, test } from "vitest";
import { type ApiServerOptions, isLoopback, startApiServer } from "../src/api-server.ts";
import { watch } from "./checked-instance.ts";

const HEALTH: SessionHealth = {
  state: "connected",
  suspect: false,
  sinceMs: 1,
  generation: 1,
  lastContactMs: 2,
  loopLagMs: 3,
  counters: { attempts: 1, connections: 1, losses: 0, expirations: 0, takeOvers: 0 },
};

async function serve(overrides: Partial<ApiServerOptions> = {}) {
  const server = await startApiServer({
    listen: { host: "127.0.0.1", port: 0 },
    executor: () => undefined,
    instances: () => [],
    events: () => [{ at: 1, kind: "session", text: "connected" }],
    session: () => HEALTH,
    ready: () => undefined,
    health: watch({}).health,
    metrics: async () => ({ contentType: "text/plain", text: "" }),
    token: "",
    ...overrides,
  });
  onTestFinished(() => server.close());
  return server;
}

function get(
  url: string,
  options: { method?: string; host?: string } = {},
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = options.host === undefined ? {} : { host: options.host };
    const asked = request(url, { method: options.method ?? "GET", headers }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    asked.on("error", reject).end();
  });
}

test("it serves what it knows as JSON", async () => {
  const { url } = await serve();
  expect(await get(`${url}/v1/instances`)).toEqual({ status: 200, body: "[]" });
  expect(JSON.parse((await get(`${url}/v1/events?x=1`)).body)).toEqual([
    { at: 1, kind: "session", text: "connected" },
  ]);
  expect(JSON.parse((await get(`${url}/v1/session`)).body)).toEqual(HEALTH);
  expect((await get(`${url}/nowhere`)).status).toBe(404);
});

test("it is alive while it answers, and ready only with a ZooKeeper session", async () => {
  const { url } = await serve({ ready: () => "ZooKeeper session is suspended" });
  expect(await get(`${url}/livez`)).toEqual({ status: 200, body: "ok" });
  expect(await get(`${url}/readyz`)).toEqual({ status: 503, body: "ZooKeeper session is suspended\n" });
});

test("it changes nothing, and does not answer a page that was led here by name", async () => {
  const { url } = await serve();
  expect((await get(`${url}/v1/instances`, { method: "POST" })).status).toBe(405);
  const evil = { host: "evil.example" };
  expect(await get(`${url}/v1/instances`, evil)).toEqual({
    status: 403,
    body: '{"error":"ask for localhost or 127.0.0.1"}',
  });
  expect((await get(`${url}/livez`, evil)).body).toBe("ask for localhost or 127.0.0.1\n");
  expect((await get(`${url}/v1/instances`, { host: "localhost:1" })).status).toBe(200);
});

test("a port in use is an error that names it", async () => {
  const { url } = await serve();
  const port = Number(new URL(url).port);
  await expect(serve({ listen: { host: "127.0.0.1", port } })).rejects.toMatchObject({
    code: "ADDRESS_IN_USE",
    message: expect.stringContaining(`127.0.0.1:${port} is in use`),
  });
});

test.for([
  ["127.0.0.1", true],
  ["127.3.2.1", true],
  ["::1", true],
  ["localhost", true],
  ["0.0.0.0", false],
  ["10.0.0.1", false],
  ["127.0.0.1.example", false],
  ["::", false],
] as const)("%s is loopback: %s", ([host, expected]) => {
  expect(isLoopback(host)).toBe(expected);
});
