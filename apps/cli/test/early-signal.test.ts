import { readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { borealis } from "./borealis.ts";
import { freePort, serviceJob, useWorld, writeJob } from "./world.ts";

const world = useWorld();

/** Processes whose sandbox lies below the directory. */
function processesBelow(directory: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, "utf8").includes(`HOME=${directory}`);
    } catch {
      return false;
    }
  });
}

test.for([
  ["connected to ZooKeeper", 1],
  ["observer API", 1],
  ["claimed on", 1],
  ["sandbox", 1],
  ["RUNNING", 1],
  ["claimed on", 2],
  ["sandbox", 3],
  ["RUNNING", 3],
  ["joining", 2],
] as const)(
  'SIGTERM while three instances start, at "%s" number %i, ends everything and leaves nothing',
  async ([line, number], { task }) => {
    const directory = join(world.directory, `early-${task.id}`);
    await mkdir(directory);
    const file = await writeJob(
      world,
      `early-${task.id}`,
      serviceJob(`early-${line.replaceAll(" ", "-")}-${number}`, { instances: 3 }),
    );
    for (const instance of [0, 1, 2]) {
      const manifest = { config: file, instance, ports: { http: await freePort() } };
      await writeFile(join(directory, `${instance}.json`), JSON.stringify(manifest));
    }
    const state = join(directory, "state");
    const args = [
      "executor",
      "agent",
      directory,
      "--as-current-user",
      "--hostname",
      `host-${number}`,
      "--state-dir",
      state,
    ];
    const running = borealis(args, world.env);
    await new Promise<void>((resolve) => {
      running.child.stderr?.on("data", () => {
        if (running.stderr.split(line).length > number) resolve();
      });
    });
    running.child.kill("SIGTERM");
    expect(await running.exit).toBe(0);
    expect(processesBelow(state)).toEqual([]);
  },
);
