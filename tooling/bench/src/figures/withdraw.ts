import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { startZooKeeper } from "@borealis/private-zookeeper";
import { type Bench, figureOf } from "../figure.ts";
import { connectRaw, type RawClient } from "../raw-zookeeper.ts";

const CLI = resolve(import.meta.dirname, "../../../../apps/cli/bin/borealis.mjs");
const SET = "/aurora/bench/prod/withdraw";
const RUNS = 40;
const STEP_DEADLINE_MS = 20_000;

/**
 * Ours: from the answer that fails a check, as the service sends it, to the member's disappearance as a watcher with a
 * session and a client of its own is told. Floor: that client deletes a znode, the same watcher is told.
 */
export const withdraw: Bench = {
  name: "health.withdraw",
  about: "failed check to the member's disappearance, beside a bare ZooKeeper delete-to-watch",
  async run(tell) {
    await using zooKeeper = await startZooKeeper();
    const watcher = await connectRaw(zooKeeper.connectString);
    const writer = await connectRaw(zooKeeper.connectString);
    const service = await startService();
    const sidecar = startSidecar(zooKeeper.connectString, service.port);
    try {
      const ours: number[] = [];
      const floor: number[] = [];
      await writer.create("/floor");
      for (let run = 0; run < RUNS; run++) {
        const member = await untilMember(watcher, sidecar);
        const gone = await watcher.deletionOf(`${SET}/${member}`);
        await gone.armed;
        const failedAt = service.fail();
        const seenAt = await within(gone.seenAt, "the member to go");
        ours.push(seenAt - (await failedAt));
        service.mend();
        floor.push(await deleteToWatch(writer, watcher, run));
        if ((run + 1) % 10 === 0) tell(`${run + 1} of ${RUNS}`);
      }
      return figureOf({ name: this.name, unit: "ms", goal: 4 }, { ours, floor });
    } finally {
      sidecar.kill("SIGTERM");
      await new Promise((done) => sidecar.once("exit", done));
      watcher.close();
      writer.close();
      service.close();
    }
  },
};

async function deleteToWatch(writer: RawClient, watcher: RawClient, run: number): Promise<number> {
  const path = `/floor/member_${run}`;
  await writer.create(path);
  const gone = await watcher.deletionOf(path);
  await gone.armed;
  const deletedAt = performance.now();
  await writer.remove(path);
  return (await within(gone.seenAt, "the deletion to be seen")) - deletedAt;
}

async function untilMember(watcher: RawClient, sidecar: ChildProcess): Promise<string> {
  const deadline = performance.now() + STEP_DEADLINE_MS;
  while (performance.now() < deadline) {
    if (sidecar.exitCode !== null) throw new Error(`the sidecar ended with exit code ${sidecar.exitCode}`);
    const [member] = await watcher.children(SET).catch(() => []);
    if (member !== undefined) return member;
    await new Promise((wake) => setTimeout(wake, 5));
  }
  throw new Error(`no member within ${STEP_DEADLINE_MS / 1000} s`);
}

function startSidecar(connectString: string, port: number): ChildProcess {
  const checks = ["--initial-interval-secs", "0", "--interval-secs", "0.05"];
  const ports = ["-P", `http:${port}`, "--portmap", "health:http"];
  return spawn(process.execPath, [CLI, "executor", "sidecar", "bench/prod/withdraw", ...ports, ...checks], {
    env: { ...process.env, BOREALIS_ZK: connectString },
    stdio: "ignore",
  });
}

async function startService() {
  let healthy = true;
  let onFailed: ((at: number) => void) | undefined;
  const server = createServer((_, response) => {
    response.statusCode = healthy ? 200 : 503;
    response.end(healthy ? "ok" : "down");
    if (!healthy) {
      onFailed?.(performance.now());
      onFailed = undefined;
    }
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    port: (server.address() as AddressInfo).port,
    /** Resolves with the time at which the first failing answer was sent. */
    fail: () =>
      new Promise<number>((failed) => {
        onFailed = failed;
        healthy = false;
      }),
    mend: () => {
      healthy = true;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`waited ${STEP_DEADLINE_MS / 1000} s for ${what}`)),
      STEP_DEADLINE_MS,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
