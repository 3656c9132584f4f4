import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { instanceRecordSchema } from "@borealis/schema";
import { watchServerSet } from "@borealis/serverset";
import { expect, test } from "vitest";
import { borealis, finished } from "./borealis.ts";
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
const recordOf = (name: string) => `/borealis/jobs/www-data/prod/${name}/instances/0`;

async function run(name: string, options: { job?: Record<string, unknown>; args?: string[] } = {}) {
  const port = await freePort();
  const file = await writeJob(world, name, options.job ?? serviceJob(name));
  const args = ["executor", "run", file, "-P", `http:${port}`, "--as-current-user", "--hostname", "host-a"];
  return { port, running: borealis([...args, ...(options.args ?? [])], world.env) };
}

test("a checked service is announced after its first passed check, with the member that Aurora would write", async () => {
  const { port } = await run("announced");
  const { members: found } = await untilMembers(world, setOf("announced"), 1);
  const endpoint = { host: "host-a", port };
  expect(found[0]).toEqual({
    valid: true,
    name: "member_0000000000",
    serviceEndpoint: endpoint,
    additionalEndpoints: { http: endpoint, health: endpoint, aurora: endpoint },
    status: "ALIVE",
    shard: 0,
  });
});

test("a service that never passes a check is never announced", async () => {
  const port = await freePort();
  const job = serviceJob("mute", {
    task: {
      processes: [{ name: "server", cmdline: "sleep 60; : {{thermos.ports[http]}}" }],
      resources: RESOURCES,
    },
  });
  const file = await writeJob(world, "mute", job);
  borealis(["executor", "run", file, "-P", `http:${port}`, "--as-current-user"], world.env);
  await expect
    .poll(async () => instanceRecordSchema.safeParse(await readNode(world, recordOf("mute"))).data?.health, {
      timeout: 15_000,
    })
    .toMatchObject({ state: "failing", reason: expect.stringContaining("refused") });
  expect(instanceRecordSchema.parse(await readNode(world, recordOf("mute"))).announced.state).toBe("waiting");
  expect((await members(world, setOf("mute"))).exists).toBe(false);
});

test("failing health withdraws the member, recovery announces a new one, and the task runs on", async () => {
  const { port, running } = await run("flappy");
  await untilMembers(world, setOf("flappy"), 1);
  const before = instanceRecordSchema.parse(await readNode(world, recordOf("flappy")));

  await setHealth(port, 503, "down");
  await untilMembers(world, setOf("flappy"), 0);
  await expect
    .poll(async () => instanceRecordSchema.parse(await readNode(world, recordOf("flappy"))))
    .toMatchObject({
      taskState: "ACTIVE",
      health: { state: "failing", reason: "HTTP 503" },
      announced: { state: "withdrawn" },
    });

  await setHealth(port, 200, "OK\n");
  const { members: again } = await untilMembers(world, setOf("flappy"), 1);
  expect(again[0]?.name).toBe("member_0000000001");
  await expect
    .poll(async () => instanceRecordSchema.parse(await readNode(world, recordOf("flappy"))))
    .toMatchObject({ taskId: before.taskId, announced: { state: "announced", member: "member_0000000001" } });
  expect(running.child.exitCode).toBeNull();
});

test("on SIGTERM the member is gone before the processes are told, finals run, and nothing of it stays", async () => {
  const seen = join(world.directory, "ordered-seen");
  const bin = join(import.meta.dirname, "../bin/borealis.mjs");
  const ask = `'${process.execPath}' '${bin}' serverset get www-data/prod/ordered -o json`;
  const service = `'${process.execPath}' '${join(import.meta.dirname, "fixtures/service.mjs")}'`;
  const job = serviceJob("ordered", {
    task: {
      processes: [
        {
          name: "server",
          // Asked to go, it looks who is in its ServerSet, and writes that down.
          cmdline: `export BOREALIS_ZK=${world.zooKeeper.connectString}
            trap "${ask} > ${seen}; exit 0" TERM
            ${service} {{thermos.ports[http]}} & wait`,
        },
        { name: "last", cmdline: `echo final >> ${seen}`, final: true },
      ],
      resources: RESOURCES,
    },
  });
  const { running } = await run("ordered", { job });
  await untilMembers(world, setOf("ordered"), 1);
  running.child.kill("SIGTERM");
  expect(await running.exit).toBe(0);
  const [answer = "", ...rest] = (await readFile(seen, "utf8")).split("\n");
  expect(JSON.parse(answer)).toMatchObject({ exists: true, members: [] });
  expect(rest).toEqual(["final", ""]);
  const told = running.stderr
    .split("\n")
    .flatMap((line) => /"msg":"(withdrawn|CLEANING|FINALIZING)"/.exec(line)?.[1] ?? []);
  expect(told).toEqual(["withdrawn", "CLEANING", "FINALIZING"]);
  expect(await readNode(world, recordOf("ordered"))).toBeUndefined();
});

test("the exit code is the task's result", async () => {
  const task = (cmdline: string) => ({
    ...serviceJob("short"),
    announce: undefined,
    task: { processes: [{ name: "only", cmdline }], resources: RESOURCES },
  });
  const good = await writeJob(world, "good", task("true"));
  expect((await finished(["executor", "run", good, "--as-current-user"], world.env)).code).toBe(0);
  const bad = await writeJob(world, "bad", task("exit 3"));
  const failed = await finished(["executor", "run", bad, "--as-current-user"], world.env);
  expect(failed.code).toBe(4);
  expect(failed.stderr).toContain("FAILED");
});

test("an executor that is killed leaves no record and no member for longer than its session", async () => {
  const { running } = await run("killed", { args: ["--session-timeout", "2"] });
  await untilMembers(world, setOf("killed"), 1);
  const { processes } = instanceRecordSchema.parse(await readNode(world, recordOf("killed")));
  running.child.kill("SIGKILL");
  await untilMembers(world, setOf("killed"), 0);
  await expect.poll(() => readNode(world, recordOf("killed")), { timeout: 10_000 }).toBeUndefined();
  for (const { pid } of processes) process.kill(pid ?? 0, 0);
  expect((await finished(["executor", "kill", "www-data/prod/killed"], world.env)).stdout).toContain("done.");
  for (const { pid } of processes) expect(() => process.kill(pid ?? 0, 0)).toThrow("ESRCH");
});

test("ZooKeeper going away and coming back changes nothing for the task, nor for its member", async () => {
  const { running } = await run("patient", { args: ["--session-timeout", "10"] });
  const { members: before } = await untilMembers(world, setOf("patient"), 1);
  const [server] = world.zooKeeper.servers;
  await server?.kill();
  await expect.poll(() => running.stderr, { timeout: 15_000 }).toContain("suspended");
  await server?.start();
  await expect
    .poll(() => running.stderr.match(/connected to ZooKeeper/g)?.length, { timeout: 15_000 })
    .toBe(2);
  expect((await untilMembers(world, setOf("patient"), 1)).members).toEqual(before);
  expect(running.child.exitCode).toBeNull();
});

test("a session that expired is followed by another one, with a new member for the same task", async () => {
  const { running } = await run("expired", { args: ["--session-timeout", "2"] });
  await untilMembers(world, setOf("expired"), 1);
  const { taskId } = instanceRecordSchema.parse(await readNode(world, recordOf("expired")));
  running.child.kill("SIGSTOP");
  await untilMembers(world, setOf("expired"), 0);
  running.child.kill("SIGCONT");
  const { members: found } = await untilMembers(world, setOf("expired"), 1);
  expect(found[0]?.name).toBe("member_0000000001");
  expect(instanceRecordSchema.parse(await readNode(world, recordOf("expired"))).taskId).toBe(taskId);
});

test("an executor that was out of reach stops its task when another has taken the instance over", async () => {
  const { running } = await run("lost", { args: ["--session-timeout", "2"] });
  await untilMembers(world, setOf("lost"), 1);
  running.child.kill("SIGSTOP");
  await untilMembers(world, setOf("lost"), 0);
  // Another host has a state directory of its own.
  const elsewhere = ["--hostname", "host-b", "--state-dir", join(world.directory, "host-b")];
  const second = await run("lost", { args: elsewhere });
  const { members: found } = await untilMembers(world, setOf("lost"), 1);
  expect(found[0]?.serviceEndpoint.host).toBe("host-b");

  const joined: string[] = [];
  const stop = new AbortController();
  const watching = (async () => {
    for await (const event of watchServerSet(world.session, setOf("lost"), stop.signal)) {
      if (event.type === "ADD" && event.member.valid) joined.push(event.member.serviceEndpoint.host);
    }
  })();
  running.child.kill("SIGCONT");
  expect(await running.exit).toBe(4);
  stop.abort();
  await watching;
  expect(joined).toEqual([]);
  expect(running.stderr).toContain("was lost to another executor (host host-b");
  expect((await members(world, setOf("lost"))).members).toEqual(found);
  expect(second.running.child.exitCode).toBeNull();
});

test("with ZooKeeper gone, SIGTERM still ends the processes, then the executor", async () => {
  const { running } = await run("alone");
  await untilMembers(world, setOf("alone"), 1);
  const { processes } = instanceRecordSchema.parse(await readNode(world, recordOf("alone")));
  const [server] = world.zooKeeper.servers;
  await server?.kill();
  try {
    running.child.kill("SIGTERM");
    expect(await running.exit).toBe(0);
    expect(running.stderr).toContain("it goes with the session at the latest");
    for (const { pid } of processes) expect(() => process.kill(pid ?? 0, 0)).toThrow("ESRCH");
  } finally {
    await server?.start();
  }
});

test("a second signal does not wait for the member, and a third not for processes that ignore SIGTERM", async () => {
  const job = serviceJob("hurried", {
    announce: {},
    task: {
      processes: [
        { name: "deaf", cmdline: "trap '' TERM; while :; do sleep 1; done; : {{thermos.ports[http]}}" },
      ],
      resources: RESOURCES,
      finalization_wait: 600,
    },
  });
  const { running } = await run("hurried", { job });
  await untilMembers(world, setOf("hurried"), 1);
  const [server] = world.zooKeeper.servers;
  await server?.kill();
  try {
    running.child.kill("SIGTERM");
    await expect.poll(() => running.stderr).toContain("leaving");
    running.child.kill("SIGTERM");
    await expect.poll(() => running.stderr).toContain("SIGTERM to the task's processes");
    running.child.kill("SIGTERM");
    expect(await running.exit).toBe(0);
    expect(running.stderr).toContain("SIGKILL");
  } finally {
    await server?.start();
  }
});

test("records that somebody deletes come back, and the task runs on", async () => {
  const { running } = await run("wiped");
  await untilMembers(world, setOf("wiped"), 1);
  const { connection } = await world.session.connected(AbortSignal.timeout(5_000));
  await connection.remove(recordOf("wiped"));
  await connection.remove("/borealis/jobs/www-data/prod/wiped/instances").catch(() => {});
  await connection.remove("/borealis/jobs/www-data/prod/wiped").catch(() => {});
  await expect
    .poll(() => readNode(world, "/borealis/jobs/www-data/prod/wiped"), { timeout: 10_000 })
    .toMatchObject({ instances: 1, config: { name: "wiped" } });
  await expect.poll(() => readNode(world, recordOf("wiped")), { timeout: 10_000 }).toBeDefined();
  await untilMembers(world, setOf("wiped"), 1);
  expect(running.child.exitCode).toBeNull();
});

test("a persistent znode in the place of the record is reported, and ends nothing", async () => {
  const { running } = await run("blocked");
  await untilMembers(world, setOf("blocked"), 1);
  const { connection } = await world.session.connected(AbortSignal.timeout(5_000));
  await connection.remove(recordOf("blocked"));
  await connection.create(recordOf("blocked"), Buffer.from("garbage"), "persistent");
  await untilMembers(world, setOf("blocked"), 0);
  expect(running.stderr).not.toContain("was lost to another executor");
  await connection.remove(recordOf("blocked"));
  await untilMembers(world, setOf("blocked"), 1);
  expect(running.child.exitCode).toBeNull();
});
