import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { describe, expect, it, vi } from "vitest";
import { FrameSplitter } from "../src/zookeeper/frames.ts";
import { REQUEST } from "./fault-proxy.ts";
import { useZooKeeper } from "./live.ts";
import { openTo } from "./one-connection.ts";

const zooKeeper = useZooKeeper();
const soon = { timeout: 20_000, interval: 20 };

/** Reads a frame field by field, in ZooKeeper's own types. */
function reader(frame: Buffer) {
  let at = 0;
  const step = (bytes: number) => {
    at += bytes;
    return at - bytes;
  };
  const read = {
    int: () => frame.readInt32BE(step(4)),
    long: () => frame.readBigInt64BE(step(8)),
    bool: () => frame.readUInt8(step(1)),
    buffer: () => {
      const length = read.int();
      const from = step(length);
      return frame.subarray(from, from + length);
    },
    string: () => read.buffer().toString("utf8"),
    end: () => expect(at).toBe(frame.length),
  };
  expect(read.int()).toBe(frame.length - 4);
  return read;
}

describe("what goes over the wire", () => {
  it("is, byte for byte, what ZooKeeper's protocol says", async () => {
    const proxy = await zooKeeper.proxy();
    const sent: Buffer[] = [];
    const received: Buffer[] = [];
    proxy.onFrame = (from, frame) => void (from === "client" ? sent : received).push(Buffer.from(frame));
    const connection = await openTo(proxy.port, { auth: [{ scheme: "digest", credential: "u:p" }] });
    await connection.create("/wire", Buffer.from("data"), "ephemeralSequential");
    await connection.list("/", { watch: true });
    const { zxid } = connection.ticket;
    await connection.close(2_000);

    const [hello, auth, create, list, close] = sent.map(reader);
    expect(sent).toHaveLength(5);
    // Protocol version, zxid seen, timeout, session id, password.
    expect([hello?.int(), hello?.long(), hello?.int(), hello?.long(), hello?.buffer()]).toEqual([
      0,
      0n,
      3_000,
      0n,
      Buffer.alloc(16),
    ]);
    hello?.end();
    expect([auth?.int(), auth?.int(), auth?.int(), auth?.string(), auth?.string()]).toEqual([
      -4,
      100,
      0,
      "digest",
      "u:p",
    ]);
    auth?.end();
    // xid, opcode, path, data, one access control entry, flags.
    expect([create?.int(), create?.int(), create?.string(), create?.string()]).toEqual([
      1,
      1,
      "/wire",
      "data",
    ]);
    expect([create?.int(), create?.int(), create?.string(), create?.string(), create?.int()]).toEqual([
      1,
      31,
      "world",
      "anyone",
      3,
    ]);
    create?.end();
    expect([list?.int(), list?.int(), list?.string(), list?.bool()]).toEqual([2, 12, "/", 1]);
    list?.end();
    expect([close?.int(), close?.int()]).toEqual([3, -11]);
    close?.end();

    const [welcome, known, created, listed, notified, closed] = received.map(reader);
    expect(received).toHaveLength(6);
    expect([welcome?.int(), welcome?.int()]).toEqual([0, 3_000]);
    // A server adds a byte only for clients that ask whether they may be read-only.
    expect([welcome?.long(), welcome?.buffer()]).toEqual([connection.sessionId, connection.ticket.password]);
    welcome?.end();
    expect([known?.int(), known?.long(), known?.int()]).toEqual([-4, 0n, 0]);
    known?.end();
    expect([created?.int(), created?.long(), created?.int(), created?.string()]).toEqual([
      1,
      expect.any(BigInt),
      0,
      "/wire0000000000",
    ]);
    created?.end();
    expect([listed?.int(), listed?.long(), listed?.int()]).toEqual([2, zxid, 0]);
    const children = Array.from({ length: listed?.int() ?? 0 }, () => listed?.string());
    expect(children.sort()).toEqual(["wire0000000000", "zookeeper"]);
    // A Stat: four longs, three ints, a long, two ints, a long.
    for (let long = 0; long < 4; long++) listed?.long();
    for (let int = 0; int < 3; int++) listed?.int();
    expect([listed?.long(), listed?.int(), listed?.int()]).toEqual([0n, 0, 2]);
    listed?.long();
    listed?.end();
    // The ephemeral znode went with the session: no request, no transaction, the children changed, connected, the path.
    expect([notified?.int(), notified?.long(), notified?.int()]).toEqual([-1, expect.any(BigInt), 0]);
    expect([notified?.int(), notified?.int(), notified?.string()]).toEqual([4, 3, "/"]);
    notified?.end();
    expect([closed?.int(), closed?.long(), closed?.int()]).toEqual([3, expect.any(BigInt), 0]);
    closed?.end();
  });

  it("may be 64 KB of the smallest replies at once, on a small stack", async () => {
    const REPLIES = 3_276;
    const proxy = await zooKeeper.proxy();
    proxy.onReply = ({ request }) => (request === REQUEST.delete ? "hold" : "pass");
    const program = `
      import { openConnection } from ${JSON.stringify(new URL("../src/zookeeper/connection.ts", import.meta.url).href)};
      import { systemClock } from "@borealis/clock";
      const connection = await openConnection({
        server: { host: "127.0.0.1", port: ${proxy.port} }, sessionTimeoutMs: 30_000, resume: undefined,
        openDeadlineMs: 10_000, clock: systemClock, signal: new AbortController().signal, mostPending: 10_000,
        onNotification: () => {}, onLost: () => {},
      });
      const removals = Array.from({ length: ${REPLIES} }, (_, index) => connection.remove("/none-" + index));
      const codes = new Map();
      for (const { reason } of await Promise.allSettled(removals)) codes.set(reason.code, (codes.get(reason.code) ?? 0) + 1);
      console.log(JSON.stringify([...codes]), connection.lostWith);
      await connection.close(1_000);
    `;
    const child = spawn(process.execPath, ["--stack-size=400", "--input-type=module", "--eval", program], {
      cwd: import.meta.dirname,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = Promise.all([text(child.stdout), text(child.stderr)]);
    await vi.waitFor(() => expect(proxy.held).toBe(REPLIES), soon);
    proxy.release();
    expect(await said).toEqual([`[["NO_NODE",${REPLIES}]] undefined\n`, ""]);
  });

  it("takes no memory for what a frame only declares", () => {
    const splitter = new FrameSplitter(64 * 1024 ** 2);
    const header = Buffer.alloc(4);
    header.writeInt32BE(60 * 1024 ** 2);
    const before = process.memoryUsage().arrayBuffers;
    splitter.push(header, () => expect.unreachable());
    for (let byte = 0; byte < 1_000; byte++) splitter.push(Buffer.alloc(1), () => expect.unreachable());
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 ** 2);
  });
});
