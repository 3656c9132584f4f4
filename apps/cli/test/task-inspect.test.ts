import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { finished } from "./borealis.ts";
import { stateWorld } from "./task-world.ts";
import { RESOURCES } from "./world.ts";

test("executor inspect is config inspect under Thermos' name, with -E for --bind and values that hold =", async () => {
  const { run, state } = await stateWorld();
  const file = join(state, "hello.json");
  const cmdline = "serve {{flags}} {{mode}} {{thermos.ports[http]}} {{mesos.instance}}";
  const task = { processes: [{ name: "web", cmdline }], resources: RESOURCES };
  const job = { cluster: "c", role: "www-data", environment: "prod", name: "hello", instances: 3, task };
  writeFileSync(file, JSON.stringify(job));
  const common = ["--instance", "2", "-P", "http:8080"];
  const thermos = await run(["inspect", file, ...common, "-E", "flags=--x=1", "--bind", "mode=fast"]);
  expect(thermos.code, thermos.stderr).toBe(0);
  expect(thermos.stdout).toContain("serve --x=1 fast 8080 2");
  const binds = ["--bind", "flags=--x=1", "--bind", "mode=fast"];
  expect(thermos.stdout).toBe((await finished(["config", "inspect", file, ...common, ...binds])).stdout);
});
