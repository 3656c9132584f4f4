import { once as onceOf } from "node:events";
import { describe, expect, it, vi } from "vitest";
import {
  Announcement,
  formatMember,
  type MemberSpec,
  type ServerSetError,
  type ZooKeeperSession,
} from "../src/index.ts";
import { once, REQUEST } from "./fault-proxy.ts";
import { connectionOf, expire, memberOf, namesAt, useZooKeeper } from "./live.ts";

const zooKeeper = useZooKeeper();
const soon = { timeout: 8_000, interval: 20 };
const before = () => AbortSignal.timeout(8_000);

/** What it tells, in order. */
function listen(announcement: Announcement): string[] {
  const told: string[] = [];
  for (const event of ["confirmed", "unconfirmed", "suspect", "lost", "reannounced"] as const) {
    announcement.on(event, ({ memberId }) => told.push(`${event} ${memberId}`));
  }
  announcement.on("error", ({ code }) => told.push(`error ${code}`));
  return told;
}

describe("the state of an announcement", () => {
  it("is announced again by whoever waits for that after it left", async () => {
    const announcement = new Announcement({ session: zooKeeper.open(), path: "/again", member: memberOf(0) });
    await announcement.announced(before());
    await announcement.leave(before());
    await announcement.announced(before());
    expect(announcement.memberId).toBe("member_0000000001");
    await announcement[Symbol.asyncDispose]();
    await announcement[Symbol.asyncDispose]();
    await expect(announcement.announced()).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("is not waited for when its session was closed", async () => {
    const session = zooKeeper.open();
    await session.close();
    const announcement = new Announcement({ session, path: "/never", member: memberOf(0) });
    await expect(announcement.announced()).rejects.toMatchObject({ code: "CLOSED" });
    await announcement.leave(before());
  });

  it("is updated by a listener that hears of a refusal", async () => {
    const proxy = await zooKeeper.proxy();
    const announcement = zooKeeper.announce(zooKeeper.open({ servers: proxy.address }), "/fallback");
    await announcement.announced(before());
    proxy.onReply = once(REQUEST.create, ({ frame }) => {
      const replace = Buffer.from(frame.subarray(0, 20));
      replace.writeInt32BE(16, 0);
      replace.writeInt32BE(-125, 16);
      return { replace };
    });
    const fallback = Promise.withResolvers<void>();
    announcement.on("error", () => {
      announcement.update(memberOf(2), before()).then(fallback.resolve, fallback.reject);
    });
    await expect(announcement.update(memberOf(1), before())).rejects.toMatchObject({ zkCode: -125 });
    await fallback.promise;
    const names = await namesAt(zooKeeper.open(), "/fallback");
    // The server did what the proxy said it refused: that znode goes with the session.
    expect(names).toContain(announcement.memberId);
    const { data } = await (await connectionOf(zooKeeper.open())).read(`/fallback/${announcement.memberId}`);
    expect(data).toEqual(formatMember(memberOf(2)));
  });

  it("is pending, announced, leaving and left", async () => {
    const session = zooKeeper.open();
    const announcement = new Announcement({ session, path: "/states", member: memberOf(0) });
    const told = listen(announcement);
    expect(announcement.state).toBe("pending");
    await announcement.announced(before());
    expect(announcement).toMatchObject({ state: "announced", memberId: "member_0000000000", generation: 1 });
    const left = announcement.leave(before());
    expect(announcement.state).toBe("leaving");
    await left;
    expect(announcement).toMatchObject({ state: "left", memberId: undefined });
    await announcement.ended;
    expect(told).toEqual(["confirmed member_0000000000"]);
    announcement.close();
  });

  it("is unconfirmed without connection, until ZooKeeper has said again that the member is there", async () => {
    const proxy = await zooKeeper.proxy();
    const session = zooKeeper.open({ servers: proxy.address, sessionTimeoutMs: 8_000 });
    const announcement = zooKeeper.announce(session, "/unconfirmed");
    const told = listen(announcement);
    await announcement.announced(before());
    proxy.onReply = ({ request }) => (request === REQUEST.exists ? "hold" : "pass");
    proxy.cut();
    await vi.waitFor(() => expect(proxy.held).toBe(1), soon);
    expect(session.status.state).toBe("connected");
    expect(announcement).toMatchObject({ state: "unconfirmed", memberId: "member_0000000000" });
    proxy.release();
    await vi.waitFor(() => expect(announcement.state).toBe("announced"), soon);
    const name = "member_0000000000";
    expect(told).toEqual([`confirmed ${name}`, `unconfirmed ${name}`, `confirmed ${name}`]);
  });

  it("is suspect without connection for longer than the session timeout, and the report says so", async () => {
    const observer = zooKeeper.open();
    const proxy = await zooKeeper.proxy();
    const session = zooKeeper.open({ servers: proxy.address, sessionTimeoutMs: 1_000 });
    const announcement = zooKeeper.announce(session, "/suspect");
    const told = listen(announcement);
    await announcement.announced(before());
    proxy.mode = "refuse";
    proxy.cut();
    await vi.waitFor(() => expect(announcement.state).toBe("suspect"), soon);
    expect(announcement.report).toMatchObject({
      state: "announced",
      problem: { code: "CONNECTION_LOSS", message: expect.stringMatching(/^ZooKeeper is out of reach/) },
    });
    await vi.waitFor(async () => expect(await namesAt(observer, "/suspect")).toEqual([]), soon);
    proxy.mode = "open";
    await vi.waitFor(() => expect(announcement.state).toBe("announced"), soon);
    expect(announcement).toMatchObject({ memberId: "member_0000000001", generation: 2, problem: undefined });
    const [first, second] = ["member_0000000000", "member_0000000001"];
    expect(told.filter((each) => !each.startsWith("error"))).toEqual([
      `confirmed ${first}`,
      `unconfirmed ${first}`,
      `suspect ${first}`,
      `lost ${first}`,
      `confirmed ${second}`,
      `reannounced ${second}`,
    ]);
  });

  it("is failed once somebody deleted the member, if it is to stay out then, and pending when it joins again", async () => {
    const session = zooKeeper.open();
    const announcement = new Announcement({
      session,
      path: "/failed",
      member: memberOf(0),
      onRemoved: "stop",
    });
    const told = listen(announcement);
    await announcement.announced(before());
    await (await connectionOf(zooKeeper.open())).remove("/failed/member_0000000000");
    await announcement.ended;
    expect(announcement).toMatchObject({ state: "failed", problem: { code: "NO_NODE" } });
    await expect(announcement.announced()).rejects.toMatchObject({ code: "NO_NODE" });
    expect(told).toEqual(["confirmed member_0000000000", "lost member_0000000000", "error NO_NODE"]);
    expect(await namesAt(session, "/failed")).toEqual([]);
    announcement.join();
    expect(announcement.state).toBe("pending");
    await announcement.announced(before());
    expect(await namesAt(session, "/failed")).toEqual(["member_0000000001"]);
    announcement.close();
  });

  it("is told to all listeners, also when one of them throws", async () => {
    const warned = onceOf(process, "warning");
    const announcement = new Announcement({
      session: zooKeeper.open(),
      path: "/listeners",
      member: memberOf(0),
      onChange: () => {
        throw new Error("from a listener");
      },
    });
    announcement.on("confirmed", () => {
      throw new Error("from a listener");
    });
    const told = listen(announcement);
    await announcement.announced(before());
    expect(told).toEqual(["confirmed member_0000000000"]);
    expect((await warned)[0]).toMatchObject({ message: "from a listener" });
    announcement.close();
  });
});

describe("a member that is updated", () => {
  const changed = (shard: number): MemberSpec => ({ ...memberOf(shard), status: "STOPPING" });

  async function bytesAt(session: ZooKeeperSession, path: string): Promise<Buffer[]> {
    const connection = await connectionOf(session);
    const names = await namesAt(session, path);
    return Promise.all(names.map((name) => connection.getData(`${path}/${name}`)));
  }

  /** Asks without pause how many members there are, until told to stop. */
  function count(path: string) {
    const seen = new Set<number>();
    let stopped = false;
    const counting = (async () => {
      const session = zooKeeper.open();
      while (!stopped) seen.add((await namesAt(session, path)).length);
      return [...seen].sort();
    })();
    return () => {
      stopped = true;
      return counting;
    };
  }

  it("is never missing, and never more than the old and the new one", async () => {
    const observer = zooKeeper.open();
    const announcement = zooKeeper.announce(zooKeeper.open(), "/updated");
    await announcement.announced(before());
    const counted = count("/updated");
    for (let shard = 1; shard <= 100; shard++) {
      await announcement.update(memberOf(shard), before());
      expect(await bytesAt(observer, "/updated")).toEqual([formatMember(memberOf(shard))]);
    }
    const numbers = await counted();
    expect(numbers).not.toContain(0);
    expect(Math.max(...numbers)).toBeLessThanOrEqual(2);
    expect(announcement.memberId).toBe("member_0000000100");
  });

  it.each([
    ["the create", REQUEST.create],
    ["the removal of the old one", REQUEST.delete],
    ["the question whether the new one is there", REQUEST.exists],
  ])("is never missing, and in the end the new one, when the reply to %s is lost", async (_, request) => {
    const path = `/update-lost-${request}`;
    const observer = zooKeeper.open();
    const proxy = await zooKeeper.proxy();
    const announcement = zooKeeper.announce(zooKeeper.open({ servers: proxy.address }), path);
    await announcement.announced(before());
    const counted = count(path);
    for (let shard = 1; shard <= 3; shard++) {
      proxy.onReply = once(request, () => ({ cutAfter: 0 }));
      await announcement.update(changed(shard), before());
      expect(await bytesAt(observer, path)).toEqual([formatMember(changed(shard))]);
    }
    const numbers = await counted();
    expect(numbers).not.toContain(0);
    expect(Math.max(...numbers)).toBeLessThanOrEqual(2);
    expect(proxy.accepted).toBeGreaterThan(1);
  });

  it("is the new one, once, when its session expires meanwhile", async () => {
    const observer = zooKeeper.open();
    const proxy = await zooKeeper.proxy();
    const session = zooKeeper.open({ servers: proxy.address });
    const announcement = zooKeeper.announce(session, "/update-expired");
    await announcement.announced(before());
    proxy.onReply = once(REQUEST.create, () => "swallow");
    const updated = announcement.update(changed(1), before());
    await vi.waitFor(async () => expect(await namesAt(observer, "/update-expired")).toHaveLength(2), soon);
    await expire(session);
    await updated;
    expect(await bytesAt(observer, "/update-expired")).toEqual([formatMember(changed(1))]);
  });

  it("comes to the latest of several updates, and all of them settle with it", async () => {
    const session = zooKeeper.open();
    const announcement = zooKeeper.announce(session, "/conflated");
    await announcement.announced(before());
    const updates = [1, 2, 3, 4, 5].map((shard) => announcement.update(changed(shard), before()));
    await Promise.all(updates);
    expect(await bytesAt(session, "/conflated")).toEqual([formatMember(changed(5))]);
    // The first was under way; those between were never made.
    expect(announcement.memberId).toBe("member_0000000002");
  });

  it("stays as it was when the bytes are the same", async () => {
    const session = zooKeeper.open();
    const announcement = zooKeeper.announce(session, "/unchanged");
    await announcement.announced(before());
    await announcement.update(memberOf(0));
    expect(await namesAt(session, "/unchanged")).toEqual(["member_0000000000"]);
  });

  it("is announced as it was told last, when that was before it joined", async () => {
    const session = zooKeeper.open();
    const announcement = new Announcement({ session, path: "/not-joined", member: memberOf(0) });
    await announcement.update(changed(7));
    await announcement.announced(before());
    expect(await bytesAt(session, "/not-joined")).toEqual([formatMember(changed(7))]);
    announcement.close();
  });

  it("stays as it was when it can not be a member, and when its update is not waited for any more", async () => {
    const session = zooKeeper.open();
    const announcement = zooKeeper.announce(session, "/refused-update");
    await announcement.announced(before());
    const wrong = { ...memberOf(0), shard: -1 };
    await expect(announcement.update(wrong)).rejects.toMatchObject({ code: "INVALID_MEMBER" });
    const late = new Error("too late");
    await expect(announcement.update(changed(1), AbortSignal.abort(late))).rejects.toBe(late);
    expect(await bytesAt(session, "/refused-update")).toEqual([formatMember(memberOf(0))]);
  });

  it("is not updated once it leaves", async () => {
    const session = zooKeeper.open();
    const announcement = zooKeeper.announce(session, "/left-while-updated");
    await announcement.announced(before());
    const updated = announcement.update(changed(1), before()).catch(({ code }: ServerSetError) => code);
    await announcement.leave(before());
    expect(await updated).toBe("ABORTED");
    expect(await namesAt(session, "/left-while-updated")).toEqual([]);
    announcement.close();
    await expect(announcement.update(changed(2))).rejects.toMatchObject({ code: "CLOSED" });
  });
});
