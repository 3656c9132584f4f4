import { systemClock } from "@borealis/clock";
import { describe, expect, it, vi } from "vitest";
import { Announcement } from "../src/index.ts";
import type { Reply } from "./fault-proxy.ts";
import { connectionOf, memberOf, namesAt, useZooKeeper } from "./live.ts";

const zooKeeper = useZooKeeper();
const soon = { timeout: 8_000, interval: 20 };
const before = () => AbortSignal.timeout(8_000);
const GET_EPHEMERALS = 103;

async function membersAt(session: ReturnType<typeof zooKeeper.open>, path: string): Promise<string[]> {
  return namesAt(session, path).catch(() => []);
}

describe("an announcement that is given up", () => {
  // create: refused, no parents; exists of them; create each; create the member; is it there?
  const steps = Array.from({ length: 9 }, (_, step) => step);

  it.each([
    ["the answers come late", "hold"],
    ["the answers are lost with the connection", "cut"],
  ] as const)("leaves no member behind, whatever step it was in, when %s", async (_, how) => {
    const observer = zooKeeper.open();
    for (const step of steps) {
      const path = `/given-up/${how}/${step}`;
      const proxy = await zooKeeper.proxy();
      const session = zooKeeper.open({ servers: proxy.address });
      await connectionOf(session);
      let answers = 0;
      proxy.onReply = ({ request }: Reply) => {
        if (request === undefined || answers++ < step) return "pass";
        return how === "hold" ? "hold" : "swallow";
      };
      const announcement = new Announcement({ session, path, member: memberOf(0) });
      const given = new AbortController();
      const waiting = announcement.announced(given.signal);
      await vi.waitFor(() => expect(answers > step || announcement.state === "announced").toBe(true), soon);
      given.abort(new Error("given up"));
      if (announcement.state !== "announced") await expect(waiting).rejects.toThrow("given up");
      const gone = announcement.abandon();
      proxy.onReply = () => "pass";
      if (how === "cut") proxy.cut();
      else proxy.release();
      await gone;
      expect(await membersAt(observer, path), `${how} in step ${step}`).toEqual([]);
      expect(announcement.state).toBe("left");
      await session.close();
    }
  });

  it("is taken out with its session at the latest, when nothing can be told to ZooKeeper", async () => {
    const observer = zooKeeper.open();
    const proxy = await zooKeeper.proxy();
    const session = zooKeeper.open({ servers: proxy.address, sessionTimeoutMs: 1_000 });
    const announcement = zooKeeper.announce(session, "/unreachable");
    await announcement.announced(before());
    proxy.mode = "refuse";
    proxy.cut();
    await expect(announcement.leave(AbortSignal.timeout(50))).rejects.toMatchObject({ name: "TimeoutError" });
    expect(announcement.state).toBe("leaving");
    await vi.waitFor(async () => expect(await namesAt(observer, "/unreachable")).toEqual([]), soon);
  });
});

describe("a create whose reply was lost", () => {
  it("is found by asking znode by znode, when the server is too old to tell what the session owns", async () => {
    const observer = zooKeeper.open();
    const neighbour = zooKeeper.announce(observer, "/old-server");
    await neighbour.announced(before());
    const proxy = await zooKeeper.proxy();
    const session = zooKeeper.open({ servers: proxy.address });
    await connectionOf(session);
    let asked = 0;
    proxy.onReply = ({ frame, request }) => {
      if (request === GET_EPHEMERALS) {
        asked += 1;
        return { replace: withError(frame, -6) };
      }
      return asked === 0 && /member_\d{10}$/.test(frame.toString("latin1")) ? { cutAfter: 0 } : "pass";
    };
    // The same bytes as its neighbour: only the owner tells them apart.
    const announcement = zooKeeper.announce(session, "/old-server");
    await announcement.announced(before());
    expect(asked).toBe(1);
    expect(announcement.memberId).toBe("member_0000000001");
    expect(await namesAt(observer, "/old-server")).toEqual(["member_0000000000", "member_0000000001"]);
  });
});

describe("a member that somebody deletes", () => {
  it("is back each time, later each time", { timeout: 30_000 }, async () => {
    const observer = await connectionOf(zooKeeper.open());
    const session = zooKeeper.open({ random: () => 0.5 });
    const announcement = zooKeeper.announce(session, "/fought-over");
    await announcement.announced(before());
    const waits: number[] = [];
    for (let deletion = 0; deletion < 3; deletion++) {
      const name = announcement.memberId;
      const deletedAt = performance.now();
      await observer.remove(`/fought-over/${name}`);
      await vi.waitFor(() => expect(announcement.memberId).not.toBe(name), soon);
      await vi.waitFor(() => expect(announcement.state).toBe("announced"), { ...soon, timeout: 10_000 });
      waits.push(performance.now() - deletedAt);
    }
    expect(waits.map((wait, index) => wait > ([400, 1_400, 2_400][index] ?? 0))).toEqual([true, true, true]);
    expect(announcement.memberId).toBe("member_0000000003");
  });

  it("is found missing by the audit, when no watch told of it", async () => {
    const { createTestClock } = await import("@borealis/clock/testing");
    const clock = createTestClock();
    const proxy = await zooKeeper.proxy();
    const observer = await connectionOf(zooKeeper.open());
    const session = zooKeeper.open({ servers: proxy.address, clock, sessionTimeoutMs: 20_000 });
    const announcement = zooKeeper.announce(session, "/unwatched");
    await announcement.announced(before());
    await vi.waitFor(() => expect(announcement.state).toBe("announced"), soon);
    proxy.onReply = ({ request }) => (request === undefined ? "swallow" : "pass");
    await observer.remove("/unwatched/member_0000000000");
    const lost: string[] = [];
    announcement.on("lost", ({ memberId }) => lost.push(memberId));
    await vi.waitFor(async () => {
      await clock.advance(1_000);
      expect(lost).toEqual(["member_0000000000"]);
    }, soon);
  });
});

describe("an announcement whose session is closed", () => {
  it.each([
    ["announced", "open"],
    ["out of reach", "refuse"],
  ] as const)("leaves no timer behind that was %s", async (_, mode) => {
    const armed = new Set<object>();
    const clock = {
      ...systemClock,
      after(delayMs: number, task: () => void) {
        const timer = {};
        armed.add(timer);
        const cancel = systemClock.after(delayMs, () => {
          armed.delete(timer);
          task();
        });
        return () => {
          armed.delete(timer);
          cancel();
        };
      },
    };
    const proxy = await zooKeeper.proxy();
    const session = zooKeeper.open({ servers: proxy.address, clock });
    const announcement = zooKeeper.announce(session, `/closed-${mode}`);
    await announcement.announced(before());
    proxy.mode = mode;
    if (mode === "refuse") {
      proxy.cut();
      await vi.waitFor(() => expect(announcement.state).toBe("unconfirmed"), soon);
      await expect(announcement.leave(AbortSignal.timeout(50))).rejects.toThrow();
    }
    await session.close({ graceMs: 500 });
    await announcement.ended;
    expect(announcement.state).toBe("left");
    await vi.waitFor(() => expect(armed.size).toBe(0), soon);
  });
});

function withError(frame: Buffer, code: number): Buffer {
  const reply = Buffer.from(frame.subarray(0, 20));
  reply.writeInt32BE(16, 0);
  reply.writeInt32BE(code, 16);
  return reply;
}
