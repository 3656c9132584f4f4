import { createTestClock } from "@borealis/clock/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { SessionStatus } from "../src/index.ts";
import { connectionOf, expire, namesAt, useZooKeeper } from "./live.ts";

const zooKeeper = useZooKeeper();
const soon = { timeout: 15_000, interval: 20 };
const nowhere = "127.0.0.1:1";
const told = (status: SessionStatus) =>
  `${status.state} ${status.generation}${status.suspect ? " suspect" : ""}`;

afterEach(() => {
  vi.useRealTimers();
});

it("is the same session with the same member after a loss shorter than its timeout, and never suspect", async () => {
  const proxy = await zooKeeper.proxy();
  const statuses: string[] = [];
  const session = zooKeeper.open({
    servers: proxy.address,
    onStatus: (status) => statuses.push(told(status)),
  });
  const announcement = zooKeeper.announce(session, "/health/short");
  await vi.waitFor(() => expect(announcement.report.state).toBe("announced"), soon);
  const { member } = announcement.report;
  const { sessionId } = await connectionOf(session);
  proxy.mode = "refuse";
  proxy.cut();
  await vi.waitFor(() => expect(session.status.state).toBe("suspended"), soon);
  proxy.mode = "open";
  expect((await connectionOf(session)).sessionId).toBe(sessionId);
  await vi.waitFor(() => expect(announcement.report).toMatchObject({ state: "announced", member }), soon);
  expect(await namesAt(zooKeeper.open(), "/health/short")).toEqual([member]);
  expect([...new Set(statuses)]).toEqual(["connected 1", "suspended 1"]);
  expect(session.health.counters).toMatchObject({ connections: 2, losses: 1, expirations: 0 });
});

it("is suspect after one timeout, expires when it reaches a server, and is announced once again", async () => {
  const proxy = await zooKeeper.proxy();
  const statuses: string[] = [];
  const silentMs: (number | undefined)[] = [];
  const session = zooKeeper.open({ servers: proxy.address, sessionTimeoutMs: 1_500 });
  session.subscribe((status) => {
    if (statuses.at(-1) !== told(status)) statuses.push(told(status));
    if (status.suspect) silentMs.push(session.health.lastContactMs);
  });
  const observer = zooKeeper.open();
  const announcement = zooKeeper.announce(session, "/health/long");
  await vi.waitFor(() => expect(announcement.report.state).toBe("announced"), soon);
  proxy.mode = "refuse";
  proxy.cut();
  await vi.waitFor(() => expect(session.status.suspect).toBe(true), soon);
  expect(silentMs[0]).toBeGreaterThanOrEqual(1_500);
  await vi.waitFor(async () => expect(await namesAt(observer, "/health/long")).toEqual([]), soon);
  proxy.mode = "open";
  await vi.waitFor(
    async () => expect(await namesAt(observer, "/health/long")).toEqual(["member_0000000001"]),
    soon,
  );
  await vi.waitFor(() => expect(announcement.report.member).toBe("member_0000000001"), soon);
  expect(statuses).toEqual(["connected 1", "suspended 1", "suspended 1 suspect", "expired 1", "connected 2"]);
  expect(session.health.counters.expirations).toBe(1);
});

it("starts another session when the server ends this one, and settles every request", async () => {
  const session = zooKeeper.open();
  const observer = zooKeeper.open();
  const announcement = zooKeeper.announce(session, "/health/expired");
  await vi.waitFor(() => expect(announcement.report.state).toBe("announced"), soon);
  const connection = await connectionOf(session);
  const answers: Promise<unknown>[] = [];
  const stop = session.subscribe(() =>
    answers.push(connection.getChildren("/").catch((error) => error.code)),
  );
  await expire(session);
  stop();
  expect(new Set(await Promise.all(answers))).toEqual(new Set(["CONNECTION_LOSS"]));
  await vi.waitFor(
    async () => expect(await namesAt(observer, "/health/expired")).toEqual(["member_0000000001"]),
    soon,
  );
});

it("expires once, is announced once again and tells how late it was when its process was blocked for two timeouts", async () => {
  const session = zooKeeper.open({ sessionTimeoutMs: 1_200 });
  const observer = zooKeeper.open({ sessionTimeoutMs: 30_000 });
  const announcement = zooKeeper.announce(session, "/health/blocked");
  await vi.waitFor(() => expect(announcement.report.state).toBe("announced"), soon);
  await connectionOf(observer);
  block(500);
  await namesAt(observer, "/health/blocked");
  expect(session.status.generation).toBe(1);
  block(3_000);
  await vi.waitFor(() => expect(session.status.generation).toBe(2), soon);
  await vi.waitFor(
    async () => expect(await namesAt(observer, "/health/blocked")).toEqual(["member_0000000001"]),
    soon,
  );
  expect(session.health.loopLagMs).toBeGreaterThan(2_000);
  expect(session.health.counters.expirations).toBe(1);
});

it("does not mind the wall clock: an hour forth or back expires nothing and delays nothing", async () => {
  const session = zooKeeper.open({ sessionTimeoutMs: 1_200 });
  const statuses: string[] = [];
  const { sessionId } = await connectionOf(session);
  session.subscribe((status) => statuses.push(told(status)));
  const real = Date.now();
  for (const jump of [3_600_000, -3_600_000]) {
    vi.useFakeTimers({ toFake: ["Date"], now: real + jump });
    const connection = await connectionOf(session);
    const from = connection.lastHeardAt;
    // Answers to pings, for longer than the session would live without them.
    await vi.waitFor(() => expect(connection.lastHeardAt - from).toBeGreaterThan(1_500), soon);
    expect(session.current?.connection).toBe(connection);
  }
  expect((await connectionOf(session)).sessionId).toBe(sessionId);
  expect(statuses).toEqual([]);
});

it("tells no quorum when its only server is reached and keeps silent, and another reason when nothing listens", async () => {
  const proxy = await zooKeeper.proxy();
  proxy.mode = "silent";
  const session = zooKeeper.open({ servers: proxy.address });
  await vi.waitFor(() => expect(session.status.code).toBe("NO_QUORUM"), soon);
  expect(session.status.error).toContain(proxy.address);
  const lost = zooKeeper.open({ servers: nowhere });
  await vi.waitFor(() => expect(lost.status.code).toBe("CONNECT_FAILED"), soon);
});

it("tells how it is: state, server, last contact, lateness and counters", async () => {
  const never = zooKeeper.open({ servers: nowhere });
  expect(never.health).toMatchObject({
    state: "connecting",
    generation: 0,
    suspect: false,
    lastContactMs: undefined,
  });
  const session = zooKeeper.open();
  await connectionOf(session);
  expect(session.health).toMatchObject({
    state: "connected",
    generation: 1,
    suspect: false,
    server: zooKeeper.connectString,
    counters: { attempts: 1, connections: 1, losses: 0, expirations: 0, takeOvers: 0 },
  });
  expect(session.health.lastContactMs).toBeGreaterThanOrEqual(0);
  expect(session.health.loopLagMs).toBeGreaterThanOrEqual(0);
});

it("knocks at closed doors for days with pauses of 5 s and nothing that grows", async () => {
  const clock = createTestClock();
  const session = zooKeeper.open({ servers: `${nowhere},127.0.0.1:2`, clock, random: () => 1 });
  const attempts = () => session.health.counters.attempts;
  const until = async (count: number) => {
    while (attempts() < count) await clock.advance(500);
  };
  await until(40);
  const resources = () => process.getActiveResourcesInfo().length;
  const [before, timers, from] = [resources(), clock.armed, clock.now()];
  await until(2_040);
  // Two attempts every 5 s.
  expect(clock.now() - from).toBeGreaterThanOrEqual(995 * 5_000);
  expect(resources()).toBeLessThanOrEqual(before + 2);
  expect(clock.armed).toBeLessThanOrEqual(timers + 1);
});

describe("a listener that throws", () => {
  it("is reported, and neither stops the session nor other listeners", async () => {
    const warnings: Error[] = [];
    const session = zooKeeper.open({
      onWarning: (warning) => warnings.push(warning),
      onStatus: () => {
        throw new Error("from onStatus");
      },
    });
    const statuses: string[] = [];
    session.subscribe(async () => {
      throw new Error("from a promise");
    });
    session.subscribe((status) => statuses.push(told(status)));
    session.onNotification(() => {
      throw new Error("from a notification");
    });
    const connection = await connectionOf(session);
    const seen: string[] = [];
    session.onNotificationAt("/thrown", ({ path }) => seen.push(path));
    await connection.watchTree("/thrown");
    await connection.create("/thrown", Buffer.alloc(0), "ephemeral");
    await vi.waitFor(() => expect(seen).toEqual(["/thrown"]), soon);
    expect(statuses).toEqual(["connected 1"]);
    const messages = warnings.map(({ message }) => message);
    expect(new Set(messages)).toEqual(new Set(["from onStatus", "from a promise", "from a notification"]));
    expect(session.status.state).toBe("connected");
  });

  it("is a warning of the process when nobody takes warnings, or the one who does throws as well", async () => {
    const emitted: string[] = [];
    const emit = vi.spyOn(process, "emitWarning").mockImplementation((warning) => {
      emitted.push(String(warning));
    });
    const throwing = ({ state }: SessionStatus) => {
      if (state === "connected") throw new Error("from onStatus");
    };
    await connectionOf(zooKeeper.open({ onStatus: throwing }));
    const session = zooKeeper.open({
      onStatus: throwing,
      onWarning: () => {
        throw new Error("from onWarning");
      },
    });
    await connectionOf(session);
    emit.mockRestore();
    expect(emitted).toEqual(["Error: from onStatus", "Error: from onWarning"]);
  });
});

describe("notifications", () => {
  it("come to those who listen at their path or at its parent, and to nobody else", async () => {
    const session = zooKeeper.open();
    const connection = await connectionOf(session);
    const seen: string[] = [];
    const listen = (path: string) =>
      session.onNotificationAt(path, (notification) =>
        seen.push(`${path}: ${notification.type} ${notification.path}`),
      );
    const stops = ["/", "/routed", "/routed/a", "/routed/b", "/routed/a/deep"].map(listen);
    await connection.watchTree("/routed");
    for (const path of ["/routed", "/routed/a", "/routed/a/deep", "/routed/a/deep/er"]) {
      await connection.create(path, Buffer.alloc(0), "persistent");
    }
    await vi.waitFor(() => expect(seen).toContain("/routed/a/deep: created /routed/a/deep/er"), soon);
    expect(seen.sort()).toEqual([
      "/: created /routed",
      "/routed/a/deep: created /routed/a/deep",
      "/routed/a/deep: created /routed/a/deep/er",
      "/routed/a: created /routed/a",
      "/routed/a: created /routed/a/deep",
      "/routed: created /routed",
      "/routed: created /routed/a",
    ]);
    for (const stop of stops) stop();
    const all: string[] = [];
    session.onNotification(({ path }) => all.push(path));
    await connection.create("/routed/b", Buffer.alloc(0), "persistent");
    await vi.waitFor(() => expect(all).toEqual(["/routed/b"]), soon);
    expect(seen).toHaveLength(7);
  });
});

/** Nothing of this process runs meanwhile. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
