import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { connectServerSets, type ServerSetClient, type ServerSetClientOptions } from "../src/index.ts";
import { memberOf, namesAt, useZooKeeper } from "./live.ts";

const zooKeeper = useZooKeeper();
const soon = { timeout: 8_000, interval: 10 };
const KEY = { role: "www-data", environment: "prod", name: "hello" };

function client(options: Partial<ServerSetClientOptions> = {}): ServerSetClient {
  const made = connectServerSets({ servers: zooKeeper.connectString, sessionTimeoutMs: 4_000, ...options });
  onTestFinished(() => made.close());
  return made;
}

describe("a client", () => {
  it("announces, queries, watches and lists by job, through one session", async () => {
    const mine = client({ root: "/one" });
    await mine.ready();
    const announcement = await mine.announce(KEY, memberOf(3));
    expect(announcement).toMatchObject({ state: "announced", memberId: "member_0000000000", generation: 1 });
    expect(await mine.query("www-data/prod/hello")).toMatchObject({
      path: "/one/www-data/prod/hello",
      exists: true,
      members: [{ name: "member_0000000000", shard: 3 }],
    });
    expect(await mine.list()).toEqual([{ path: "/one/www-data/prod/hello", members: 1, key: KEY }]);
    expect(await mine.list({ role: "www-data", environment: "prod" })).toHaveLength(1);
    expect(await mine.list({ role: "nobody" })).toEqual([]);
    for await (const event of mine.watch(KEY)) {
      expect(event).toMatchObject({ type: "snapshot", snapshot: { members: [{ shard: 3 }] } });
      break;
    }
    await announcement.leave(AbortSignal.timeout(5_000));
    expect(await mine.query("/one/www-data/prod/hello")).toMatchObject({ exists: true, members: [] });
    expect(mine.health).toMatchObject({ state: "connected", generation: 1, suspect: false });
  });

  it.each([
    ["a job with too few parts", "www-data/hello", /role\/environment\/name/],
    ["a path with an empty part", "/a//b", /empty/],
    ["a key whose role holds a slash", { ...KEY, role: "a/b" }, /a\/b/],
  ])("refuses %s and says what is wrong with it", async (_, name, message) => {
    const mine = client();
    await expect(mine.query(name)).rejects.toMatchObject({
      code: "INVALID_PATH",
      message: expect.stringMatching(message),
    });
    await expect(mine.announce(name, memberOf(0))).rejects.toMatchObject({ code: "INVALID_PATH" });
    expect(() => mine.watch(name)).toThrow(message);
  });

  it("refuses a root where no sets may be", () => {
    expect(() => client({ root: "/borealis" })).toThrow(/records of Borealis/);
  });

  it("says what it waited for and why in vain", async () => {
    const nobody = client({ servers: "127.0.0.1:1" });
    const reason = new Error("enough");
    const gaveUp = new AbortController();
    const waiting = nobody.ready(gaveUp.signal);
    await vi.waitFor(() => expect(nobody.health.error).toBeDefined(), soon);
    gaveUp.abort(reason);
    await expect(waiting).rejects.toMatchObject({
      name: "ServerSetError",
      code: "ABORTED",
      cause: reason,
      message: expect.stringMatching(/connection to ZooKeeper was given up: .*127\.0\.0\.1:1.*refused/),
    });
    for (const ask of [
      (signal: AbortSignal) => nobody.query(KEY, { signal }),
      (signal: AbortSignal) => nobody.announce(KEY, memberOf(0), { signal }),
      (signal: AbortSignal) => nobody.list({}, { signal }),
    ]) {
      await expect(ask(AbortSignal.timeout(50))).rejects.toMatchObject({ code: "ABORTED" });
      await expect(ask(AbortSignal.abort(reason))).rejects.toMatchObject({ code: "ABORTED", cause: reason });
    }
  });

  it("leaves nothing behind of an announcement that was given up", async () => {
    const proxy = await zooKeeper.proxy();
    const mine = client({ servers: proxy.address });
    await mine.ready();
    proxy.mode = "silent";
    await expect(
      mine.announce("/given-up", memberOf(0), { signal: AbortSignal.timeout(100) }),
    ).rejects.toMatchObject({
      code: "ABORTED",
    });
    proxy.mode = "open";
    const later = await mine.announce("/given-up", memberOf(1));
    await vi.waitFor(
      async () => expect(await namesAt(zooKeeper.open(), "/given-up")).toEqual([later.memberId]),
      soon,
    );
  });

  it("holds no more announcements and watches than it may", async () => {
    const mine = client({ limits: { announcements: 1, watches: 1 } });
    const first = await mine.announce("/limits", memberOf(0));
    await expect(mine.announce("/limits", memberOf(1))).rejects.toMatchObject({
      code: "LIMIT",
      retryable: true,
    });
    await first.leave(AbortSignal.timeout(5_000));
    const second = await mine.announce("/limits", memberOf(2));
    expect(second.state).toBe("announced");
    const watch = mine.watch("/limits");
    expect(() => mine.watch("/limits")).toThrow(/limits\.watches/);
    watch.close();
    await watch.ended;
    mine.watch("/limits").close();
  });

  it("keeps no listener of what has left", async () => {
    const mine = client();
    await mine.ready();
    const listeners = { subscribe: 0, onNotification: 0 };
    for (const name of ["subscribe", "onNotification"] as const) {
      const original = mine.session[name].bind(mine.session) as (listener: unknown) => () => void;
      vi.spyOn(mine.session, name).mockImplementation((listener: unknown) => {
        listeners[name] += 1;
        const stop = original(listener);
        return () => {
          listeners[name] -= 1;
          stop();
        };
      });
    }
    for (let shard = 0; shard < 3; shard++) {
      const announcement = await mine.announce("/listeners", memberOf(shard));
      expect(listeners).toEqual({ subscribe: 2, onNotification: 1 });
      await announcement.leave(AbortSignal.timeout(5_000));
      await announcement.ended;
      await vi.waitFor(() => expect(listeners).toEqual({ subscribe: 0, onNotification: 0 }), soon);
    }
  });

  it("does not answer from a watch that shows less than there is", async () => {
    const mine = client();
    await mine.announce("/shards", memberOf(1));
    await mine.announce("/shards", memberOf(1));
    const watch = mine.watch("/shards", { onePerShard: true });
    await vi.waitFor(() => expect(watch.current?.members).toHaveLength(1), soon);
    expect((await mine.query("/shards", { maxStaleMs: 60_000 })).members).toHaveLength(2);
  });

  it("tells a watch whose consumer looks late that the session was closed", async () => {
    const mine = client();
    const watch = mine.watch("/late", { probationMs: 1 });
    await vi.waitFor(() => expect(watch.current).toBeDefined(), soon);
    await mine.session.close();
    const events: unknown[] = [];
    for await (const event of watch) events.push(event);
    expect(events.at(-1)).toMatchObject({ type: "problem", error: { code: "CLOSED" } });
  });

  it("answers from a watch when that is fresh enough", async () => {
    const mine = client();
    const watch = mine.watch("/known");
    await vi.waitFor(() => expect(watch.current).toBeDefined(), soon);
    expect(await mine.query("/known", { maxStaleMs: 0 })).toBe(watch.current);
    expect(await mine.query("/known")).not.toBe(watch.current);
    watch.close();
    await watch.ended;
    expect(await mine.query("/known", { maxStaleMs: 60_000 })).toMatchObject({ revision: 0 });
  });

  it("closes by its signal and takes its members with it", async () => {
    const stop = new AbortController();
    const mine = client({ signal: stop.signal });
    const announcement = await mine.announce("/stopped", memberOf(0));
    stop.abort();
    await vi.waitFor(async () => expect(await namesAt(zooKeeper.open(), "/stopped")).toEqual([]), soon);
    await vi.waitFor(() => expect(mine.health.state).toBe("closed"), soon);
    expect(announcement.state).toBe("left");
    await expect(mine.query("/stopped")).rejects.toMatchObject({ code: "CLOSED" });
    await expect(mine.announce("/stopped", memberOf(0))).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("ends a watch that is looped over when it closes", async () => {
    const mine = client();
    const types: string[] = [];
    const looping = (async () => {
      for await (const { type } of mine.watch("/looped")) types.push(type);
    })();
    await vi.waitFor(() => expect(types).toEqual(["snapshot"]), soon);
    await mine.close();
    await looping;
  });
});

describe("a process", () => {
  it.each(["used", "session-closed", "unreachable", "closed-at-once", "forgotten-watch"])(
    "ends by itself when the client was closed: %s",
    async (what) => {
      const script = join(import.meta.dirname, "closing-client.ts");
      const child = spawn(process.execPath, [script, what, zooKeeper.connectString], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      onTestFinished(() => void child.kill("SIGKILL"));
      const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr)]);
      expect(complained).toBe("");
      expect(said).toBe("closed; left: none\n");
      expect(child.exitCode ?? (await new Promise((resolve) => child.once("exit", resolve)))).toBe(0);
    },
  );
});
