import { describe, expect, it, vi } from "vitest";
import { Announcement, type AnnouncementReport, EphemeralNodeKeeper, formatMember } from "../src/index.ts";
import { once, REQUEST } from "./fault-proxy.ts";
import { connectionOf, expire, memberOf, namesAt, removeTree, useZooKeeper } from "./live.ts";

const zooKeeper = useZooKeeper();
const soon = { timeout: 8_000, interval: 20 };

async function untilAnnounced(announcement: Announcement): Promise<string> {
  await vi.waitFor(() => expect(announcement.report.state).toBe("announced"), soon);
  return announcement.report.member ?? "";
}

describe("an announcement", () => {
  it("is one ephemeral member with our bytes from join to leave, its ancestors created", async () => {
    const observer = zooKeeper.open();
    const announcement = zooKeeper.announce(zooKeeper.open(), "/aurora/www-data/prod/hello", 3);
    const member = await untilAnnounced(announcement);
    expect(member).toBe("member_0000000000");
    const connection = await connectionOf(observer);
    expect(await connection.getData(`/aurora/www-data/prod/hello/${member}`)).toEqual(
      formatMember(memberOf(3)),
    );
    expect(await connection.ownerOf("/aurora/www-data/prod")).toBe(0n);
    await announcement.leave(AbortSignal.timeout(5_000));
    expect(await namesAt(observer, "/aurora/www-data/prod/hello")).toEqual([]);
    expect(announcement.report).toEqual({ state: "withdrawn" });
  });

  it("tells its states in order, each once", async () => {
    const reports: AnnouncementReport[] = [];
    const session = zooKeeper.open();
    const announcement = new Announcement({
      session,
      path: "/told",
      member: memberOf(0),
      onChange: (report) => reports.push(report),
    });
    expect(announcement.report).toEqual({ state: "waiting" });
    announcement.join();
    const member = await untilAnnounced(announcement);
    await announcement.leave(AbortSignal.timeout(5_000));
    expect(reports).toEqual([
      { state: "joining" },
      { state: "announced", member },
      { state: "withdrawn", member },
      { state: "withdrawn" },
    ]);
    announcement.close();
  });

  it("comes back when somebody deletes its member, also with all above it", async () => {
    const observer = zooKeeper.open();
    const announcement = zooKeeper.announce(zooKeeper.open(), "/deleted/set");
    const first = await untilAnnounced(announcement);
    await (await connectionOf(observer)).remove(`/deleted/set/${first}`);
    await vi.waitFor(
      async () => expect(await namesAt(observer, "/deleted/set")).toEqual(["member_0000000001"]),
      soon,
    );
    await vi.waitFor(() => expect(announcement.report.member).toBe("member_0000000001"), soon);
    await removeTree(observer, "/deleted");
    await vi.waitFor(
      async () => expect(await namesAt(observer, "/deleted/set")).toEqual(["member_0000000000"]),
      soon,
    );
  });

  it("comes back once, under a new name, after its session expired", async () => {
    const observer = zooKeeper.open();
    const session = zooKeeper.open();
    const announcement = zooKeeper.announce(session, "/expired");
    await untilAnnounced(announcement);
    await expire(session);
    await vi.waitFor(() => expect(announcement.report.member).toBe("member_0000000001"), soon);
    expect(await namesAt(observer, "/expired")).toEqual(["member_0000000001"]);
    expect(session.status.generation).toBe(2);
  });

  it("keeps its member when only the connection is lost", async () => {
    const observer = zooKeeper.open();
    const session = zooKeeper.open();
    const states: string[] = [];
    session.subscribe(({ state }) => states.push(state));
    const announcement = zooKeeper.announce(session, "/dropped");
    const member = await untilAnnounced(announcement);
    states.length = 0;
    session.dropConnection();
    expect(announcement.report).toEqual({ state: "announced", member });
    await vi.waitFor(() => expect(states).toEqual(["suspended", "connected"]), soon);
    expect(await namesAt(observer, "/dropped")).toEqual([member]);
    expect(announcement.report).toEqual({ state: "announced", member });
  });

  it("is one member when the reply to its create is lost, wherever the reply is cut", async () => {
    const observer = zooKeeper.open();
    const proxy = await zooKeeper.proxy();
    const session = zooKeeper.open({ servers: proxy.address });
    const id = (await connectionOf(session)).sessionId;
    const wholeReply = Buffer.byteLength("/cut/00/member_0000000000") + 4 + 16 + 4;
    for (let cutAfter = 0; cutAfter < wholeReply; cutAfter++) {
      const path = `/cut/${String(cutAfter).padStart(2, "0")}`;
      await connectionOf(session);
      proxy.onReply = once(REQUEST.create, ({ frame }) => (endsWithMember(frame) ? { cutAfter } : undefined));
      const member = await untilAnnounced(zooKeeper.announce(session, path));
      expect(await namesAt(observer, path), `cut after ${cutAfter} bytes`).toEqual([member]);
      expect(member).toBe("member_0000000000");
    }
    expect((await connectionOf(session)).sessionId).toBe(id);
    expect(proxy.accepted).toBe(wholeReply + 1);
  });

  it("is one member when its session expires before the lost reply is noticed", async () => {
    const observer = zooKeeper.open();
    const proxy = await zooKeeper.proxy();
    const session = zooKeeper.open({ servers: proxy.address });
    await connectionOf(session);
    proxy.onReply = (reply) => (endsWithMember(reply.frame) ? "swallow" : "pass");
    const announcement = zooKeeper.announce(session, "/lost-and-expired");
    await vi.waitFor(async () => expect(await namesAt(observer, "/lost-and-expired")).toHaveLength(1), soon);
    proxy.onReply = () => "pass";
    await expire(session);
    const member = await untilAnnounced(announcement);
    expect(await namesAt(observer, "/lost-and-expired")).toEqual([member]);
  });

  it("is removed when it leaves in doubt whether its create was done", async () => {
    const observer = zooKeeper.open();
    const proxy = await zooKeeper.proxy();
    const session = zooKeeper.open({ servers: proxy.address });
    await connectionOf(session);
    proxy.onReply = (reply) => (endsWithMember(reply.frame) ? "swallow" : "pass");
    const announcement = zooKeeper.announce(session, "/doubted");
    await vi.waitFor(async () => expect(await namesAt(observer, "/doubted")).toHaveLength(1), soon);
    const left = announcement.leave(AbortSignal.timeout(8_000));
    proxy.onReply = () => "pass";
    proxy.cut();
    await left;
    expect(await namesAt(observer, "/doubted")).toEqual([]);
  });

  it.each([
    ["with members that differ", [1, 2]],
    ["with equal members", [1, 1]],
    ["with many equal members", Array<number>(20).fill(1)],
  ])("takes its own znode beside others in the same doubt, %s", async (what, shards) => {
    const path = `/doubts-${what.length}`;
    const observer = zooKeeper.open();
    const proxy = await zooKeeper.proxy();
    const session = zooKeeper.open({ servers: proxy.address });
    await connectionOf(session);
    proxy.onReply = (reply) => (endsWithMember(reply.frame) ? "swallow" : "pass");
    const announcements = shards.map((shard) => zooKeeper.announce(session, path, shard));
    await vi.waitFor(async () => expect(await namesAt(observer, path)).toHaveLength(shards.length), soon);
    proxy.onReply = () => "pass";
    proxy.cut();
    const members = await Promise.all(announcements.map(untilAnnounced));
    expect(members.toSorted()).toEqual(shards.map((_, index) => `member_${String(index).padStart(10, "0")}`));
    expect(await namesAt(observer, path)).toEqual(members.toSorted());
    const connection = await connectionOf(observer);
    for (const [index, member] of members.entries()) {
      expect(await connection.getData(`${path}/${member}`)).toEqual(
        formatMember(memberOf(shards[index] ?? 0)),
      );
    }
  });

  it("that leaves without connection rejects at its deadline, and is gone once it is connected again", async () => {
    const observer = zooKeeper.open();
    const proxy = await zooKeeper.proxy();
    const session = zooKeeper.open({ servers: proxy.address, sessionTimeoutMs: 6_000 });
    const announcement = zooKeeper.announce(session, "/late");
    await untilAnnounced(announcement);
    proxy.mode = "refuse";
    proxy.cut();
    await expect(announcement.leave(AbortSignal.timeout(200))).rejects.toMatchObject({
      name: "TimeoutError",
    });
    expect(announcement.report).toMatchObject({ state: "withdrawn", member: "member_0000000000" });
    proxy.mode = "open";
    await vi.waitFor(async () => expect(await namesAt(observer, "/late")).toEqual([]), soon);
    await vi.waitFor(() => expect(announcement.report).toEqual({ state: "withdrawn" }), soon);
  });

  it("says why it does not join while it does not", async () => {
    const proxy = await zooKeeper.proxy();
    const session = zooKeeper.open({ servers: proxy.address });
    await connectionOf(session);
    proxy.onReply = ({ frame, request }) =>
      request === REQUEST.create ? { replace: withError(frame, -125) } : "pass";
    const announcement = zooKeeper.announce(session, "/refused");
    await vi.waitFor(
      () => expect(announcement.report).toMatchObject({ state: "joining", problem: { zkCode: -125 } }),
      soon,
    );
    proxy.onReply = () => "pass";
    await untilAnnounced(announcement);
    expect(announcement.report.problem).toBeUndefined();
  });
});

describe("a znode with a name of its own", () => {
  const keep = (session: ReturnType<typeof zooKeeper.open>, path: string, content: () => Buffer) => {
    const keeper = new EphemeralNodeKeeper({ session, path, sequential: false, content, onChange: () => {} });
    keeper.want();
    return keeper;
  };

  it("is written again when its content changes", async () => {
    const session = zooKeeper.open();
    let content = "first";
    const keeper = keep(session, "/own/record", () => Buffer.from(content));
    await vi.waitFor(() => expect(keeper.state.phase).toBe("present"), soon);
    content = "second";
    keeper.changed();
    const connection = await connectionOf(session);
    await vi.waitFor(
      async () => expect((await connection.getData("/own/record")).toString()).toBe("second"),
      soon,
    );
    keeper.close();
  });

  it("is contested while another session holds it, and ours when that session ends", async () => {
    const holder = zooKeeper.open();
    const first = keep(holder, "/claim/1", () => Buffer.from("first"));
    await vi.waitFor(() => expect(first.state.phase).toBe("present"), soon);
    const session = zooKeeper.open();
    const second = keep(session, "/claim/1", () => Buffer.from("second"));
    await vi.waitFor(() => expect(second.state.phase).toBe("contested"), soon);
    first.close();
    await holder.close();
    await vi.waitFor(() => expect(second.state.phase).toBe("present"), soon);
    expect((await (await connectionOf(session)).getData("/claim/1")).toString()).toBe("second");
    second.close();
  });

  it("does not take the one whose name begins with its own", async () => {
    const proxy = await zooKeeper.proxy();
    const session = zooKeeper.open({ servers: proxy.address });
    const connection = await connectionOf(session);
    await connection.create("/prefix", Buffer.alloc(0), "persistent");
    for (let other = 10; other < 20; other++) {
      await connection.create(`/prefix/${other}`, Buffer.from("same"), "ephemeral");
    }
    proxy.onReply = once(REQUEST.create, ({ frame }) => ({ replace: withError(frame, -125) }));
    const keeper = keep(session, "/prefix/1", () => Buffer.from("same"));
    await vi.waitFor(() => expect(keeper.state).toMatchObject({ phase: "present", path: "/prefix/1" }), soon);
    keeper.close();
  });
});

function endsWithMember(frame: Buffer): boolean {
  return /member_\d{10}$/.test(frame.toString("latin1"));
}

function withError(frame: Buffer, code: number): Buffer {
  const reply = Buffer.from(frame.subarray(0, 20));
  reply.writeInt32BE(16, 0);
  reply.writeInt32BE(code, 16);
  return reply;
}
