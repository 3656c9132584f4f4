import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { namesAt, useZooKeeper } from "./live.ts";
import { makeNamespace, type Namespace } from "./network-namespace.ts";

const namespace = await makeNamespace();
if (namespace === undefined) {
  process.stderr.write("partitions are not tested: network namespaces take root, Linux and iproute2\n");
}

describe.skipIf(namespace === undefined)("a client that the network is cut off from", () => {
  const zooKeeper = useZooKeeper();
  const soon = { timeout: 20_000, interval: 20 };
  let link: Namespace;
  let address = "";

  beforeAll(async () => {
    if (namespace === undefined) throw new Error("skipped without one");
    link = namespace;
    address = await link.open(zooKeeper.servers[0]?.port ?? 0);
  });
  afterAll(() => namespace?.[Symbol.asyncDispose]());

  it("keeps its session and its member through a short one, and tells no removal", async () => {
    await using client = startClient(link, address, "/partition/short", 8_000);
    await vi.waitFor(() => expect(client.set()).toEqual([["RESYNC"], ["ADD", "member_0000000000"]]), soon);
    link.cut();
    await vi.waitFor(() => expect(client.states().at(-1)).toBe("suspended 1"), soon);
    link.mend();
    await vi.waitFor(() => expect(client.states().at(-1)).toBe("connected 1"), soon);
    const rest = [["DISCONNECTED"], ["RESYNC", "member_0000000000"]];
    await vi.waitFor(() => expect(client.set().slice(2)).toEqual(rest), soon);
    expect(await namesAt(zooKeeper.open(), "/partition/short")).toEqual(["member_0000000000"]);
  });

  it("is a member again, once and under a new name, after one that outlasted its session", async () => {
    const observer = zooKeeper.open();
    await using client = startClient(link, address, "/partition/long", 2_000);
    await vi.waitFor(() => expect(client.set()).toHaveLength(2), soon);
    link.cut();
    await vi.waitFor(async () => expect(await namesAt(observer, "/partition/long")).toEqual([]), soon);
    expect(client.states().at(-1)).toBe("suspended 1");
    expect(client.set().slice(2)).toEqual([["DISCONNECTED"]]);
    link.mend();
    await vi.waitFor(() => expect(client.states().at(-1)).toBe("connected 2"), soon);
    await vi.waitFor(
      async () => expect(await namesAt(observer, "/partition/long")).toEqual(["member_0000000001"]),
      soon,
    );
  });

  it("gives up addresses from which nothing comes back, says so, and is there when the network is", async () => {
    link.cut();
    await using client = startClient(link, address, "/partition/start", 4_000);
    await vi.waitFor(() => expect(client.errors().at(-1)).toMatch(/did not answer|timed out|no route/), soon);
    link.mend();
    await vi.waitFor(() => expect(client.states().at(-1)).toBe("connected 1"), soon);
  });
});

interface Told {
  readonly what: "session" | "announced" | "set";
  readonly value: unknown;
}

function startClient(
  { inside: [ip = "", ...inside] }: Namespace,
  servers: string,
  path: string,
  timeoutMs: number,
) {
  const script = join(import.meta.dirname, "partition-client.ts");
  const command = [...inside, process.execPath, script, servers, path, String(timeoutMs)];
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(ip, command, {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const told: Told[] = [];
  let unfinished = "";
  child.stdout.on("data", (chunk: Buffer) => {
    const lines = (unfinished + chunk.toString()).split("\n");
    unfinished = lines.pop() ?? "";
    for (const line of lines) told.push(JSON.parse(line) as Told);
  });
  const of = <T>(what: Told["what"]) => told.flatMap((each) => (each.what === what ? [each.value as T] : []));
  const sessions = () => of<{ state: string; generation: number; error?: string }>("session");
  return {
    states: () => sessions().map(({ state, generation }) => `${state} ${generation}`),
    errors: () => sessions().flatMap(({ error }) => (error === undefined ? [] : [error])),
    set: () => of<string[]>("set"),
    async [Symbol.asyncDispose]() {
      const exited = once(child, "exit");
      child.stdin.end();
      await exited;
    },
  };
}
