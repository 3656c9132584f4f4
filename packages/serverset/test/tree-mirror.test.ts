import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mirrorTree, type TreeEvent, type ZooKeeperSession } from "../src/index.ts";
import { SlowServer } from "./slow-server.ts";

type Step =
  | { readonly do: "set"; readonly path: string; readonly value: string }
  | { readonly do: "delete"; readonly path: string }
  | { readonly do: "deliver"; readonly packets: number }
  | { readonly do: "cut" };

async function perform(server: SlowServer, step: Step): Promise<void> {
  if (step.do === "set" && server.tree.has(parentOf(step.path))) server.set(step.path, step.value);
  if (step.do === "delete") server.deleteTree(step.path);
  if (step.do === "deliver") await server.deliver(step.packets);
  if (step.do === "cut") server.cut();
}

function mirrorOf(server: SlowServer, root = "/") {
  const mirror = mirrorTree(server.session as unknown as ZooKeeperSession, root);
  const events: TreeEvent[] = [];
  mirror.subscribe((event) => events.push(event));
  const content = () =>
    Object.fromEntries([...mirror.nodes].map(([path, { data }]) => [path, Buffer.from(data).toString()]));
  return { mirror, events, content };
}

describe("a mirror", () => {
  it("forgets what was deleted right behind the reply that still holds it, while it loads", async () => {
    const server = new SlowServer();
    server.set("/a", "1");
    const { mirror, content } = mirrorOf(server);
    await server.deliver(); // the watch
    await server.deliver(); // the root
    await server.deliver(); // its children
    server.delete("/a");
    await server.settle(); // their data and the notification, in one chunk
    expect(mirror.state).toBe("fresh");
    expect(content()).toEqual({ "/": "" });
  });

  it("forgets what is deleted after it was read, while it loads what is below", async () => {
    const server = new SlowServer();
    for (const path of ["/a", "/a/b", "/c"]) server.set(path, "1");
    const { content } = mirrorOf(server);
    for (const _ of ["the watch", "the root", "its children", "their data"]) await server.deliver();
    server.delete("/c");
    await server.settle();
    expect(content()).toEqual({ "/": "", "/a": "1", "/a/b": "1" });
  });

  it("forgets what was deleted right behind the reply that still holds it, while it follows", async () => {
    const server = new SlowServer();
    const { content } = mirrorOf(server);
    await server.settle();
    server.set("/a", "1");
    await server.deliver();
    server.delete("/a");
    await server.settle();
    expect(content()).toEqual({ "/": "" });
  });

  it("has nothing of a change that came and went", async () => {
    const server = new SlowServer();
    const { content, events } = mirrorOf(server);
    await server.settle();
    events.length = 0;
    server.set("/a", "1");
    server.delete("/a");
    await server.settle();
    expect(content()).toEqual({ "/": "" });
    expect(events).toEqual([]);
  });

  it("tells what changed while it had no connection once, before it is fresh again, and no removals before", async () => {
    const server = new SlowServer();
    for (const path of ["/gone", "/kept", "/changed"]) server.set(path, "1");
    const { events } = mirrorOf(server);
    await server.settle();
    events.length = 0;
    server.cut();
    expect(events).toEqual([{ type: "stale", sinceMs: server.clock.wallTime() }]);
    server.delete("/gone");
    server.set("/changed", "2");
    server.set("/new", "1");
    events.length = 0;
    server.cut();
    await server.settle();
    expect(events).toEqual([
      { type: "changed", paths: new Set(["/gone", "/changed", "/new"]) },
      { type: "fresh" },
    ]);
  });

  it("equals the tree in the end, however changes, replies and losses are interleaved", async () => {
    const path = fc.constantFrom("/root", "/root/a", "/root/a/b", "/root/c", "/other", "/rootless");
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant("set" as const),
          path,
          value: fc.constantFrom("1", "2", "3"),
        }),
      },
      { weight: 3, arbitrary: fc.record({ do: fc.constant("delete" as const), path }) },
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant("deliver" as const),
          packets: fc.integer({ min: 1, max: 4 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("cut" as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const server = new SlowServer();
        const { mirror, events, content } = mirrorOf(server, "/root");
        for (const each of steps) {
          const before = content();
          await perform(server, each);
          if (each.do === "cut") expect(content()).toEqual(before);
        }
        if (!server.connected) server.cut();
        await server.settle();
        expect(mirror.state).toBe("fresh");
        const truth = [...server.tree].filter(([key]) => key === "/root" || key.startsWith("/root/"));
        expect(content()).toEqual(Object.fromEntries(truth.map(([key, { value }]) => [key, value])));
        expect(events.every((event) => event.type !== "changed" || event.paths.size > 0)).toBe(true);
        await mirror.close();
      }),
      { numRuns: 300 },
    );
  });
});

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
