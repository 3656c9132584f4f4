import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { systemClock } from "@borealis/clock";
import { expect, onTestFinished, test } from "vitest";
import { readiness } from "../src/features/source/readiness.ts";
import type { SourceState } from "../src/features/source/source-status.ts";
import { JobsSource } from "../src/server/jobs-source.ts";

const NO_AUTH = -102;
/** Pings, and the request that ends the session. */
const GRANTED = new Set([11, -11]);

/** A ZooKeeper that grants a session and refuses whatever is asked on it. */
async function refusingZooKeeper(code: number): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let received = Buffer.alloc(0);
    let greeted = false;
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
        const xid = received.readInt32BE(4);
        const granted = GRANTED.has(received.readInt32BE(8));
        received = received.subarray(4 + received.readInt32BE(0));
        socket.write(frame(greeted ? reply(xid, granted ? 0 : code) : session()));
        greeted = true;
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function frame(body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
}

/** Protocol version, timeout, session id, a password of 16 bytes, read-only. */
function session(): Buffer {
  const body = Buffer.alloc(4 + 4 + 8 + 4 + 16 + 1);
  body.writeInt32BE(10_000, 4);
  body.writeBigInt64BE(0x1234n, 8);
  body.writeInt32BE(16, 16);
  return body;
}

function reply(xid: number, code: number): Buffer {
  const body = Buffer.alloc(4 + 8 + 4);
  body.writeInt32BE(xid, 0);
  body.writeInt32BE(code, 12);
  return body;
}

async function until(source: JobsSource, state: SourceState): Promise<void> {
  const { signal } = new AbortController();
  while (source.status.state !== state) await source.changed(signal);
}

test("a ZooKeeper that does not let us read is told, with the reason, and is not awaited for ever", async () => {
  const servers = await refusingZooKeeper(NO_AUTH);
  const source = new JobsSource({ servers, serverSetRoot: "/aurora", clock: systemClock });
  onTestFinished(() => source.close());
  await until(source, "refused");
  expect(source.status).toMatchObject({
    server: servers,
    error: expect.stringMatching(/NO_AUTH|permission/i),
  });
  expect(readiness(source.status)).toMatchObject({
    ready: false,
    sentence: `not ready: ZooKeeper ${servers} can not be read: ${source.status.error}`,
  });
});

test("settings that can not be read open nothing", () => {
  const problem = "BOREALIS_SERVERSET_ROOT: no";
  const source = new JobsSource({
    servers: "zk:2181",
    serverSetRoot: "/aurora",
    problem,
    clock: systemClock,
  });
  expect(source.status).toMatchObject({ state: "unconfigured", error: problem });
});
