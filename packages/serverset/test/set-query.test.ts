import { describe, expect, it, vi } from "vitest";
import { queryServerSet } from "../src/index.ts";
import { REQUEST } from "./fault-proxy.ts";
import { memberName, put, putMany, soon } from "./following.ts";
import { connectionOf, useZooKeeper } from "./live.ts";

const zooKeeper = useZooKeeper();
const within = (ms: number) => AbortSignal.timeout(ms);

describe("asking for a set", () => {
  it("goes on with the next connection when one is lost before its answer", async () => {
    await putMany(zooKeeper.open(), "/retried/set", 3);
    const proxy = await zooKeeper.proxy();
    let lost = 0;
    proxy.onReply = ({ request }) => {
      if (request !== REQUEST.multiRead || lost === 3) return "pass";
      lost += 1;
      return { cutAfter: 7 };
    };
    const reader = zooKeeper.open({ servers: proxy.address });
    expect((await queryServerSet(reader, "/retried/set", within(8_000))).members).toHaveLength(3);
    expect(lost).toBe(3);
  });

  it("ends with its signal also while an answer is awaited", async () => {
    await putMany(zooKeeper.open(), "/unanswered/set", 1);
    const proxy = await zooKeeper.proxy();
    const reader = zooKeeper.open({ servers: proxy.address, sessionTimeoutMs: 30_000 });
    await connectionOf(reader);
    let asked = 0;
    proxy.onReply = ({ request }) => {
      if (request !== REQUEST.multiRead) return "pass";
      asked += 1;
      return "swallow";
    };
    const controller = new AbortController();
    const answer = queryServerSet(reader, "/unanswered/set", controller.signal);
    await vi.waitFor(() => expect(asked).toBe(1), soon);
    controller.abort(new Error("enough"));
    await expect(answer).rejects.toThrow("enough");
  });

  it("leaves out who vanishes between the list and the read", async () => {
    const writer = zooKeeper.open();
    await putMany(writer, "/vanishing/set", 2);
    const connection = await connectionOf(writer);
    const proxy = await zooKeeper.proxy();
    let lists = 0;
    // What is listed is held back until one of it is gone.
    proxy.onReply = ({ request }) => {
      if (request !== REQUEST.multiRead || lists > 0) return "pass";
      lists += 1;
      return { after: connection.remove(`/vanishing/set/${memberName(0)}`) };
    };
    const reader = zooKeeper.open({ servers: proxy.address });
    const { members, invalid } = await queryServerSet(reader, "/vanishing/set", within(8_000));
    expect(members.map(({ name }) => name)).toEqual([memberName(1)]);
    expect(invalid).toEqual([]);
  });

  it("says how true the answer is", async () => {
    const writer = zooKeeper.open();
    await putMany(writer, "/true/set", 2);
    const before = await queryServerSet(writer, "/true/set", within(8_000));
    expect(before).toMatchObject({ generation: 1, revision: 0, stale: false });
    await (await connectionOf(writer)).remove(`/true/set/${memberName(0)}`);
    const after = await queryServerSet(writer, "/true/set", within(8_000));
    expect(after.zxid).toBeGreaterThan(before.zxid);
  });

  it("refuses more members than wanted, and gives weights when they are wanted", async () => {
    const writer = zooKeeper.open();
    await putMany(writer, "/options/set", 2);
    await put(
      writer,
      "/options/set/vector_0",
      `{"vector":[{"select":"member=${memberName(1)}","weight":0.5}]}`,
    );
    const signal = within(8_000);
    await expect(queryServerSet(writer, "/options/set", signal, { mostMembers: 1 })).rejects.toMatchObject({
      code: "TOO_LARGE",
    });
    const { members } = await queryServerSet(writer, "/options/set", signal, { weights: true });
    expect(members.map(({ weight }) => weight)).toEqual([1, 0.5]);
  });

  it("works for 100,000 members", async () => {
    const writer = zooKeeper.open({ sessionTimeoutMs: 20_000 });
    await putMany(writer, "/huge/set", 100_000);
    const { members } = await queryServerSet(
      zooKeeper.open({ sessionTimeoutMs: 20_000 }),
      "/huge/set",
      within(20_000),
    );
    expect(members).toHaveLength(100_000);
    expect(members.at(-1)?.name).toBe(memberName(99_999));
  });
});
