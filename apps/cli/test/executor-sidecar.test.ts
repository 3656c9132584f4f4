import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { instanceRecordSchema, jobRecordSchema } from "@borealis/schema";
import { expect, onTestFinished, test } from "vitest";
import { borealis } from "./borealis.ts";
import { readNode, untilMembers, useWorld } from "./world.ts";

const world = useWorld();

/** A service that the executor does not run. */
async function startService(): Promise<{ port: number; setStatus(status: number): void }> {
  let status = 200;
  const server = createServer((_, response) => {
    response.statusCode = status;
    response.end("ok");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    setStatus: (next) => {
      status = next;
    },
  };
}

test("without a port named health the service is announced at once", async () => {
  const { port } = await startService();
  borealis(
    ["executor", "sidecar", "legacy/prod/plain", "-P", `http:${port}`, "--hostname", "host-b"],
    world.env,
  );
  const { members } = await untilMembers(world, "/aurora/legacy/prod/plain", 1);
  expect(members[0]).toMatchObject({
    serviceEndpoint: { host: "host-b", port },
    additionalEndpoints: { http: { host: "host-b", port }, aurora: { host: "host-b", port } },
    shard: 0,
  });
  const record = instanceRecordSchema.parse(
    await readNode(world, "/borealis/jobs/legacy/prod/plain/instances/0"),
  );
  expect(record).toMatchObject({ mode: "sidecar", taskState: "ACTIVE", health: { state: "disabled" } });
  expect(jobRecordSchema.parse(await readNode(world, "/borealis/jobs/legacy/prod/plain"))).toMatchObject({
    config: null,
    instances: 1,
  });
});

test("with a health port it follows the checks, and leaves when it is stopped", async () => {
  const service = await startService();
  const checks = [
    "--initial-interval-secs",
    "0",
    "--interval-secs",
    "0.2",
    "--max-consecutive-failures",
    "1",
  ];
  const ports = ["-P", `http:${service.port}`, "--portmap", "health:http"];
  const running = borealis(["executor", "sidecar", "legacy/prod/checked", ...ports, ...checks], world.env);
  await untilMembers(world, "/aurora/legacy/prod/checked", 1);
  service.setStatus(500);
  await untilMembers(world, "/aurora/legacy/prod/checked", 0);
  expect(running.stderr).toContain("HTTP 500 (2 in a row)");
  service.setStatus(200);
  await untilMembers(world, "/aurora/legacy/prod/checked", 1);
  running.child.kill("SIGTERM");
  expect(await running.exit).toBe(0);
  await untilMembers(world, "/aurora/legacy/prod/checked", 0);
});

test("--announce=immediately does not wait for a check, as Aurora did not", async () => {
  const ports = ["-P", "http:1", "-P", "health:1"];
  const args = ["executor", "sidecar", "legacy/prod/eager", ...ports, "--initial-interval-secs", "60"];
  borealis([...args, "--announce", "immediately"], world.env);
  await untilMembers(world, "/aurora/legacy/prod/eager", 1);
});
