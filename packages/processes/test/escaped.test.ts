import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { systemClock } from "@borealis/clock";
import { createTestClock } from "@borealis/clock/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { endEscaped } from "../src/escaped.ts";
import { liveMembers, processesMarked } from "../src/process-table.ts";
import { createSearch, type Moment, search } from "../src/search.ts";

const MARKER = "BOREALIS_TEST=of this file";
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** A process that has done its exec, leads a group of its own and waits to be killed. */
async function waiting(env: NodeJS.ProcessEnv) {
  const child = spawn("/bin/sh", ["-c", "echo ready; read line"], { env, detached: true });
  children.push(child);
  await once(child.stdout, "data");
  return { pid: child.pid ?? 0, exit: once(child, "exit") };
}

describe("the process table", () => {
  it("finds who was started with the marker, and is not in doubt about who was started with nothing", async () => {
    const [marked, elsewhere, bare] = await Promise.all([
      waiting({ BOREALIS_TEST: "of this file" }),
      waiting({ BOREALIS_TEST: "of this file, not" }),
      waiting({}),
    ]);
    const { found, undecided } = await search(MARKER);
    expect(found).toEqual([marked.pid]);
    expect(undecided).not.toContain(elsewhere.pid);
    expect(undecided).not.toContain(bare.pid);
  });

  it("shows the members of a group, or those of the given ones that still are", async () => {
    const [group, other] = await Promise.all([waiting({}), waiting({})]);
    expect(await liveMembers(group.pid)).toEqual([group.pid]);
    expect(await liveMembers(group.pid, [other.pid])).toEqual([]);
    process.kill(group.pid, "SIGKILL");
    await group.exit;
    expect(await liveMembers(group.pid, [group.pid])).toEqual([]);
  });
});

describe("a search", () => {
  it("never looks twice at once: who asks meanwhile waits for the next look, all of them for the same one", async () => {
    const asked: string[][] = [];
    const looks: PromiseWithResolvers<void>[] = [];
    const find = createSearch(async (markers) => {
      const look = Promise.withResolvers<void>();
      looks.push(look);
      await look.promise;
      asked.push([...markers]);
      return { found: new Map([...markers].map((marker, at) => [marker, [at]])), undecided: [] };
    });
    const first = find("A=1");
    await expect.poll(() => looks.length).toBe(1);
    const others = Promise.all(["B=1", "C=1", "A=1"].map(find));
    await new Promise((resolve) => setImmediate(resolve));
    expect(looks).toHaveLength(1);
    looks[0]?.resolve();
    expect(await first).toEqual({ found: [0], undecided: [] });
    await expect.poll(() => looks.length).toBe(2);
    looks[1]?.resolve();
    expect((await others).map(({ found }) => found)).toEqual([[0], [1], [2]]);
    expect(asked).toEqual([["A=1"], ["B=1", "C=1", "A=1"]]);
  });

  it.each(["", "HOME", "HOME=", "=1", "\0"])("is not made for %j, which could be anybody", async (marker) => {
    const look = vi.fn<typeof processesMarked>();
    await expect(createSearch(look)(marker)).rejects.toThrow("not a NAME=value");
    expect(look).not.toHaveBeenCalled();
  });

  it("tells processes by their markers", async () => {
    const env = { BOREALIS_TEST: "of this file", OTHER_TEST: "of this file, too" };
    const { pid } = await waiting(env);
    const markers = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const { found } = await processesMarked(new Set([...markers, "OTHER_TEST=of this file"]));
    expect([...found.values()]).toEqual([[pid], [pid], []]);
  });
});

describe("the end of what escaped", () => {
  it("is not delayed by a process without an environment elsewhere: one look is enough", async () => {
    const { pid } = await waiting({});
    // Others on this host may be in the middle of an exec, and are not what is tested.
    const look = vi.fn(async (marker: string): Promise<Moment> => {
      const { found, undecided } = await search(marker);
      return { found, undecided: undecided.filter((one) => one === pid) };
    });
    await endEscaped(MARKER, systemClock, look);
    expect(look).toHaveBeenCalledOnce();
  });

  it("comes for one that was in the middle of an exec, and looks once more after it", async () => {
    const { pid, exit } = await waiting({});
    const look = vi
      .fn(async (): Promise<Moment> => ({ found: [], undecided: [] }))
      .mockResolvedValueOnce({ found: [], undecided: [pid] })
      .mockResolvedValueOnce({ found: [pid], undecided: [] });
    await endEscaped(MARKER, systemClock, look);
    expect(await exit).toEqual([null, "SIGKILL"]);
    expect(look).toHaveBeenCalledTimes(3);
  });

  it("is given up when somebody stays undecided", async () => {
    const clock = createTestClock();
    const look = vi.fn(async (): Promise<Moment> => ({ found: [], undecided: [1] }));
    const ended = endEscaped(MARKER, clock, look);
    await clock.advance(1_000);
    await ended;
    expect(look.mock.calls.length).toBeGreaterThan(1);
    expect(clock.armed).toBe(0);
  });
});
