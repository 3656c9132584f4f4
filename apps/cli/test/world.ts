import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PrivateZooKeeper, startZooKeeper } from "@borealis/private-zookeeper";
import { connectZooKeeper, queryServerSet, type ServerSet, type ZooKeeperSession } from "@borealis/serverset";
import getPort from "get-port";
import { afterAll, beforeAll, expect } from "vitest";

const MEGABYTE = 1024 ** 2;
export const RESOURCES = { cpu: 0.1, ram: 16 * MEGABYTE, disk: 16 * MEGABYTE };
const SERVICE = join(import.meta.dirname, "fixtures/service.mjs");

/** A real ZooKeeper, an observer's session of its own and a directory, for all tests of a file. */
export interface World {
  readonly zooKeeper: PrivateZooKeeper;
  readonly session: ZooKeeperSession;
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
}

export function useWorld(): World {
  const world = {} as { -readonly [K in keyof World]: World[K] };
  beforeAll(async () => {
    world.zooKeeper = await startZooKeeper();
    world.session = connectZooKeeper({ servers: world.zooKeeper.connectString });
    world.directory = await mkdtemp(join(tmpdir(), "borealis-cli-test-"));
    world.env = {
      BOREALIS_ZK: world.zooKeeper.connectString,
      BOREALIS_STATE_DIR: join(world.directory, "state"),
    };
  });
  afterAll(async () => {
    await world.session?.close();
    await world.zooKeeper?.stop();
    await rm(world.directory, { recursive: true, force: true });
  });
  return world;
}

export async function members(world: World, path: string): Promise<ServerSet> {
  return queryServerSet(world.session, path, AbortSignal.timeout(5_000));
}

/** Waits until the set has this many members. */
export async function untilMembers(world: World, path: string, count: number): Promise<ServerSet> {
  let found: ServerSet | undefined;
  await expect
    .poll(
      async () => {
        found = await members(world, path);
        return found.members.length;
      },
      { timeout: 15_000, interval: 20 },
    )
    .toBe(count);
  return found as ServerSet;
}

/** The data of a znode, or undefined when there is none. */
export async function readNode(world: World, path: string): Promise<unknown> {
  const { connection } = await world.session.connected(AbortSignal.timeout(5_000));
  try {
    return JSON.parse(String(await connection.getData(path)));
  } catch {
    return undefined;
  }
}

export function freePort(): Promise<number> {
  return getPort({ host: "127.0.0.1" });
}

/** A job with one real HTTP service, checked four times a second. */
export function serviceJob(name: string, overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    cluster: "test",
    role: "www-data",
    environment: "prod",
    name,
    announce: { portmap: { health: "http", aurora: "http" } },
    health_check_config: { initial_interval_secs: 0, interval_secs: 0.25, on_unhealthy: "withdraw" },
    task: {
      processes: [
        { name: "server", cmdline: `exec '${process.execPath}' '${SERVICE}' {{thermos.ports[http]}}` },
      ],
      resources: RESOURCES,
    },
    ...overrides,
  };
}

export async function writeJob(world: World, name: string, job: unknown): Promise<string> {
  const file = join(world.directory, `${name}.json`);
  await writeFile(file, typeof job === "string" ? job : JSON.stringify(job, null, 2));
  return file;
}

/** Makes the service at a port answer its health checks like this. */
export async function setHealth(port: number, status: number, body: string): Promise<void> {
  await fetch(`http://127.0.0.1:${port}/health`, { method: "POST", body: JSON.stringify({ status, body }) });
}
