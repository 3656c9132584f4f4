import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CheckReport } from "@borealis/schema";
import { expect, onTestFinished, test } from "vitest";
import { startApiServer } from "../../executor/src/api-server.ts";
import { ensureApiToken } from "../../executor/src/api-token.ts";
import { watch } from "../../executor/test/checked-instance.ts";
import { expectPlainError, finished } from "./borealis.ts";
import { freePort } from "./world.ts";

const HELLO = "www-data/prod/hello/0";
const OTHER = "www-data/prod/other/1";

/** An executor's API over real checks, and its state directory with the token. */
async function serve() {
  const stateDir = await mkdtemp(join(tmpdir(), "borealis-health-"));
  onTestFinished(() => rm(stateDir, { recursive: true, force: true }));
  const token = await ensureApiToken(stateDir);
  const world = watch({ [HELLO]: ["web", "db"], [OTHER]: ["web"] });
  const { url, close } = await startApiServer({
    listen: { host: "127.0.0.1", port: 0 },
    executor: () => undefined,
    instances: () => [],
    events: () => [],
    session: () => {
      throw new Error("nobody asks for it");
    },
    ready: () => undefined,
    metrics: async () => ({ contentType: "text/plain", text: "" }),
    health: world.health,
    token,
  });
  onTestFinished(close);
  const health = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    finished(["health", ...args, "--executor", url], { BOREALIS_STATE_DIR: stateDir, ...env });
  return { ...world, url, token, stateDir, health: { ...world.health, run: health } };
}

/** A table as words: where columns are is not told by one blank. */
function cells(stdout: string): string[][] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split(/ {2,}/));
}

test("ls shows state, since when, the latest result and snoozes of all checks, of a job, or of an instance", async () => {
  const { health, clock, answers } = await serve();
  answers.set("db", { healthy: false, kind: "refused", reason: "nothing listens", durationMs: 1 });
  await clock.advance(1_000);
  const all = await health.run(["ls"]);
  expect(all.code).toBe(0);
  const [began, now] = ["2023-11-14T22:13:20.000Z", "2023-11-14T22:13:21.000Z"];
  expect(cells(all.stdout)).toEqual([
    ["INSTANCE", "CHECK", "STATE", "SINCE", "SNOOZE", "LAST"],
    [HELLO, "web", "healthy", began, `${now} passed`],
    [HELLO, "db", "failing", began, `${now} failed (2 in a row): nothing listens`],
    [OTHER, "web", "healthy", began, `${now} passed`],
  ]);
  const namesOf = async (...args: string[]) => {
    const { stdout } = await health.run(["ls", ...args, "-o", "json"]);
    return (JSON.parse(stdout) as CheckReport[]).map(({ instance, name }) => `${instance} ${name}`);
  };
  expect(await namesOf("www-data/prod/hello")).toEqual([`${HELLO} web`, `${HELLO} db`]);
  expect(await namesOf(`cluster/${OTHER}`)).toEqual([`${OTHER} web`]);
  const lines = await health.run(["ls", HELLO, "-o", "ndjson"]);
  expect(
    lines.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown),
  ).toMatchObject([
    { name: "web", state: "healthy" },
    { name: "db", state: "failing", consecutiveFailures: 2 },
  ]);
});

test("an instance that is not there is a negative answer, and so is a job without checks", async () => {
  const { health } = await serve();
  const instance = await health.run(["ls", "www-data/prod/hello/7"]);
  expect(instance).toMatchObject({ code: 1, stdout: "" });
  expect(instance.stderr).toContain("checks no instance www-data/prod/hello/7");
  const job = await health.run(["ls", "www-data/prod/hell"]);
  expect(job).toMatchObject({ code: 1, stdout: "" });
  expect(job.stderr).toContain("no health checks of www-data/prod/hell");
});

test("history shows results and transitions of one check or of all, newest first, as many as wanted", async () => {
  const { health, clock, answers } = await serve();
  await clock.advance(0);
  answers.set("web", { healthy: false, kind: "status", reason: "answered 503", durationMs: 2.04 });
  await clock.advance(1_000);
  const one = await health.run(["history", HELLO, "--check", "web"]);
  expect(cells(one.stdout)).toEqual([
    ["AT", "CHECK", "RESULT", "TOOK", "STATE", "REASON"],
    ["2023-11-14T22:13:21.000Z", "web", "failed", "2.0 ms", "failing", "answered 503"],
    ["2023-11-14T22:13:20.000Z", "web", "passed", "3.0 ms", "healthy"],
  ]);
  const all = await health.run(["history", HELLO, "--limit", "3", "-o", "json"]);
  expect((JSON.parse(all.stdout) as { check: string; at: number }[]).map(({ check }) => check)).toEqual([
    "web",
    "db",
    "web",
  ]);
  const transitions = await health.run(["history", HELLO, "--transitions"]);
  expect(cells(transitions.stdout)).toEqual([
    ["AT", "CHECK", "FROM", "TO", "REASON"],
    ["2023-11-14T22:13:21.000Z", "web", "healthy", "failing", "answered 503"],
    ["2023-11-14T22:13:20.000Z", "web", "grace", "healthy"],
    ["2023-11-14T22:13:20.000Z", "db", "grace", "healthy"],
  ]);
  expect(await health.run(["history", HELLO, "--check", "nope"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("there are web, db"),
  });
});

test("snooze holds a check with author and reason, unsnooze ends it", async () => {
  const { health, clock, answers } = await serve();
  await clock.advance(0);
  const asked = ["snooze", HELLO, "--for", "30m", "--reason", "new disk", "--check", "db"];
  const snoozed = await health.run(asked, { SUDO_USER: "ann" });
  expect(snoozed).toMatchObject({ code: 0, stderr: "" });
  expect(snoozed.stdout).toContain("snoozed until 2023-11-14T22:43:20.000Z by ann: new disk");
  expect(health.find(HELLO)?.checks.map(({ snooze }) => snooze?.author)).toEqual([undefined, "ann"]);
  answers.set("db", { healthy: false, kind: "refused", reason: "nothing listens", durationMs: 1 });
  await clock.advance(1_000);
  expect((await health.run(["ls", HELLO])).stdout).toContain("by ann: new disk; failing without it");
  const history = await health.run(["history", HELLO, "--check", "db", "--limit", "1"]);
  expect(history.stdout).toContain("healthy (failing without the snooze)");
  const paused = await health.run([
    "snooze",
    HELLO,
    "--for",
    "1d",
    "--reason",
    "x",
    "--author",
    "b",
    "--pause",
  ]);
  expect(paused.stdout).toContain("paused until 2023-11-15T22:13:21.000Z by b: x");
  const ended = await health.run(["unsnooze", HELLO, "--check", "db", "-o", "json"]);
  expect((JSON.parse(ended.stdout) as CheckReport[]).map(({ name, snooze }) => [name, snooze])).toEqual([
    ["db", undefined],
  ]);
  expect(health.find(HELLO)?.checks.map(({ snooze }) => snooze?.author)).toEqual(["b", undefined]);
});

test("a snoozed check that fails is shown as failed, and what it would be", async () => {
  const { health, clock, answers } = await serve();
  await clock.advance(1_000);
  await health.run(["snooze", HELLO, "--for", "5m", "--reason", "x", "--author", "ann"]);
  answers.set("db", { healthy: false, kind: "status", reason: "HTTP 503", durationMs: 1 });
  await clock.advance(3_000);
  const { stdout } = await health.run(["ls", HELLO]);
  const row = stdout.split("\n").find((line) => / db /.test(line));
  expect(row).toMatch(/ healthy .* by ann: x; failing without it .* failed: HTTP 503/);
  const { stdout: told } = await health.run(["history", HELLO, "--check", "db", "--transitions"]);
  expect(told).toMatch(/healthy +healthy +snoozed until .* by ann: x/);
});

test("to end a snooze that is none is a negative answer", async () => {
  const { health } = await serve();
  const none = await health.run(["unsnooze", HELLO]);
  expect(none).toMatchObject({ code: 1, stdout: "" });
  expect(none.stderr).toContain(`${HELLO} was not snoozed`);
});

test("without the executor's token nothing is changed, and it is never shown", async () => {
  const { health, token, stateDir } = await serve();
  const asked = ["snooze", HELLO, "--for", "5m", "--reason", "x"];
  const none = await health.run([...asked, "--state-dir", join(stateDir, "nowhere")]);
  expect(none.code).toBe(30);
  expect(none.stderr).toContain(`can not read the executor's token from ${stateDir}/nowhere/api-token`);
  expectPlainError(none.stderr);
  const wrong = join(stateDir, "wrong");
  await writeFile(wrong, `${token}x\n`);
  const refused = await health.run(asked, { BOREALIS_API_TOKEN_FILE: wrong });
  expect(refused.code).toBe(30);
  expect(refused.stderr).toContain("that is not this executor's token");
  await writeFile(wrong, `${token}\r\nx-evil: 1`);
  const garbage = await health.run(asked, { BOREALIS_API_TOKEN_FILE: wrong });
  expect(garbage.code).toBe(30);
  expect(garbage.stderr).toContain("does not hold an executor's token");
  for (const { stderr } of [none, refused, garbage]) expect(stderr).not.toContain(token.slice(0, 20));
  expect(health.find(HELLO)?.checks.some(({ snooze }) => snooze)).toBe(false);
  const right = join(stateDir, "right");
  await writeFile(right, token);
  await chmod(right, 0o600);
  expect((await health.run(asked, { BOREALIS_API_TOKEN_FILE: right })).code).toBe(0);
});

test.for([
  [["snooze", HELLO, "--for", "30", "--reason", "x"], "as in 90s, 30m, 2h or 1d"],
  [["snooze", HELLO, "--for", "0m", "--reason", "x"], "a number above 0"],
  [["snooze", HELLO, "--for", "31d", "--reason", "x"], "--for must not be more than 2592000 (30 days)"],
  [["snooze", HELLO, "--for", "5m", "--reason", " "], "--reason must not be empty"],
  [["snooze", HELLO, "--for", "5m", "--reason", "x", "--check", "a b"], "--check may hold only letters"],
  [["snooze", HELLO, "--for", "5m"], "--reason"],
  [
    ["snooze", "www-data/prod/hello", "--for", "5m", "--reason", "x"],
    "name one of its instances: www-data/prod/hello/0",
  ],
  [["history", HELLO, "--limit", "0"], "at least 1"],
  [["history", HELLO, "--limit", "1001"], "must not be more than 1000"],
  [["ls", "hello"], "is not a job key"],
  [["ls", "--executor", "http://example.com:80"], "executors listen on loopback only"],
  [["ls", "--executor", "http://127.0.0.1.example.com"], "executors listen on loopback only"],
  [["ls", "--executor", "localhost:8080"], "must be http://127.0.0.1:<port>"],
] as const)("wrong usage is told with what to do: %j", async ([args, expected]) => {
  const { url, stateDir } = await serve();
  const executor = args.includes("--executor" as never) ? [] : ["--executor", url];
  const { code, stderr } = await finished(["health", ...args, ...executor], { BOREALIS_STATE_DIR: stateDir });
  expect(code).toBe(2);
  expect(stderr).toContain(expected);
  expectPlainError(stderr);
});

test("no proxy is asked, whatever the environment says", async () => {
  const { health } = await serve();
  const proxy = `http://127.0.0.1:${await freePort()}`;
  const { code, stderr } = await health.run(["ls", HELLO], {
    NODE_USE_ENV_PROXY: "1",
    HTTP_PROXY: proxy,
    http_proxy: proxy,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

test("control characters in what a service answered do not reach the terminal", async () => {
  const { health, clock, answers } = await serve();
  answers.set("web", { healthy: false, kind: "body", reason: "saw \u001b[31mred\nline", durationMs: 1 });
  await clock.advance(0);
  for (const args of [["ls"], ["history", HELLO], ["history", HELLO, "--transitions"]]) {
    const { stdout } = await health.run(args);
    expect(stdout).toContain("saw \\u001b[31mred\\u000aline");
    expect(stdout).not.toContain("\u001b");
  }
});

async function listening(server: ReturnType<typeof createTcpServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("it does not listen");
  return `http://127.0.0.1:${address.port}`;
}

test("nobody there, nobody who answers in time, and something else are told apart", async () => {
  const ask = (executor: string) => finished(["health", "ls", "--executor", executor, "--timeout", "1"]);
  const nobody = await ask(`http://127.0.0.1:${await freePort()}`);
  expect(nobody).toMatchObject({ code: 7, stderr: expect.stringContaining("nothing listens there") });
  const sockets = new Set<{ destroy(): void }>();
  const silent = createTcpServer((socket) => void sockets.add(socket));
  const late = await ask(await listening(silent));
  for (const socket of sockets) socket.destroy();
  expect(late).toMatchObject({ code: 9, stderr: expect.stringContaining("did not answer within 1 s") });
  const web = createServer((_, response) => void response.end("<html>\u001b[31m"));
  const other = await ask(await listening(web));
  expect(other).toMatchObject({ code: 7, stderr: expect.stringContaining("no executor of this version") });
  const moved = createServer((_, response) => {
    response.writeHead(307, { location: "http://example.com/" }).end("go \u001b[31maway");
  });
  const led = await ask(await listening(moved));
  expect(led).toMatchObject({ code: 4, stderr: expect.stringContaining("answered 307: go \\u001b[31maway") });
  for (const { stderr } of [nobody, late, other, led]) expectPlainError(stderr);
});

test.skipIf(process.getuid?.() !== 0)(
  "the token is not sent to another user's socket, whoever named it",
  async () => {
    const { stateDir } = await serve();
    const program = `require("node:http").createServer((q, r) => { process.stderr.write(q.headers.authorization ?? "nothing"); r.end() })
    .listen(0, "127.0.0.1", function () { process.stdout.write(String(this.address().port)) })`;
    const stranger = spawn("setpriv", ["--reuid=65534", "--clear-groups", process.execPath, "-e", program]);
    onTestFinished(() => void stranger.kill());
    let heard = "";
    stranger.stderr.on("data", (text) => {
      heard += text;
    });
    const [port] = await once(stranger.stdout, "data");
    const asked = ["snooze", HELLO, "--for", "5m", "--reason", "x", "--executor", `http://127.0.0.1:${port}`];
    const refused = await finished(["health", ...asked], { BOREALIS_STATE_DIR: stateDir });
    expect(refused.code).toBe(30);
    expect(refused.stderr).toContain("user 65534 listens at");
    expectPlainError(refused.stderr);
    expect(heard).toBe("");
  },
);
