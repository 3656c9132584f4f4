import { createTestClock } from "@borealis/clock/testing";
import { describe, expect, it, vi } from "vitest";
import { ServerList } from "../src/zookeeper/server-list.ts";
import { parseServers } from "../src/zookeeper/servers.ts";

/** New addresses come in at the end, so that the order is that of the answers. */
const last = () => 1;
const neverMind = new Promise<string[]>(() => {});

function listOf(servers: string, lookup?: (host: string) => Promise<readonly string[]>, random = last) {
  const clock = createTestClock();
  return { clock, list: new ServerList({ servers: parseServers(servers), clock, random, lookup }) };
}

const take = (list: ServerList, count: number) => Array.from({ length: count }, () => list.next()?.host);

describe("the list of servers", () => {
  it("hands out addresses in turn and needs no look-up for them", () => {
    const { list } = listOf("10.0.0.1:1,10.0.0.2:1,[::1]:1");
    expect(list.hasNames).toBe(false);
    expect(take(list, 4)).toEqual(["10.0.0.1", "10.0.0.2", "::1", "10.0.0.1"]);
    expect(list.same()?.host).toBe("10.0.0.1");
  });

  it("is drawn once, in an order of chance", () => {
    const drawn = Array.from({ length: 60 }, () =>
      take(listOf("1.1.1.1,2.2.2.2,3.3.3.3", undefined, Math.random).list, 3).join(),
    );
    expect(new Set(drawn).size).toBe(6);
  });

  it("holds every address of every name, with its name", async () => {
    const { list } = listOf("zk:2181,10.0.0.9:2181", async () => ["10.0.0.1", "fd00::1"]);
    await list.resolve(600);
    expect([list.next(), list.next(), list.next()]).toEqual([
      { host: "10.0.0.9", port: 2181 },
      { host: "10.0.0.1", port: 2181, name: "zk" },
      { host: "fd00::1", port: 2181, name: "zk" },
    ]);
  });

  it("asks an address once that two names share, and one name once for two ports", async () => {
    const lookup = vi.fn(async () => ["10.0.0.1"]);
    const { list } = listOf("a:1,b:1,a:2", lookup);
    await list.resolve(600);
    expect(lookup.mock.calls).toEqual([["a"], ["b"]]);
    expect([list.next(), list.next(), list.next()].map((each) => `${each?.name}:${each?.port}`)).toEqual([
      "a:1",
      "a:2",
      "a:1",
    ]);
  });

  it("keeps its place when addresses come and go", async () => {
    let addresses = ["10.0.0.1", "10.0.0.2", "10.0.0.3"];
    const { list } = listOf("zk", async () => addresses);
    await list.resolve(600);
    expect(take(list, 2)).toEqual(["10.0.0.1", "10.0.0.2"]);
    addresses = ["10.0.0.4", "10.0.0.2", "10.0.0.3"];
    await list.resolve(600);
    expect(take(list, 4)).toEqual(["10.0.0.3", "10.0.0.2", "10.0.0.4", "10.0.0.3"]);
  });

  it("goes on with what a name was last known as when it can not be looked up, and forgets the problem after", async () => {
    let broken = false;
    const { list } = listOf("zk", async () => {
      if (broken) throw Object.assign(new Error("getaddrinfo"), { code: "EAI_AGAIN" });
      return ["10.0.0.1"];
    });
    await list.resolve(600);
    broken = true;
    await list.resolve(600);
    expect(take(list, 1)).toEqual(["10.0.0.1"]);
    expect(list.problem).toBe("can not look up zk: the host name can not be resolved now");
    broken = false;
    await list.resolve(600);
    expect(list.problem).toBeUndefined();
  });

  it("names every host that has no address, and why", async () => {
    const { list } = listOf("a,b,c", async (host) => {
      if (host === "a") throw Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" });
      return host === "b" ? [] : ["10.0.0.1"];
    });
    await list.resolve(600);
    expect(list.size).toBe(1);
    expect(list.problem).toBe("can not look up a: no such host; b: it has no address");
  });

  it("waits no longer than its deadline for a name, asks for it once at a time, and uses the late answer next time", async () => {
    const answer = Promise.withResolvers<string[]>();
    const lookup = vi.fn((host: string) =>
      host === "slow" ? answer.promise : Promise.resolve(["10.0.0.1"]),
    );
    const { list, clock } = listOf("slow,fast", lookup);
    const done = vi.fn();
    void list.resolve(600).then(done);
    await clock.advance(599);
    expect(done).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(done).toHaveBeenCalled();
    expect(take(list, 2)).toEqual(["10.0.0.1", "10.0.0.1"]);
    expect(list.problem).toBe("can not look up slow: no answer within 600 ms");

    const again = list.resolve(600);
    expect(lookup.mock.calls.filter(([host]) => host === "slow")).toHaveLength(1);
    answer.resolve(["10.0.0.2"]);
    await again;
    expect(take(list, 2)).toEqual(["10.0.0.1", "10.0.0.2"]);
    expect(list.problem).toBeUndefined();
    expect(clock.armed).toBe(0);
  });

  it("stops waiting when it is given up, and leaves no timer", async () => {
    const { list, clock } = listOf("zk", () => neverMind);
    const resolving = list.resolve(600);
    list.giveUp();
    await resolving;
    expect(clock.armed).toBe(0);
  });

  it("looks a name up as the system does", async () => {
    const { list } = listOf("localhost:2181");
    await list.resolve(600);
    expect(take(list, list.size)).toContain("127.0.0.1");
  });
});
