import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startZooKeeper, ZooKeeperNotFound } from "../src/index.ts";

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "borealis-test-"));
  vi.stubEnv("JAVA_HOME", undefined);
  vi.stubEnv("ZOOKEEPER_HOME", undefined);
  vi.stubEnv("ZOOKEEPER_CLASSPATH", undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

test("without Java the error says what to install or set", async () => {
  vi.stubEnv("PATH", home);
  const starting = startZooKeeper();
  await expect(starting).rejects.toThrow(ZooKeeperNotFound);
  await expect(starting).rejects.toThrow(
    /^Java was not found.*apt-get install zookeeper.*BOREALIS_ZK=host:port/,
  );
});

test("a ZOOKEEPER_HOME without ZooKeeper is an error rather than passed over", async () => {
  vi.stubEnv("ZOOKEEPER_HOME", home);
  const starting = startZooKeeper();
  await expect(starting).rejects.toThrow(ZooKeeperNotFound);
  await expect(starting).rejects.toThrow(`ZOOKEEPER_HOME is ${home}`);
});

test("a JAVA_HOME without Java is an error rather than passed over", async () => {
  vi.stubEnv("JAVA_HOME", home);
  await expect(startZooKeeper()).rejects.toThrow(`JAVA_HOME is ${home}`);
});

test("a java that does not run is named, with what it said", async () => {
  fakeJava("echo no runtime present >&2; exit 3");
  await expect(startZooKeeper()).rejects.toThrow(
    /exit code 3[\s\S]*bin\/java; its log ends with:\nno runtime present/,
  );
});

test("a server that cannot listen and stays all the same is given up before the deadline", async () => {
  fakeJava("echo java.net.BindException; exec sleep 60");
  await expect(startZooKeeper({ port: 19_999 })).rejects.toThrow(/could not listen: port 19999,.* is in use/);
});

test("a free port that was taken before java bound it is replaced, three times at most", async () => {
  fakeJava(`cat zoo.cfg >>${home}/seen; echo java.net.BindException; exit 1`);
  await expect(startZooKeeper()).rejects.toThrow(/is in use/);
  const ports = readFileSync(join(home, "seen"), "utf8").match(/^clientPort=\d+$/gm);
  expect(new Set(ports)).toHaveProperty("size", 3);
  expect(ports).toHaveLength(3);
});

test("ZOOKEEPER_CLASSPATH says which ZooKeeper runs", async () => {
  vi.stubEnv("ZOOKEEPER_CLASSPATH", join(home, "nothing.jar"));
  await expect(startZooKeeper()).rejects.toThrow(/ClassNotFoundException.*QuorumPeerMain/);
});

function fakeJava(script: string): void {
  mkdirSync(join(home, "bin"));
  writeFileSync(join(home, "bin", "java"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  vi.stubEnv("JAVA_HOME", home);
}
