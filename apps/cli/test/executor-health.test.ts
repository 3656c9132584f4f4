import { readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { instanceRecordSchema } from "@borealis/schema";
import { expect, test } from "vitest";
import { borealis } from "./borealis.ts";
import {
  freePort,
  members,
  RESOURCES,
  readNode,
  serviceJob,
  setHealth,
  untilMembers,
  useWorld,
  writeJob,
} from "./world.ts";

const world = useWorld();
const setOf = (name: string) => `/aurora/www-data/prod/${name}`;
const QUICK = { initial_interval_secs: 0, interval_secs: 0.25 };

async function recordOf(name: string) {
  const node = await readNode(world, `/borealis/jobs/www-data/prod/${name}/instances/0`);
  return instanceRecordSchema.safeParse(node).data;
}

async function run(name: string, overrides: Record<string, unknown>, { user = false } = {}) {
  const port = await freePort();
  const file = await writeJob(world, name, serviceJob(name, overrides));
  const args = ["executor", "run", file, "-P", `http:${port}`, ...(user ? [] : ["--as-current-user"])];
  return { port, running: borealis(args, world.env) };
}

const sleeping = { processes: [{ name: "main", cmdline: "sleep 60" }], resources: RESOURCES };

test("unless told otherwise an unhealthy task fails, after its member is gone, for the reason of the check", async () => {
  const health_check_config = { initial_interval_secs: 1, interval_secs: 0.25, max_consecutive_failures: 8 };
  const { port, running } = await run("mortal", { health_check_config });
  await untilMembers(world, setOf("mortal"), 1);
  await setHealth(port, 503, "down");
  expect(await running.exit).toBe(4);
  const told = running.stderr.split("\n").flatMap((line) => {
    const text = /"msg":"(.*)"\}/.exec(line)?.[1] ?? "";
    return /^(failing|the task fails|withdrawn|CLEANING|FAILED)/.exec(text) === null ? [] : [text];
  });
  expect(told).toEqual([
    "failing: HTTP 503 (9 in a row)",
    "the task fails: Failed health check! HTTP 503",
    "withdrawn",
    "CLEANING",
    "FAILED: Failed health check! HTTP 503",
  ]);
  expect((await members(world, setOf("mortal"))).members).toEqual([]);
});

test("a task whose health fails before it ever passed fails, too, and was never announced", async () => {
  const { running } = await run("stillborn", {
    health_check_config: QUICK,
    task: sleeping,
    announce: { primary_port: "http", portmap: { health: "http" } },
  });
  expect(await running.exit).toBe(4);
  expect(running.stderr).toContain("Failed health check! connection refused on port");
  expect((await members(world, setOf("stillborn"))).exists).toBe(false);
});

test("a startup check comes first, readiness withdraws, and liveness fails the task", async () => {
  const up = join(world.directory, "three-up");
  const alive = join(world.directory, "three-alive");
  await writeFile(alive, "");
  const shell = (command: string) => ({ shell: { shell_command: command } });
  const { port, running } = await run("three", {
    health_check_config: undefined,
    announce: { portmap: {} },
    health_checks: [
      {
        name: "up",
        roles: ["startup"],
        ...QUICK,
        max_consecutive_failures: 100,
        health_checker: shell(`test -e ${up}`),
      },
      { name: "ready", roles: ["readiness"], port: "http", ...QUICK },
      { name: "alive", roles: ["liveness"], ...QUICK, health_checker: shell(`test -e ${alive}`) },
    ],
  });
  await expect
    .poll(() => recordOf("three"), { timeout: 15_000 })
    .toMatchObject({
      health: { state: "grace", reason: expect.stringContaining("up: Command 'test -e ") },
      announced: { state: "waiting" },
    });
  await writeFile(up, "");
  await untilMembers(world, setOf("three"), 1);
  await setHealth(port, 503, "busy");
  await untilMembers(world, setOf("three"), 0);
  expect(await recordOf("three")).toMatchObject({
    taskState: "ACTIVE",
    health: { state: "failing", reason: "ready: HTTP 503" },
  });
  await setHealth(port, 200, "ok");
  await untilMembers(world, setOf("three"), 1);
  await rename(alive, `${alive}.gone`);
  expect(await running.exit).toBe(4);
  expect(running.stderr).toContain(`the task fails: Failed health check! alive: Command 'test -e ${alive}'`);
});

test.skipIf(process.getuid?.() !== 0)(
  "a command is run in the sandbox as the job's user, with its ports filled in, and without what the executor knows",
  async () => {
    const seen = join("/tmp", `borealis-check-${process.pid}`);
    const command = `{ id -un; pwd; echo {{thermos.ports[http]}}; echo "zk=$BOREALIS_ZK"; } > ${seen}`;
    const port = await freePort();
    const file = await writeJob(
      world,
      "asuser",
      serviceJob("asuser", {
        role: "nobody",
        announce: { portmap: {} },
        health_check_config: { ...QUICK, health_checker: { shell: { shell_command: command } } },
        task: { ...sleeping, processes: [{ name: "main", cmdline: "sleep 60; : {{thermos.ports[http]}}" }] },
      }),
    );
    borealis(["executor", "run", file, "-P", `http:${port}`], world.env);
    await untilMembers(world, "/aurora/nobody/prod/asuser", 1);
    const [user, directory, bound, secret] = (await readFile(seen, "utf8")).split("\n");
    expect([user, bound, secret]).toEqual(["nobody", String(port), "zk="]);
    expect(directory).toContain("/sandboxes/nobody-prod-asuser-0-");
  },
);

/** What the executor of an instance says at one of its paths. */
async function ask(name: string, path: string): Promise<string> {
  const { executorUrl } = (await recordOf(name)) ?? {};
  return await (await fetch(`${executorUrl}${path}`)).text();
}

const checksOf = async (name: string) =>
  JSON.parse(await ask(name, `/v1/health/www-data/prod/${name}/0`)) as Record<string, unknown>[];

test("Aurora's snooze file keeps a task from being failed, is shown with its age, and ends with itself", async () => {
  const { port, running } = await run("dozing", {
    health_check_config: { initial_interval_secs: 1, interval_secs: 0.25, max_consecutive_failures: 8 },
  });
  await untilMembers(world, setOf("dozing"), 1);
  const sandbox = /"msg":"sandbox ([^"]+)"/.exec(running.stderr)?.[1] ?? "";
  const file = join(sandbox, ".healthchecksnooze");
  await writeFile(file, "");
  await utimes(file, 1_600_000_000, 1_600_000_000);
  await expect.poll(() => checksOf("dozing")).toMatchObject([{ snoozeFile: { since: 1_600_000_000_000 } }]);
  await setHealth(port, 503, "down");
  const snoozed = async () => {
    const [, count] =
      /borealis_health_snoozed_total\{type="http"\} (\d+)/.exec(await ask("dozing", "/metrics")) ?? [];
    return Number(count);
  };
  const before = await snoozed();
  await expect.poll(snoozed, { timeout: 15_000 }).toBeGreaterThan(before + 12);
  expect(await recordOf("dozing")).toMatchObject({ taskState: "ACTIVE", announced: { state: "announced" } });
  await rm(file);
  expect(await running.exit).toBe(4);
});

test("what was found is remembered beyond a kill -9, for the next executor of the instance", async () => {
  const job = { health_check_config: { ...QUICK, on_unhealthy: "withdraw" } };
  const first = await run("lasting", job);
  await untilMembers(world, setOf("lasting"), 1);
  const { processes } = (await recordOf("lasting")) ?? { processes: [] };
  const results = () => ask("lasting", "/v1/health/www-data/prod/lasting/0/health/results");
  await expect.poll(async () => JSON.parse(await results()).length, { timeout: 15_000 }).toBeGreaterThan(8);
  const known = JSON.parse(await results()) as { at: number }[];
  const oldest = known.at(-1)?.at;
  first.running.child.kill("SIGKILL");
  await first.running.exit;
  for (const { pid } of processes) if (pid !== undefined) process.kill(-pid, "SIGKILL");

  const second = await run("lasting", job);
  await expect.poll(() => second.running.stderr, { timeout: 20_000 }).toContain("announced as");
  await expect
    .poll(async () => (JSON.parse(await results()) as { at: number }[]).map(({ at }) => at), {
      timeout: 20_000,
    })
    .toContain(oldest);
});
