import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import type { CheckReport } from "@borealis/schema";
import { checkReportSchema, checkResultSchema, checkTransitionSchema } from "@borealis/schema";
import type { SessionHealth } from "@borealis/serverset";
import { expect, onTestFinished, test } from "vitest";
import { type ApiServerOptions, startApiServer } from "../src/api-server.ts";
import { watch } from "./checked-instance.ts";

const HELLO = "www-data/prod/hello/0";
const TOKEN = "a".repeat(43);
const SNOOZE = { seconds: 60, author: "ann", reason: "deploying" };

async function serve(overrides: Partial<ApiServerOptions> = {}) {
  const world = watch({ [HELLO]: ["web", "db"], "www-data/prod/other/1": ["web"] });
  const server = await startApiServer({
    listen: { host: "127.0.0.1", port: 0 },
    executor: () => undefined,
    instances: () => [],
    events: () => [],
    session: () => ({}) as SessionHealth,
    ready: () => undefined,
    health: world.health,
    token: TOKEN,
    metrics: async () => ({ contentType: "text/plain", text: "" }),
    ...overrides,
  });
  onTestFinished(() => server.close());
  return { ...world, ...server };
}

interface Ask {
  readonly method?: string;
  readonly token?: string;
  readonly authorization?: string;
  readonly type?: string;
  readonly body?: string | object;
}

function ask(url: string, path: string, { method = "GET", token, authorization, type, body }: Ask = {}) {
  const bearer = token === undefined ? authorization : `Bearer ${token}`;
  const headers: Record<string, string> = {
    ...(bearer === undefined ? {} : { authorization: bearer }),
    ...(body === undefined ? {} : { "content-type": type ?? "application/json" }),
  };
  // Not fetch: it would tidy the path up before it is sent.
  return new Promise<{ status: number; json: unknown; text: string; headers: NodeJS.Dict<unknown> }>(
    (resolve, reject) => {
      const { port } = new URL(url);
      const asked = request({ port, host: "127.0.0.1", path, method, headers, agent: false }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (piece: string) => {
          text += piece;
        });
        response.on("end", () => {
          const isJson = response.headers["content-type"]?.startsWith("application/json");
          const json = isJson ? (JSON.parse(text) as unknown) : undefined;
          resolve({ status: response.statusCode ?? 0, json, text, headers: response.headers });
        });
      });
      asked.on("error", reject).end(typeof body === "object" ? JSON.stringify(body) : body);
    },
  );
}

const change = (url: string, method: "PUT" | "DELETE", path: string, body?: object) =>
  ask(url, path, { method, token: TOKEN, ...(body && { body }) });

test("it reports the checks of all instances, and of one", async () => {
  const { url, clock, answers } = await serve();
  answers.set("db", { healthy: false, kind: "refused", reason: "nothing listens", durationMs: 1 });
  await clock.advance(0);
  const all = checkReportSchema.array().parse((await ask(url, "/v1/health")).json);
  expect(all.map(({ instance, name, state, reason }) => [instance, name, state, reason])).toEqual([
    [HELLO, "web", "healthy", undefined],
    [HELLO, "db", "failing", "nothing listens"],
    ["www-data/prod/other/1", "web", "healthy", undefined],
  ]);
  expect((await ask(url, `/v1/health/${HELLO}`)).json).toEqual(all.slice(0, 2));
  expect(await ask(url, "/v1/health/www-data/prod/hello/7")).toMatchObject({
    status: 404,
    json: { error: expect.stringContaining("no instance www-data/prod/hello/7") },
  });
});

test("results and transitions are given newest first, page by page", async () => {
  const { url, clock, answers } = await serve();
  await clock.advance(2_000);
  answers.set("web", { healthy: false, kind: "status", reason: "503", durationMs: 2, output: "busy" });
  await clock.advance(1_000);
  const results = checkResultSchema.array().parse((await ask(url, `/v1/health/${HELLO}/web/results`)).json);
  expect(results.map(({ healthy }) => healthy)).toEqual([false, true, true, true]);
  expect(results[0]).toMatchObject({ reason: "503", output: "busy", state: "failing" });
  const page = await ask(url, `/v1/health/${HELLO}/web/results?limit=2&before=${results[0]?.at}`);
  expect(page.json).toEqual(results.slice(1, 3));
  const transitions = await ask(url, `/v1/health/${HELLO}/web/transitions?limit=1`);
  expect(checkTransitionSchema.array().parse(transitions.json)).toMatchObject([
    { from: "healthy", to: "failing", reason: "503" },
  ]);
  expect(await ask(url, `/v1/health/${HELLO}/nope/results`)).toMatchObject({
    status: 404,
    json: { error: `${HELLO} has no check nope; there are web, db` },
  });
});

test.for([
  ["limit=0", 'limit must be at least 1 (saw "0")'],
  ["limit=1001", "must not be more than 1000"],
  ["limit=many", 'limit must be a number (saw "many")'],
  ["limit=1.5", "must be a whole number"],
  ["before=yesterday", 'before must be milliseconds since the Unix epoch (saw "yesterday")'],
  ["before=", "before is empty"],
  ["limit=1&limit=2", "limit is given more than once"],
  ["limt=5", '"limt" is not known; there are limit, before'],
] as const)("a page is refused with what is wrong with it: ?%s", async ([query, expected]) => {
  const { url } = await serve();
  const { status, json } = await ask(url, `/v1/health/${HELLO}/web/results?${query}`);
  expect({ status, json }).toEqual({ status: 400, json: { error: expect.stringContaining(expected) } });
});

test("a snooze holds all checks of the instance, or one, until it is ended", async () => {
  const { url, health, clock } = await serve();
  const both = await change(url, "PUT", `/v1/health/${HELLO}/snooze`, SNOOZE);
  expect(both.status).toBe(200);
  const since = clock.wallTime();
  const snooze = { since, until: since + 60_000, author: "ann", reason: "deploying", pause: false };
  expect(both.json).toMatchObject([
    { name: "web", snooze },
    { name: "db", snooze },
  ]);
  const ended = await change(url, "DELETE", `/v1/health/${HELLO}/snooze?author=bob`);
  expect((ended.json as CheckReport[]).map((report) => report.snooze)).toEqual([undefined, undefined]);
  const one = { ...SNOOZE, check: "db", pause: true };
  expect((await change(url, "PUT", `/v1/health/${HELLO}/snooze`, one)).json).toMatchObject([
    { name: "db", snooze: { pause: true } },
  ]);
  const snoozed = () => health.instances.flatMap(({ checks }) => checks).filter((check) => check.snooze);
  expect(snoozed().map(({ instance, name }) => [instance, name])).toEqual([[HELLO, "db"]]);
  expect((await change(url, "DELETE", `/v1/health/${HELLO}/snooze?check=db&author=bob`)).status).toBe(200);
  expect(snoozed()).toEqual([]);
  const nope = { ...SNOOZE, check: "nope" };
  expect(await change(url, "PUT", `/v1/health/${HELLO}/snooze`, nope)).toMatchObject({
    status: 404,
    json: { error: `${HELLO} has no check nope; there are web, db` },
  });
  expect((await change(url, "DELETE", `/v1/health/${HELLO}/snooze?author=b&check=nope`)).status).toBe(404);
});

test("nothing is changed without the token, and the answer says where it is but not what it is", async () => {
  const { url, health } = await serve();
  const path = `/v1/health/${HELLO}/snooze`;
  const attempts = [
    { status: 401 },
    { status: 401, authorization: TOKEN },
    { status: 401, authorization: `Basic ${TOKEN}` },
    { status: 401, authorization: "Bearer " },
    { status: 403, authorization: `Bearer ${TOKEN}a` },
    { status: 403, authorization: `Bearer ${TOKEN.slice(1)}` },
    { status: 403, authorization: "Bearer b" },
  ];
  for (const { status, ...shown } of attempts) {
    const put = await ask(url, path, { method: "PUT", body: SNOOZE, ...shown });
    const del = await ask(url, `${path}?author=bob`, { method: "DELETE", ...shown });
    expect([shown, put.status, del.status]).toEqual([shown, status, status]);
    expect(put.text).toContain("the file api-token in the executor's state directory");
    expect(put.text).not.toContain(TOKEN.slice(1));
  }
  expect(health.instances.flatMap(({ checks }) => checks).some((check) => check.snooze)).toBe(false);
  expect((await ask(url, path, { method: "PUT", body: SNOOZE })).headers["www-authenticate"]).toBe("Bearer");
});

test.for([
  [{ ...SNOOZE, seconds: -1 }, "the body: seconds must be more than 0 (saw -1)"],
  [{ ...SNOOZE, seconds: 31 * 24 * 3600 }, "must not be more than 2592000 (30 days) (saw 2678400)"],
  [{ author: "ann" }, "seconds must be a number of seconds (saw nothing); reason must be text (saw nothing)"],
  [{ ...SNOOZE, reason: "  " }, "reason must not be empty"],
  [{ ...SNOOZE, check: "../x" }, "check may hold only letters"],
  [{ ...SNOOZE, forever: true }, '"forever" is not known; there are seconds, author, reason, check, pause'],
  [{ ...SNOOZE, pause: "yes" }, 'pause must be true or false (saw "yes")'],
  ["[1]", "must be an object with seconds, author, reason, check, pause (saw [1])"],
  ["null", "must be an object"],
  ['{"seconds":', 'the body is not JSON (saw "{\\"seconds\\":")'],
  ["", 'the body is not JSON (saw "")'],
  ["[".repeat(8000) + "]".repeat(8000), "must be an object"],
  [{ ...SNOOZE, author: "\u202egnihton" }, "author must be one line of plain text"],
  [{ ...SNOOZE, reason: "half of \ud83d" }, "reason must be one line of plain text"],
  [{ ...SNOOZE, reason: "one\ntwo" }, "reason must be one line of plain text"],
] as const)("a snooze is refused with what is wrong with it: %j", async ([body, expected]) => {
  const { url, health } = await serve();
  const { status, json } = await ask(url, `/v1/health/${HELLO}/snooze`, {
    method: "PUT",
    token: TOKEN,
    body,
  });
  expect({ status, json }).toEqual({ status: 400, json: { error: expect.stringContaining(expected) } });
  expect(health.find(HELLO)?.checks.some(({ snooze }) => snooze)).toBe(false);
});

test("a snooze is confirmed when it is on the disk, not before", async () => {
  const written = Promise.withResolvers<void>();
  const { health } = watch({ [HELLO]: ["web"] });
  const { url } = await serve({ health: { ...health, find: health.find, settled: () => written.promise } });
  let confirmed = false;
  const asked = ask(url, `/v1/health/${HELLO}/snooze`, { method: "PUT", token: TOKEN, body: SNOOZE }).then(
    (answer) => {
      confirmed = true;
      return answer;
    },
  );
  await expect.poll(() => health.find(HELLO)?.checks[0]?.snooze?.author).toBe("ann");
  await ask(url, `/v1/health/${HELLO}`);
  expect(confirmed).toBe(false);
  written.resolve();
  expect((await asked).status).toBe(200);
});

test("whoever opens hundreds of connections is hung up on, and leaves room for checks", async () => {
  const { url } = await serve();
  const sockets = Array.from({ length: 100 }, () => connect(Number(new URL(url).port), "127.0.0.1"));
  onTestFinished(() => sockets.forEach((socket) => void socket.destroy()));
  let ended = 0;
  for (const socket of sockets)
    socket
      .on("error", () => {})
      .on("close", () => ended++)
      .resume();
  await expect.poll(() => ended).toBe(100 - 64);
});

test("a snooze is ended by somebody who says who it is", async () => {
  const { url } = await serve();
  for (const query of ["", "?author=", "?author=a&x=1", "?author=a&check=%2e%2e"]) {
    const { status } = await change(url, "DELETE", `/v1/health/${HELLO}/snooze${query}`);
    expect([query, status]).toEqual([query, 400]);
  }
});

test("what a form in a page of another site can send is refused", async () => {
  const { url } = await serve();
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"]) {
    const asked = await ask(url, `/v1/health/${HELLO}/snooze`, {
      method: "PUT",
      token: TOKEN,
      type,
      body: SNOOZE,
    });
    expect(asked).toMatchObject({ status: 415, json: { error: expect.stringContaining(`saw "${type}"`) } });
  }
});

test("a body over 16 KB is refused, with or without its length", async () => {
  const { url } = await serve();
  const path = `/v1/health/${HELLO}/snooze`;
  const fits = JSON.stringify(SNOOZE).padEnd(16 * 1024);
  expect((await ask(url, path, { method: "PUT", token: TOKEN, body: fits })).status).toBe(200);
  expect((await ask(url, path, { method: "PUT", token: TOKEN, body: `${fits} ` })).status).toBe(413);
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.setEncoding("utf8").write(head(path, "transfer-encoding: chunked"));
  for (let sent = 0; sent < 5; sent += 1) socket.write(`1000\r\n${" ".repeat(0x1000)}\r\n`);
  let seen = "";
  socket.on("data", (text: string) => {
    seen += text;
  });
  await once(socket, "close");
  expect(seen).toMatch(/^HTTP\/1.1 413 /);
  expect(seen).toContain("must not be larger than 16384 bytes");
});

function head(path: string, more: string): string {
  const lines = [`PUT ${path} HTTP/1.1`, "host: localhost", `authorization: Bearer ${TOKEN}`];
  return `${[...lines, "content-type: application/json", more].join("\r\n")}\r\n\r\n`;
}

test.for([
  ["its body", head(`/v1/health/${HELLO}/snooze`, "content-length: 100")],
  ["its headers", "PUT / HTTP/1.1\r\nhost:"],
] as const)("who never finishes %s is hung up on", async ([, text]) => {
  const { url } = await serve({ requestTimeoutMs: 100 });
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.setEncoding("utf8").write(text);
  let seen = "";
  socket.on("data", (piece: string) => {
    seen += piece;
  });
  await once(socket, "close");
  expect(seen).toMatch(/^HTTP\/1.1 408 /);
});

test.for([
  ["POST", `/v1/health/${HELLO}/snooze`, "PUT, DELETE"],
  ["GET", `/v1/health/${HELLO}/snooze`, "PUT, DELETE"],
  ["PUT", `/v1/health/${HELLO}`, "GET, HEAD"],
  ["DELETE", "/v1/health", "GET, HEAD"],
  ["POST", `/v1/health/${HELLO}/web/results`, "GET, HEAD"],
  ["PUT", "/v1/instances", "GET, HEAD"],
  ["POST", "/metrics", "GET, HEAD"],
] as const)("%s %s is answered with what is allowed", async ([method, path, allow]) => {
  const { url } = await serve();
  const { status, headers } = await ask(url, path, { method, token: TOKEN });
  expect({ status, allow: headers["allow"] }).toEqual({ status: 405, allow });
});

test.for([
  ["/v1/health/", 400],
  ["/v1/health/www-data", 404],
  ["/v1/health/www-data/prod/hello", 404],
  [`/v1/health/${HELLO}/web`, 404],
  [`/v1/health/${HELLO}/web/secrets`, 404],
  [`/v1/health/${HELLO}/web/results/more`, 404],
  [`/v1/health/${HELLO}/`, 400],
  ["/v1/health/../instances", 400],
  ["/v1/health/www-data/prod/%2e%2e/0", 400],
  ["/v1/health/www-data%2fprod%2fhello%2f0", 400],
  [`/v1/health/${HELLO}/w%00b/results`, 400],
  ["/v1/health/%zz", 400],
  ["/v1/healthy", 404],
  ["/v1/", 404],
] as const)("%s is answered with %i and a sentence", async ([path, expected]) => {
  const { url } = await serve();
  const { status, json } = await ask(url, path);
  expect({ status, json }).toEqual({ status: expected, json: { error: expect.stringMatching(/\w+ \w+/) } });
});

test("names may be escaped in the path", async () => {
  const { url } = await serve();
  expect((await ask(url, "/v1/health/www%2Ddata/prod/hello/0")).json).toHaveLength(2);
});

test("metrics come in the type that they say they are", async () => {
  const contentType = "text/plain; version=0.0.4; charset=utf-8";
  const { url } = await serve({ metrics: async () => ({ contentType, text: "up 1\n" }) });
  const { status, text, headers } = await ask(url, "/metrics");
  expect({ status, text, type: headers["content-type"] }).toEqual({
    status: 200,
    text: "up 1\n",
    type: contentType,
  });
});

test("what fails inside is told, and the next request is answered", async () => {
  const fail = () => {
    throw new Error("no memory");
  };
  const { url } = await serve({ metrics: async () => fail(), instances: fail });
  expect(await ask(url, "/metrics")).toMatchObject({ status: 500, text: "unexpected: no memory\n" });
  expect(await ask(url, "/v1/instances")).toMatchObject({
    status: 500,
    json: { error: "unexpected: no memory" },
  });
  expect((await ask(url, "/livez")).status).toBe(200);
});
