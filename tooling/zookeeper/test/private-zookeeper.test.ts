import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ask } from "../src/four-letter-word.ts";
import { startZooKeeper, ZooKeeperDidNotStart, type ZooKeeperServer } from "../src/index.ts";
import { directoriesIn, isFree, isRunning, keepersOf, listeningAddresses } from "./traces.ts";

let temporary: string;

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), "borealis-test-"));
  vi.stubEnv("TMPDIR", temporary);
});

afterEach(() => {
  vi.unstubAllEnvs();
  expect(directoriesIn(temporary)).toEqual([]);
  expect(keepersOf(temporary)).toEqual([]);
  rmSync(temporary, { recursive: true });
});

test("a single server answers as the real ZooKeeper, on the loopback address", async () => {
  await using zooKeeper = await startZooKeeper();
  const [server] = zooKeeper.servers as [ZooKeeperServer];

  expect(zooKeeper.connectString).toBe(`127.0.0.1:${server.port}`);
  expect(await ask(server.port, "ruok")).toBe("imok");
  expect(await ask(server.port, "srvr")).toMatch(/^Zookeeper version: \d[\s\S]*^Mode: standalone$/m);
  expect(readFileSync(`/proc/${server.pid}/cmdline`, "utf8")).toMatch(/^[^\0]*java\0/);
  expect(listeningAddresses(server.pid)).toEqual(new Set(["127.0.0.1"]));
});

test("its directory is readable by nobody else", async () => {
  await using _zooKeeper = await startZooKeeper();
  const [directory] = directoriesIn(temporary) as [string];
  expect(statSync(join(temporary, directory)).mode & 0o777).toBe(0o700);
});

test("sessions may be as short as asked for", async () => {
  await using zooKeeper = await startZooKeeper({ tickTimeMs: 200, minSessionTimeoutMs: 300 });
  const [{ port }] = zooKeeper.servers as [ZooKeeperServer];
  expect(await ask(port, "conf")).toMatch(/^tickTime=200$[\s\S]*^minSessionTimeout=300$/m);
});

test("three servers elect one leader, and another one when it is killed", async () => {
  await using zooKeeper = await startZooKeeper({ servers: 3 });
  const { servers } = zooKeeper;

  expect(zooKeeper.connectString.split(",")).toHaveLength(3);
  expect(await modes(servers)).toEqual(["follower", "follower", "leader"]);

  const leader = await leaderOf(servers);
  await leader.kill();
  await expect.poll(() => modes(servers), { timeout: 30_000 }).toEqual(["down", "follower", "leader"]);

  await leader.start();
  expect(await modes(servers)).toEqual(["follower", "follower", "leader"]);
});

test("a killed server starts again on its port and with its data", async () => {
  await using zooKeeper = await startZooKeeper();
  const [server] = zooKeeper.servers as [ZooKeeperServer];
  const [directory] = directoriesIn(temporary) as [string];
  const data = join(temporary, directory, "server-1", "data");
  const { port, pid } = server;
  const before = statSync(join(data, "version-2")).ino;

  await server.kill();
  expect(isRunning(pid)).toBe(false);
  expect(await isFree(port)).toBe(true);

  await server.start();
  expect(server.port).toBe(port);
  expect(server.pid).not.toBe(pid);
  expect(await ask(port, "conf")).toContain(`dataDir=${data}`);
  expect(statSync(join(data, "version-2")).ino).toBe(before);
});

test("a server that runs is not started twice", async () => {
  await using zooKeeper = await startZooKeeper();
  await expect(zooKeeper.servers[0]?.start()).rejects.toThrow(/runs already/);
});

test("a paused server says nothing until it is resumed", async () => {
  await using zooKeeper = await startZooKeeper();
  const [server] = zooKeeper.servers as [ZooKeeperServer];
  server.pause();
  expect(await ask(server.port, "ruok")).toBeUndefined();
  server.resume();
  expect(await ask(server.port, "ruok")).toBe("imok");
});

test("stop leaves no process, port or directory, even of a paused and a killed server", async () => {
  const zooKeeper = await startZooKeeper({ servers: 3 });
  const [paused, killed] = zooKeeper.servers as [ZooKeeperServer, ZooKeeperServer];
  expect(keepersOf(temporary)).toHaveLength(1);
  expect(directoriesIn(temporary)).toHaveLength(1);
  paused.pause();
  await killed.kill();

  await zooKeeper.stop();
  await zooKeeper.stop();

  for (const { pid, port } of zooKeeper.servers) {
    expect(isRunning(pid)).toBe(false);
    expect(await isFree(port)).toBe(true);
  }
  await expect(killed.start()).rejects.toThrow(/was stopped/);
});

test("aborting the signal stops a start that is under way, and servers that run", async () => {
  const early = new AbortController();
  const starting = startZooKeeper({ servers: 3, signal: early.signal });
  const startingFails = expect(starting).rejects.toThrow("enough");
  await expect.poll(() => directoriesIn(temporary)).toHaveLength(1);
  early.abort(new Error("enough"));
  await startingFails;
  expect(directoriesIn(temporary)).toEqual([]);

  const late = new AbortController();
  const zooKeeper = await startZooKeeper({ signal: late.signal });
  late.abort();
  await zooKeeper.stop();
  expect(isRunning(zooKeeper.servers[0]?.pid ?? 0)).toBe(false);
});

test("a port in use is one clear error, and whoever has it is left alone", async () => {
  const stranger = await listen();
  const port = portOf(stranger);
  const starting = startZooKeeper({ port });
  await expect(starting).rejects.toThrow(ZooKeeperDidNotStart);
  await expect(starting).rejects.toThrow(new RegExp(`port ${port}, .* is in use`));
  expect(stranger.listening).toBe(true);
  await new Promise((closed) => stranger.close(closed));
});

test("another ZooKeeper on the port is never mistaken for ours", async () => {
  await using other = await startZooKeeper();
  const [{ port }] = other.servers as [ZooKeeperServer];
  await expect(startZooKeeper({ port })).rejects.toThrow(/is in use/);
  expect(await ask(port, "ruok")).toBe("imok");
});

test("a failed start carries the end of the server's log", async () => {
  await expect(startZooKeeper({ minSessionTimeoutMs: 1e12 })).rejects.toThrow(
    /exit code \d+[\s\S]*log ends with:\n[\s\S]*1000000000000/,
  );
});

test("a temporary directory that cannot be written is named", async () => {
  vi.stubEnv("TMPDIR", join(temporary, "missing"));
  await expect(startZooKeeper()).rejects.toThrow(/No directory for a private ZooKeeper: .*missing/);
});

test("a deadline that passes ends the start", async () => {
  await expect(startZooKeeper({ startDeadlineMs: 1 })).rejects.toThrow(/did not serve within 1 ms/);
});

async function modes(servers: readonly ZooKeeperServer[]): Promise<string[]> {
  return (await Promise.all(servers.map(modeOf))).sort();
}

async function modeOf({ port }: ZooKeeperServer): Promise<string> {
  const answer = await ask(port, "srvr");
  return answer?.match(/^Mode: (\w+)$/m)?.[1] ?? "down";
}

async function leaderOf(servers: readonly ZooKeeperServer[]): Promise<ZooKeeperServer> {
  for (const server of servers) if ((await modeOf(server)) === "leader") return server;
  throw new Error("No server leads.");
}

async function listen(): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server listens on no port.");
  return address.port;
}
