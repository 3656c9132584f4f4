import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { instanceRecordSchema } from "@borealis/schema";
import { expect, test } from "vitest";
import { borealis, finished } from "./borealis.ts";
import { freePort, readNode, serviceJob, untilMembers, useWorld, writeJob } from "./world.ts";

const world = useWorld();

async function hostOf(job: string, instance: number): Promise<string | undefined> {
  const record = await readNode(world, `/borealis/jobs/www-data/prod/${job}/instances/${instance}`);
  return instanceRecordSchema.safeParse(record).data?.host;
}

test("an agent runs every instance that its directory names, under one registration", async () => {
  const directory = join(world.directory, "two");
  await mkdir(directory);
  const file = await writeJob(world, "two", serviceJob("two", { instances: 2 }));
  for (const instance of [0, 1]) {
    const manifest = { config: file, instance, ports: { http: await freePort() } };
    await writeFile(join(directory, `${instance}.json`), JSON.stringify(manifest));
  }
  const agent = borealis(
    ["executor", "agent", directory, "--as-current-user", "--hostname", "host-a"],
    world.env,
  );
  const { members } = await untilMembers(world, "/aurora/www-data/prod/two", 2);
  expect(members.map(({ shard }) => shard).sort()).toEqual([0, 1]);
  expect(await readNode(world, "/borealis/executors/host-a")).toMatchObject({
    id: "host-a",
    pid: agent.child.pid,
  });
});

test("an instance that was lost to another executor is not taken back when that one stops", async () => {
  const directory = join(world.directory, "lost");
  await mkdir(directory);
  const file = await writeJob(world, "lost", serviceJob("lost", { instances: 2 }));
  for (const instance of [0, 1]) {
    const manifest = { config: file, instance, ports: { http: await freePort() } };
    await writeFile(join(directory, `${instance}.json`), JSON.stringify(manifest));
  }
  const options = ["--as-current-user", "--session-timeout", "2"];
  const agent = borealis(["executor", "agent", directory, "--hostname", "host-c", ...options], world.env);
  await untilMembers(world, "/aurora/www-data/prod/lost", 2);
  agent.child.kill("SIGSTOP");
  await untilMembers(world, "/aurora/www-data/prod/lost", 0);
  // Another host has a state directory of its own.
  const elsewhere = ["--state-dir", join(world.directory, "host-d")];
  const takeOver = () =>
    freePort().then((port) =>
      borealis(
        ["executor", "run", file, "-P", `http:${port}`, "--hostname", "host-d", ...options, ...elsewhere],
        world.env,
      ),
    );
  const other = await takeOver();
  await untilMembers(world, "/aurora/www-data/prod/lost", 1);

  agent.child.kill("SIGCONT");
  await expect
    .poll(() => agent.stderr, { timeout: 15_000 })
    .toContain("was lost to another executor (host host-d");
  // The other instance of the agent is back, the lost one is not.
  await untilMembers(world, "/aurora/www-data/prod/lost", 2);
  other.child.kill("SIGTERM");
  expect(await other.exit).toBe(0);
  await takeOver();
  await expect.poll(() => hostOf("lost", 0), { timeout: 10_000 }).toBe("host-d");
  expect(await hostOf("lost", 1)).toBe("host-c");

  agent.child.kill("SIGTERM");
  expect(await agent.exit).toBe(4);
});

test("an agent tells of tasks that were left and that no manifest names any more", async () => {
  const directory = join(world.directory, "fewer");
  await mkdir(directory);
  const file = await writeJob(world, "fewer", serviceJob("fewer", { instances: 2 }));
  for (const instance of [0, 1]) {
    const manifest = { config: file, instance, ports: { http: await freePort() } };
    await writeFile(join(directory, `${instance}.json`), JSON.stringify(manifest));
  }
  const args = ["executor", "agent", directory, "--hostname", "host-f", "--as-current-user"];
  const first = borealis(args, world.env);
  await untilMembers(world, "/aurora/www-data/prod/fewer", 2);
  first.child.kill("SIGKILL");
  await first.exit;
  await rm(join(directory, "1.json"));
  const second = borealis(args, world.env);
  await expect
    .poll(() => second.stderr)
    .toMatch(/task \S+ of www-data\/prod\/fewer\/1: it is left by an earlier executor/);
  expect(second.stderr).toMatch(/goes on with task www-data-prod-fewer-0-/);
  second.child.kill("SIGTERM");
  expect(await second.exit).toBe(0);
  const killed = await finished(["executor", "kill", "www-data/prod/fewer/1"], world.env);
  expect(killed.stdout).toContain("done.");
});
