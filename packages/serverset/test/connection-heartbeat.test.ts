import { systemClock } from "@borealis/clock";
import { createTestClock } from "@borealis/clock/testing";
import { describe, expect, it, vi } from "vitest";
import { Heartbeat } from "../src/zookeeper/heartbeat.ts";
import { useZooKeeper } from "./live.ts";
import { openTo } from "./one-connection.ts";

const zooKeeper = useZooKeeper();
const THIRD_MS = 1_000;

function beating() {
  const clock = createTestClock();
  const log: string[] = [];
  const note = (what: string) => void log.push(`${clock.now()} ${what}`);
  let heardAt = 0;
  const heartbeat = new Heartbeat({
    clock,
    ping: () => note("ping"),
    lastHeardAt: () => heardAt,
    onSilence: (waitedMs) => note(`silence of ${waitedMs}`),
  });
  const hear = () => {
    heardAt = clock.now();
  };
  heartbeat.start(3 * THIRD_MS);
  return { clock, heartbeat, log, hear };
}

describe("a heartbeat", () => {
  it("that is not answered has ended two thirds of the timeout after the start", async () => {
    const { clock, log } = beating();
    await clock.advance(60_000);
    expect(log).toEqual(["1000 ping", "2000 silence of 1000"]);
  });

  it("goes on every third, however late in time the answers are", async () => {
    const { clock, log, hear } = beating();
    for (let turn = 0; turn < 3; turn++) {
      await clock.advance(THIRD_MS - 1);
      hear();
      await clock.advance(1);
    }
    await clock.advance(THIRD_MS);
    expect(log).toEqual(["1000 ping", "2000 ping", "3000 ping", "4000 silence of 1000"]);
  });

  it("takes any bytes since the ping for an answer, which may stand behind a large reply", async () => {
    const { clock, log, hear } = beating();
    await clock.advance(1_500);
    hear();
    await clock.advance(1_499);
    expect(log).toEqual(["1000 ping", "2000 ping"]);
  });

  it("does not take bytes from before the ping for an answer", async () => {
    const { clock, log, hear } = beating();
    await clock.advance(999);
    hear();
    await clock.advance(1_001);
    expect(log).toEqual(["1000 ping", "2000 silence of 1000"]);
  });

  it("that was stopped says nothing more", async () => {
    const { clock, heartbeat, log } = beating();
    await clock.advance(1_500);
    heartbeat.stop();
    await clock.advance(60_000);
    expect(log).toEqual(["1000 ping"]);
    expect(clock.armed).toBe(0);
  });
});

describe("a connection", () => {
  it("survives a process that was too busy to read the answer to a ping in time", async () => {
    const port = zooKeeper.servers[0]?.port ?? 0;
    let pings = 0;
    // Busy from the moment of the first ping until after its deadline: the answer waits unread in the socket.
    const clock = {
      ...systemClock,
      after: (delayMs: number, task: () => void) =>
        systemClock.after(delayMs, () => {
          task();
          if (delayMs !== 400) return;
          pings += 1;
          if (pings > 1) return;
          const until = performance.now() + 600;
          while (performance.now() < until);
        }),
    };
    const connection = await openTo(port, { sessionTimeoutMs: 1_200, clock });
    expect(connection.sessionTimeoutMs).toBe(1_200);
    await vi.waitFor(() => expect(pings).toBeGreaterThanOrEqual(3), { timeout: 8_000, interval: 20 });
    expect(connection.lostWith).toBeUndefined();
    expect(await connection.getChildren("/")).toContain("zookeeper");
    await connection.close(500);
  });

  it("knows when it last heard its server", async () => {
    const connection = await openTo(zooKeeper.servers[0]?.port ?? 0);
    const before = connection.lastHeardAt;
    await connection.sync("/");
    expect(connection.lastHeardAt).toBeGreaterThan(before);
    const after = connection.lastHeardAt;
    await connection.close(500);
    expect(connection.lastHeardAt).toBeGreaterThanOrEqual(after);
  });
});
