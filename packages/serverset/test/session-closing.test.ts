import { mkdtemp, readdir, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestClock } from "@borealis/clock/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { leftBehind } from "./left-behind.ts";
import { connectionOf, namesAt, useZooKeeper } from "./live.ts";

const zooKeeper = useZooKeeper();
const soon = { timeout: 15_000, interval: 20 };
const nowhere = "127.0.0.1:1";

describe("a session timeout", () => {
  it.each([0, -1, Number.NaN, 2 ** 31])(
    "of %d ms is refused before anything is asked",
    (sessionTimeoutMs) => {
      expect(() => zooKeeper.open({ sessionTimeoutMs })).toThrow(/sessionTimeoutMs is .* between 1 and/);
    },
  );
});

describe("closing a session", () => {
  it("is done once, also by a listener that closes it because it is closed", async () => {
    const session = zooKeeper.open();
    await session.connected();
    let fromListener: Promise<void> | undefined;
    session.subscribe(({ state }) => {
      if (state === "closed") fromListener = session.close();
    });
    const closing = session.close();
    expect(fromListener).toBe(closing);
    await closing;
  });

  it("is done on another connection when the server hangs up instead of saying that the session has ended", async () => {
    const CLOSE_SESSION = -11;
    const proxy = await zooKeeper.proxy();
    const session = zooKeeper.open({ servers: proxy.address, sessionTimeoutMs: 30_000 });
    const { connection } = await session.connected();
    await connection.create("/hung-up", Buffer.alloc(0), "ephemeral");
    let asked = 0;
    proxy.onRequest = (request) => {
      if (request !== CLOSE_SESSION) return;
      asked += 1;
      if (asked === 1) proxy.cut();
    };
    await session.close();
    expect(asked).toBe(2);
    const observer = await connectionOf(zooKeeper.open());
    await observer.sync("/");
    expect(await observer.ownerOf("/hung-up")).toBeUndefined();
  });
});

describe("a closed session leaves no timer and no socket behind", () => {
  it.each([
    [
      "while names are looked up",
      () => `const s = open("zk1,zk2", { lookup: () => new Promise(() => {}) }); await s.close();`,
    ],
    [
      "while it pauses after a look-up that failed",
      () => `const s = open("zk1", { random: () => 1, lookup: async () => { throw new Error("no"); } });
        await until(s, () => s.status.error !== undefined); await s.close();`,
    ],
    [
      "when a listener closes it as it is suspended",
      (servers: string) => `const s = open("${servers}"); await s.connected(); let closing;
        s.subscribe(({ state }) => { if (state === "suspended") closing ??= s.close(); });
        s.dropConnection(); await closing;`,
    ],
    [
      "when its server hangs in the handshake of a resumption, and the grace is over",
      (
        servers: string,
      ) => `const { port } = new URL("tcp://${servers}"); const pairs = new Set(); let hung = false;
        const { connect } = await import("node:net");
        const proxy = createServer((client) => { pairs.add(client); if (hung) return;
          const up = connect(port, "127.0.0.1"); pairs.add(up); client.pipe(up).pipe(client);
          for (const each of [client, up]) each.on("error", () => {}); }).listen(0, "127.0.0.1");
        await new Promise((done) => proxy.once("listening", done));
        const s = open("127.0.0.1:" + proxy.address().port); await s.connected(); hung = true;
        for (const each of pairs) each.destroy();
        await until(s, () => s.status.state === "suspended");
        await s.close({ graceMs: 300 }); await s.close(); for (const each of pairs) each.destroy();
        await new Promise((done) => proxy.close(done));`,
    ],
    [
      "while its file is read",
      (servers: string, directory: string) =>
        `const s = open("${servers}", { sessionFile: "${directory}/session.json" }); await s.close();`,
    ],
    [
      "when it kept a file",
      (servers: string, directory: string) =>
        `const s = open("${servers}", { sessionFile: "${directory}/session.json" }); await s.connected();
        await Promise.all([s.close(), s.close()]);`,
    ],
  ])("%s", async (_, body) => {
    const directory = await mkdtemp(join(tmpdir(), "borealis-closing-"));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    expect(await leftBehind(body(zooKeeper.connectString, directory))).toEqual([]);
    expect(await readdir(directory)).toEqual([]);
  });
});

describe("closing a session without connection", () => {
  it("ends it at the server all the same, so that its members go at once", async () => {
    const proxy = await zooKeeper.proxy();
    const observer = zooKeeper.open();
    const session = zooKeeper.open({ servers: proxy.address, sessionTimeoutMs: 30_000 });
    const announcement = zooKeeper.announce(session, "/closing/suspended");
    await vi.waitFor(() => expect(announcement.report.state).toBe("announced"), soon);
    proxy.mode = "refuse";
    proxy.cut();
    await vi.waitFor(() => expect(session.status.state).toBe("suspended"), soon);
    expect(await namesAt(observer, "/closing/suspended")).toHaveLength(1);
    proxy.mode = "open";
    await session.close();
    expect(await namesAt(observer, "/closing/suspended")).toEqual([]);
  });

  it("waits no longer than its grace when nobody answers", async () => {
    const clock = createTestClock();
    const proxy = await zooKeeper.proxy();
    const session = zooKeeper.open({ servers: proxy.address, clock, random: () => 1 });
    await connectionOf(session);
    proxy.mode = "silent";
    proxy.cut();
    await vi.waitFor(() => expect(session.status.state).toBe("suspended"), soon);
    const closed = vi.fn();
    const closing = session.close({ graceMs: 400 }).then(closed);
    const accepted = proxy.accepted;
    await vi.waitFor(() => expect(proxy.accepted).toBeGreaterThan(accepted), soon);
    await clock.advance(399);
    expect(closed).not.toHaveBeenCalled();
    await clock.advance(1);
    await closing;
    expect(clock.armed).toBe(0);
  });

  it("holds no socket when its grace is over, however late its server answered the handshake", async () => {
    const clock = createTestClock();
    const relay = await HoldingRelay.to(zooKeeper.servers[0]?.port ?? 0);
    try {
      const session = zooKeeper.open({ servers: relay.address, clock, random: () => 1 });
      await connectionOf(session);
      relay.hold = true;
      relay.cut();
      await vi.waitFor(() => expect(session.status.state).toBe("suspended"), soon);
      const closing = session.close({ graceMs: 900 });
      await vi.waitFor(() => expect(relay.held).toBeGreaterThan(0), soon);
      await clock.advance(500);
      const asked = relay.requests;
      relay.release();
      await vi.waitFor(() => expect(relay.requests).toBeGreaterThan(asked), soon);
      await clock.advance(400);
      await closing;
      expect(clock.armed).toBe(0);
      await vi.waitFor(() => expect(relay.clients).toBe(0), soon);
    } finally {
      await relay.stop();
    }
  });

  it("begins nothing but to end it when a listener closes it", async () => {
    const clock = createTestClock();
    const session = zooKeeper.open({ clock, sessionTimeoutMs: 30_000 });
    await connectionOf(session);
    // Long enough that the next connection would follow at once.
    await clock.advance(1_000);
    session.subscribe(({ state }) => void (state === "suspended" && session.close()));
    session.dropConnection();
    await session.close();
    expect(session.health.counters).toMatchObject({ attempts: 2, connections: 1 });
  });

  it("does not wait for names that are being looked up", async () => {
    const clock = createTestClock();
    const session = zooKeeper.open({ servers: "zk1", clock, lookup: () => new Promise(() => {}) });
    await session.close();
    expect(clock.armed).toBe(0);
  });

  it("is over at once when nothing listens or there is no session to end", async () => {
    const clock = createTestClock();
    const session = zooKeeper.open({ servers: nowhere, clock });
    await vi.waitFor(() => expect(session.status.error).toBeDefined(), soon);
    await session.close({ graceMs: 60_000 });
    expect(clock.armed).toBe(0);
    expect(session.status).toMatchObject({ state: "closed", suspect: false });
  });
});

/** Passes everything on, or holds what the server answers until it is told to release what came so far. */
class HoldingRelay {
  hold = false;
  held = 0;
  /** Packets of clients. */
  requests = 0;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #waiting: (() => void)[] = [];
  readonly #server = createServer((client) => this.#accept(client));

  static async to(target: number): Promise<HoldingRelay> {
    const relay = new HoldingRelay(target);
    await new Promise<void>((done) => relay.#server.listen(0, "127.0.0.1", done));
    return relay;
  }

  private constructor(target: number) {
    this.#target = target;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get clients(): number {
    return this.#sockets.size / 2;
  }

  release(): void {
    for (const write of this.#waiting.splice(0)) write();
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((done) => this.#server.close(done));
  }

  #accept(client: Socket): void {
    const server = connect({ host: "127.0.0.1", port: this.#target, noDelay: true });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    client.on("data", (chunk) => {
      this.requests += 1;
      // The end of a session is not to be seen by the server: it would answer by hanging up.
      if (!this.hold || this.held === 0) server.write(chunk);
    });
    server.on("data", (chunk) => {
      if (!this.hold) return void client.write(chunk);
      this.held += 1;
      this.#waiting.push(() => client.write(chunk));
    });
  }
}
