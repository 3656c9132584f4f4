import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestClock, type TestClock } from "@borealis/clock/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { ZooKeeperOptions } from "../src/index.ts";
import { connectionOf, expire, namesAt, useZooKeeper } from "./live.ts";

const zooKeeper = useZooKeeper();
const soon = { timeout: 15_000, interval: 20 };
let directory = "";
const children: ChildProcess[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "borealis-session-"));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const fileFor = (name: string) => join(directory, name, "session.json");
const contentsOf = async (file: string) => JSON.parse(await readFile(file, "utf8"));

/** A process that announces at `path` and keeps its session in `file`. */
async function startRun(path: string, file: string, servers = zooKeeper.connectString) {
  const client = join(import.meta.dirname, "take-over-client.ts");
  const child = spawn(process.execPath, [client, servers, path, file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const [member] = await once(child.stdout, "data");
  return { child, member: String(member).trim() };
}

/** A run that was killed after it had announced. */
async function crashedRun(path: string, file: string, servers?: string): Promise<string> {
  const { child, member } = await startRun(path, file, servers);
  child.kill("SIGKILL");
  await once(child, "exit");
  return member;
}

function openWith(file: string, options: Partial<ZooKeeperOptions> = {}) {
  const warnings: string[] = [];
  const session = zooKeeper.open({
    sessionTimeoutMs: 30_000,
    sessionFile: file,
    onWarning: ({ message }) => warnings.push(message),
    ...options,
  });
  return { session, warnings };
}

/** Lets pauses pass that are no time at all, until something is true. */
async function until(isTrue: () => boolean, clock: TestClock): Promise<void> {
  await vi.waitFor(async () => {
    await clock.advance(1);
    expect(isTrue()).toBe(true);
  }, soon);
}

describe("the session of a run that was killed", () => {
  it("is ended before the next one has its own, so that its member is gone long before it would expire", async () => {
    const [path, file] = ["/taken/crashed", fileFor("crashed")];
    const observer = zooKeeper.open();
    const member = await crashedRun(path, file);
    expect(await namesAt(observer, path)).toEqual([member]);
    const { session, warnings } = openWith(file);
    await connectionOf(session);
    expect(await namesAt(observer, path)).toEqual([]);
    expect(session.health).toMatchObject({ generation: 1, counters: { takeOvers: 1, connections: 1 } });
    expect(warnings).toEqual([]);
  });

  it("is ended as soon as a server can be reached", async () => {
    const [path, file] = ["/taken/later", fileFor("later")];
    const proxy = await zooKeeper.proxy();
    await crashedRun(path, file, proxy.address);
    proxy.mode = "refuse";
    const { session } = openWith(file, { servers: proxy.address });
    await vi.waitFor(() => expect(session.health.counters.attempts).toBeGreaterThan(2), soon);
    expect(await namesAt(zooKeeper.open(), path)).toHaveLength(1);
    proxy.mode = "open";
    await connectionOf(session);
    expect(await namesAt(zooKeeper.open(), path)).toEqual([]);
  });

  it("waits in its file for the run after the next, when the next could not reach a server", async () => {
    const [path, file] = ["/taken/patient", fileFor("patient")];
    const proxy = await zooKeeper.proxy();
    await crashedRun(path, file, proxy.address);
    proxy.mode = "refuse";
    const { session } = openWith(file, { servers: proxy.address });
    await vi.waitFor(() => expect(session.health.counters.attempts).toBeGreaterThan(1), soon);
    await session.close();
    proxy.mode = "open";
    await connectionOf(openWith(file, { servers: proxy.address }).session);
    expect(await namesAt(zooKeeper.open(), path)).toEqual([]);
  });

  it("keeps nobody out for longer than a timeout when servers are reached that will not end it", async () => {
    const [path, file] = ["/taken/stubborn", fileFor("stubborn")];
    const clock = createTestClock();
    const proxy = await zooKeeper.proxy();
    await crashedRun(path, file, proxy.address);
    proxy.mode = "refuse";
    const { session } = openWith(file, {
      servers: proxy.address,
      sessionTimeoutMs: 4_000,
      clock,
      random: () => 0,
    });
    const { counters } = session.health;
    await vi.waitFor(() => expect(session.health.counters.attempts).toBeGreaterThan(counters.attempts), soon);
    await clock.advance(4_000);
    const { attempts } = session.health.counters;
    await until(() => session.health.counters.attempts > attempts + 1, clock);
    proxy.mode = "open";
    await until(() => session.status.state === "connected", clock);
    expect(session.health.counters.takeOvers).toBe(0);
    expect(await namesAt(zooKeeper.open(), path)).toHaveLength(1);
    await session.close();
    expect(await readdir(join(directory, "stubborn"))).toEqual([]);
  });

  it("may have expired meanwhile", async () => {
    const file = fileFor("expired");
    await crashedRun("/taken/expired", file);
    // A wrong password is answered as an expired session is.
    const contents = await contentsOf(file);
    await writeFile(file, JSON.stringify({ ...contents, password: Buffer.alloc(16, 7).toString("base64") }));
    const { session, warnings } = openWith(file);
    await connectionOf(session);
    expect(session.health.counters.takeOvers).toBe(0);
    expect(warnings).toEqual([]);
    expect(await namesAt(zooKeeper.open(), "/taken/expired")).toHaveLength(1);
  });
});

describe("a session file", () => {
  it("is there for its user alone before the session is used, and goes with a clean end", async () => {
    const file = fileFor("own");
    const { session } = openWith(file);
    let atFirst = "";
    session.subscribe(({ state }) => {
      if (state === "connected") atFirst = readFileSync(file, "utf8");
    });
    const { ticket } = await connectionOf(session);
    expect(JSON.parse(atFirst).id).toBe(ticket.id.toString("hex"));
    const { mode } = await stat(file);
    expect(mode & 0o777).toBe(0o600);
    expect(await contentsOf(file)).toMatchObject({
      id: ticket.id.toString("hex"),
      servers: [zooKeeper.connectString],
      pid: process.pid,
    });
    expect(await readdir(join(directory, "own"))).toEqual(["session.json"]);
    await session.close();
    expect(await readdir(join(directory, "own"))).toEqual([]);
  });

  it("holds the session that follows an expiry", async () => {
    const file = fileFor("next");
    const { session } = openWith(file);
    await connectionOf(session);
    const first = await contentsOf(file);
    await expire(session);
    const { ticket } = await connectionOf(session);
    const second = await contentsOf(file);
    expect(second.id).toBe(ticket.id.toString("hex"));
    expect(second.id).not.toBe(first.id);
  });

  it("of a process that still lives is left alone, with a warning", async () => {
    const [path, file] = ["/taken/alive", fileFor("alive")];
    const { child, member } = await startRun(path, file);
    const before = await readFile(file, "utf8");
    const { session, warnings } = openWith(file);
    await connectionOf(session);
    expect(await namesAt(session, path)).toEqual([member]);
    expect(warnings).toEqual([
      `the session file ${file} is left alone: process ${child.pid} keeps it and is alive`,
    ]);
    await session.close();
    expect(await readFile(file, "utf8")).toBe(before);
  });

  it("that another session of this process keeps is left alone, with a warning", async () => {
    const file = fileFor("shared");
    const first = openWith(file);
    await connectionOf(first.session);
    const before = await readFile(file, "utf8");
    const second = openWith(file);
    await connectionOf(second.session);
    await second.session.close();
    expect(second.warnings).toEqual([
      `the session file ${file} is left alone: another session of this process keeps it`,
    ]);
    expect(await readFile(file, "utf8")).toBe(before);
    expect(first.warnings).toEqual([]);
  });

  it("whose process number belongs to another process now is that of a crashed run", async () => {
    const [path, file] = ["/taken/reused", fileFor("reused")];
    await crashedRun(path, file);
    const { child } = await startRun("/taken/bystander", fileFor("bystander"));
    await writeFile(file, JSON.stringify({ ...(await contentsOf(file)), pid: child.pid }));
    const { session, warnings } = openWith(file);
    await connectionOf(session);
    expect(await namesAt(session, path)).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it("that others could read is used and closed to them, with a warning", async () => {
    const [path, file] = ["/taken/open", fileFor("open")];
    await crashedRun(path, file);
    await chmod(file, 0o644);
    const { session, warnings } = openWith(file);
    await connectionOf(session);
    expect(await namesAt(session, path)).toEqual([]);
    expect(warnings).toEqual([
      `the session file ${file} could be read or written by others than its user; that is mended`,
    ]);
  });

  it("that others could read is closed to them although no server can be reached", async () => {
    const file = fileFor("away");
    await crashedRun("/taken/away", file);
    await chmod(file, 0o644);
    const { session } = openWith(file, { servers: "127.0.0.1:1" });
    await vi.waitFor(() => expect(session.health.counters.attempts).toBeGreaterThan(0), soon);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it.each<[string, string | Record<string, unknown>]>([
    ["is no JSON", "{"],
    ["is empty", ""],
    ["is null", "null"],
    ["lacks its password", { password: undefined }],
    ["has the number of no session", { id: "0000000000000000" }],
    ["has a number that is none", { id: "12" }],
    ["has no process", { pid: -1 }],
    ["has servers that are none", { servers: [1] }],
  ])("that %s is ignored with a warning, and replaced", async (name, damage) => {
    const file = fileFor(name);
    await mkdir(join(directory, name));
    const sound = {
      servers: [zooKeeper.connectString],
      id: "0100000000000000",
      password: "c2VjcmV0",
      pid: 2 ** 22 + 1,
    };
    const text = typeof damage === "string" ? damage : JSON.stringify({ ...sound, ...damage });
    await writeFile(file, text, { mode: 0o600 });
    const { session, warnings } = openWith(file);
    const { ticket } = await connectionOf(session);
    expect(warnings).toEqual([`the session file ${file} is ignored: it does not hold a session`]);
    expect(await contentsOf(file)).toMatchObject({ id: ticket.id.toString("hex") });
  });

  it("of another ensemble is ignored with a warning", async () => {
    const [path, file] = ["/taken/elsewhere", fileFor("elsewhere")];
    await crashedRun(path, file);
    await writeFile(file, JSON.stringify({ ...(await contentsOf(file)), servers: ["zk.example.com:2181"] }));
    const { session, warnings } = openWith(file);
    await connectionOf(session);
    expect(warnings).toEqual([`the session file ${file} is ignored: its session is of another ensemble`]);
    expect(await namesAt(session, path)).toHaveLength(1);
  });

  it("that is a directory, or in a place that can not be written, is a warning and no more", async () => {
    const file = fileFor("directory");
    await mkdir(file, { recursive: true });
    const first = openWith(file);
    await connectionOf(first.session);
    expect(first.warnings).toEqual([
      `the session file ${file} is ignored: it is no regular file`,
      expect.stringContaining(`the session file ${file} can not be used: writing it failed: `),
    ]);
    const plain = join(directory, "plain");
    await writeFile(plain, "");
    const second = openWith(join(plain, "session.json"));
    await connectionOf(second.session);
    expect(second.warnings).toEqual([
      expect.stringContaining("can not be used: reading it failed: ENOTDIR"),
      expect.stringMatching(/can not be used: writing it failed: (ENOTDIR|EEXIST)/),
    ]);
    await Promise.all([first.session.close(), second.session.close()]);
    expect(await readdir(join(directory, "directory"))).toEqual(["session.json"]);
  });

  it("shows its secrets in no warning and no error", async () => {
    const [path, file] = ["/taken/secret", fileFor("secret")];
    await crashedRun(path, file);
    const { password } = await contentsOf(file);
    await writeFile(file, `{"password":"${password}"`);
    const { session, warnings } = openWith(file);
    await connectionOf(session);
    expect(warnings).toHaveLength(1);
    expect(JSON.stringify([warnings, session.health])).not.toContain(password);
  });
});
