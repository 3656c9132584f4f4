import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { executorRecordPath, instanceRecordPath } from "@borealis/schema";
import { expect, onTestFinished, test } from "vitest";
import { startApiServer } from "../../executor/src/api-server.ts";
import { ensureApiToken } from "../../executor/src/api-token.ts";
import { watch } from "../../executor/test/checked-instance.ts";
import { borealis, expectPlainError, finished } from "./borealis.ts";
import { freePort, readNode, serviceJob, setHealth, untilMembers, useWorld, writeJob } from "./world.ts";

const world = useWorld();

async function create(path: string, data: unknown): Promise<void> {
  const { connection } = await world.session.connected(AbortSignal.timeout(5_000));
  const steps = path.split("/").slice(1);
  for (const index of steps.keys()) {
    const each = `/${steps.slice(0, index + 1).join("/")}`;
    if (each === path) await connection.create(path, Buffer.from(JSON.stringify(data)), "persistent");
    else if ((await connection.ownerOf(each)) === undefined)
      await connection.create(each, Buffer.from(""), "persistent");
  }
}

/** An executor's API over real checks; it is not in ZooKeeper yet. */
async function serve(...instances: string[]): Promise<string> {
  const { health } = watch(Object.fromEntries(instances.map((instance) => [instance, ["web"]])));
  const token = await ensureApiToken(world.env["BOREALIS_STATE_DIR"] ?? "");
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
    health,
    token,
  });
  onTestFinished(close);
  return url;
}

function record(instance: string, executorUrl: string, host: string = hostname()): Promise<void> {
  const [role = "", environment = "", name = "", number] = instance.split("/");
  const path = instanceRecordPath({ role, environment, name, instance: Number(number) });
  return create(path, { host, executorUrl });
}

const run = (...args: string[]) => finished(["health", ...args], world.env);

test("the executor of an instance is the one that its record names", async () => {
  await record("a/prod/one/0", await serve("a/prod/one/0"));
  const snoozed = await run("snooze", "a/prod/one/0", "--for", "1h", "--reason", "moving");
  expect(snoozed).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining(": moving") });
  expect((await run("ls", "a/prod/one/0")).stdout).toContain(": moving");
  expect((await run("unsnooze", "a/prod/one/0")).stdout).not.toContain("moving");
  const none = await run("ls", "a/prod/one/1");
  expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining("has a/prod/one/1") });
});

test.for([
  ["a/prod/away/0", "http://10.1.2.3:80", "which is not on loopback, so it is not asked"],
  ["a/prod/away/1", "http://127.0.0.1@10.1.2.3:80", "which is not on loopback"],
  ["a/prod/away/2", "https://127.0.0.1:80", "which is not on loopback"],
] as const)(
  "a record can not lead the token away from this host: %s at %s",
  async ([instance, url, expected]) => {
    await record(instance, url);
    const { code, stderr } = await run("snooze", instance, "--for", "1h", "--reason", "x");
    expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringContaining(expected) });
    expect(stderr).toContain("run this on that host");
    expectPlainError(stderr);
  },
);

test("an executor on another host is not looked for at the same address of this one", async () => {
  const url = await serve("a/prod/far/0");
  await record("a/prod/far/0", url, "h2.example");
  const { code, stderr } = await run("snooze", "a/prod/far/0", "--for", "1h", "--reason", "x");
  expect(code).toBe(4);
  expect(stderr).toContain("a/prod/far/0 is on h2.example");
  expect((await run("ls", "a/prod/far/0", "--hostname", "h2.example")).code).toBe(0);
});

test("a job is shown as far as it runs on this host, and the rest is named", async () => {
  const url = await serve("b/prod/web/0", "b/prod/web/10", "b/prod/webs/0");
  await record("b/prod/web/10", url);
  await record("b/prod/web/0", url);
  await record("b/prod/web/2", "http://127.0.0.1:1", "h2.example");
  const { code, stdout, stderr } = await run("ls", "b/prod/web");
  expect({
    code,
    lines: stdout
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => line.split(" ")[0]),
  }).toEqual({
    code: 0,
    lines: ["b/prod/web/0", "b/prod/web/10"],
  });
  expect(stderr).toBe("borealis: b/prod/web/2 is on h2.example: ask there\n");
  const none = await run("ls", "b/prod/none");
  expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining("an instance of b/prod/none") });
});

test("without an argument all executors of this host are asked, and one that is gone hides no other", async () => {
  const executor = async (id: string, url: string, host = hostname()) =>
    create(executorRecordPath(id), { id, host, url });
  expect(await run("ls")).toMatchObject({
    code: 0,
    stdout: "",
    stderr: expect.stringContaining("no executor"),
  });
  await executor("e1", await serve("c/prod/one/0"));
  await executor("e2", await serve("c/prod/two/0"));
  await executor("e3", "http://127.0.0.1:1", "h2.example");
  const all = await run("ls");
  expect(all).toMatchObject({ code: 0, stderr: "" });
  expect(all.stdout).toContain("c/prod/one/0");
  expect(all.stdout).toContain("c/prod/two/0");
  await executor("e4", `http://127.0.0.1:${await freePort()}`);
  const some = await run("ls");
  expect(some).toMatchObject({ code: 7, stderr: expect.stringContaining("nothing listens there") });
  expect(some.stdout).toBe(all.stdout);
});

test("neither an executor nor a ZooKeeper, and a ZooKeeper that is not there, are told", async () => {
  const neither = await finished(["health", "ls"]);
  expect(neither).toMatchObject({ code: 2, stderr: expect.stringContaining("--executor URL") });
  const gone = await finished(["health", "ls", "--zk", `127.0.0.1:${await freePort()}`, "--timeout", "1"]);
  expect(gone).toMatchObject({ code: 7, stderr: expect.stringContaining("(tried for 1 s)") });
  for (const { stderr } of [neither, gone]) expectPlainError(stderr);
});

test("what an executor runs is snoozed by its record: a failing service stays announced, until the snooze ends", async () => {
  const port = await freePort();
  const file = await writeJob(world, "held", serviceJob("held"));
  const running = borealis(["executor", "run", file, "-P", `http:${port}`, "--as-current-user"], world.env);
  const [instance, set] = ["www-data/prod/held/0", "/aurora/www-data/prod/held"];
  await untilMembers(world, set, 1);
  const snoozed = await run("snooze", instance, "--for", "1h", "--reason", "moving", "--author", "ann");
  expect(snoozed).toMatchObject({ code: 0, stderr: "" });
  await setHealth(port, 503, "busy");
  const results = async () => {
    const { stdout } = await run("history", instance, "--limit", "1", "-o", "json");
    return JSON.parse(stdout) as unknown;
  };
  const failed = [{ check: "health", healthy: false, state: "healthy", stateUnsnoozed: "failing" }];
  await expect.poll(results).toMatchObject(failed);
  expect((await run("ls", instance)).stdout).toContain("by ann: moving; failing without it");
  await untilMembers(world, set, 1);
  const record = await readNode(world, `/borealis/jobs/${instance.replace("held/0", "held/instances/0")}`);
  const { executorUrl } = record as { executorUrl: string };
  const metrics = await (await fetch(`${executorUrl}/metrics`)).text();
  expect(metrics).toMatch(/^borealis_health_failures_total\{reason="status"\} [1-9]/m);
  expect((await run("unsnooze", instance)).code).toBe(0);
  await untilMembers(world, set, 0);
  running.child.kill("SIGTERM");
  await running.exit;
  expect(running.stderr).toContain("by ann: moving");
  const token = await readFile(join(world.env["BOREALIS_STATE_DIR"] ?? "", "api-token"), "utf8");
  expect(running.stderr).not.toContain(token.trim());
});
