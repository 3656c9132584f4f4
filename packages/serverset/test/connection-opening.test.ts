import { spawn } from "node:child_process";
import { once as event } from "node:events";
import { connect, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { createInterface } from "node:readline";
import { createTestClock } from "@borealis/clock/testing";
import { describe, expect, it } from "vitest";
import { Connection } from "../src/zookeeper/connection.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { useZooKeeper } from "./live.ts";
import { openTo, optionsFor, strangeServer } from "./one-connection.ts";

const zooKeeper = useZooKeeper();
const port = () => zooKeeper.servers[0]?.port ?? 0;
const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === "::1"),
);

/** A port where the kernel answers no more SYN: its owner is frozen and its queue of connections is full. */
async function blackHole(): Promise<{ port: number } & AsyncDisposable> {
  const program = `const server = require("node:net").createServer();
    server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => console.log(server.address().port))`;
  const child = spawn(process.execPath, ["--eval", program], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await event(createInterface({ input: child.stdout }), "line");
  child.kill("SIGSTOP");
  const fillers: Socket[] = [];
  // One more than fits waits in vain, and is how we know.
  for (let full = false; !full; ) {
    const filler = connect(Number(line), "127.0.0.1");
    filler.on("error", () => {});
    fillers.push(filler);
    full = await Promise.race([
      event(filler, "connect").then(() => false),
      new Promise<boolean>((resolve) => setTimeout(resolve, 300, true)),
    ]);
  }
  return {
    port: Number(line),
    async [Symbol.asyncDispose]() {
      for (const filler of fillers) filler.destroy();
      child.kill("SIGKILL");
      await event(child, "exit");
    },
  };
}

describe("opening a connection", () => {
  it("where packets vanish ends at the deadline, and says that nothing was reached", async () => {
    await using hole = await blackHole();
    await expect(openTo(hole.port, { openDeadlineMs: 300 })).rejects.toMatchObject({
      code: "CONNECT_TIMEOUT",
      message: expect.stringMatching(/could not be reached within 300 ms$/),
    });
  });

  it("is given up for the next server when packets vanish", async () => {
    await using hole = await blackHole();
    const errors: unknown[] = [];
    const session = zooKeeper.open({
      servers: `127.0.0.1:${hole.port},${zooKeeper.connectString}`,
      // Keeps them in the order given.
      random: () => 0.999,
      onStatus: ({ error }) => void errors.push(error),
    });
    await session.connected(AbortSignal.timeout(8_000));
    expect(errors).toContainEqual(expect.stringMatching(/could not be reached/));
    expect(session.status).toMatchObject({ generation: 1, server: zooKeeper.connectString });
  });

  it("to a server that says nothing ends at the deadline, and hints at TLS", async () => {
    await using server = await strangeServer(() => {});
    await expect(openTo(server.port, { openDeadlineMs: 200 })).rejects.toMatchObject({
      code: "CONNECT_TIMEOUT",
      message: expect.stringMatching(/did not answer as ZooKeeper within 200 ms; .*TLS port/),
    });
  });

  it("has one deadline for the handshake and the credentials together", async () => {
    const clock = createTestClock();
    let asked = () => {};
    const wasAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const never = () => {
      asked();
      return new Promise<string>(() => {});
    };
    const opening = openTo(port(), {
      clock,
      openDeadlineMs: 1_000,
      auth: [{ scheme: "digest", credential: never }],
    });
    const refused = expect(opening).rejects.toMatchObject({
      code: "CONNECT_TIMEOUT",
      message: expect.stringContaining("credentials"),
    });
    await clock.advance(400);
    await wasAsked;
    await clock.advance(600);
    await refused;
    expect(clock.armed).toBe(0);
  });

  it.each(["before it began", "while it is under way"])("is given up when it is aborted %s", async (when) => {
    await using server = await strangeServer(() => {});
    const controller = new AbortController();
    if (when.startsWith("before")) controller.abort();
    const opening = openTo(server.port, { signal: controller.signal, openDeadlineMs: 20_000 });
    controller.abort();
    await expect(opening).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("is given up when it is closed meanwhile", async () => {
    await using server = await strangeServer(() => {});
    const connection = new Connection(optionsFor(server.port));
    const refused = expect(connection.opened).rejects.toMatchObject({ code: "CLOSED" });
    await connection.close(20_000);
    await refused;
    await expect(connection.getData("/")).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("with a session that has seen more than the server knows is refused, unless it says to have seen nothing", async () => {
    const first = await openTo(port());
    const { ticket } = first;
    const ahead = { ...ticket, zxid: 1n << 40n };
    await expect(openTo(port(), { resume: ahead })).rejects.toMatchObject({ code: "CONNECT_FAILED" });
    const second = await openTo(port(), { resume: { ...ahead, zxid: 0n } });
    expect(second.sessionId).toBe(first.sessionId);
    await second.close(500);
  });

  it.runIf(hasIpv6)("takes an IPv6 address", async () => {
    await using proxy = await FaultProxy.to(port(), "::1");
    const session = zooKeeper.open({ servers: `[::1]:${proxy.port}` });
    await session.connected(AbortSignal.timeout(8_000));
    expect(session.status.server).toBe(`[::1]:${proxy.port}`);
    await session.close();
  });

  it.runIf(hasIpv6).each(["::1", "127.0.0.1"])(
    "takes a name with addresses of both kinds when %s is served",
    async (host) => {
      await using proxy = await FaultProxy.to(port(), host);
      const session = zooKeeper.open({
        servers: `zk:${proxy.port}`,
        lookup: async () => ["::1", "127.0.0.1"],
      });
      await session.connected(AbortSignal.timeout(8_000));
      expect(session.status.server).toBe(`zk:${proxy.port} (${host})`);
      await session.close();
    },
  );

  it("takes a name that the system resolves", async () => {
    const connection = await openTo(port(), { server: { host: "localhost", port: port() } });
    expect(await connection.getChildren("/")).toContain("zookeeper");
    await connection.close(500);
  });

  it("refuses a welcome larger than any there is before it has all of it", async () => {
    let sent = 0;
    await using server = await strangeServer((socket) => {
      const header = Buffer.alloc(4);
      header.writeInt32BE(60 * 1024 ** 2);
      socket.write(header);
      sent += 1;
    });
    await expect(openTo(server.port)).rejects.toMatchObject({ code: "PROTOCOL" });
    expect(sent).toBe(1);
  });
});
