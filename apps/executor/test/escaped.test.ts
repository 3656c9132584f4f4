import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { systemClock } from "@borealis/clock";
import { createTestClock } from "@borealis/clock/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { endEscaped } from "../src/shell/escaped.ts";
import { liveMembers, processesAtHome } from "../src/shell/process-table.ts";

type Moment = Awaited<ReturnType<typeof processesAtHome>>;

const HOME = "/home/of/this/test";
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
  it("finds who was started with the HOME, and is not in doubt about who was started with nothing", async () => {
    const [atHome, elsewhere, bare] = await Promise.all([
      waiting({ HOME }),
      waiting({ HOME: `${HOME}/not` }),
      waiting({}),
    ]);
    const { found, undecided } = await processesAtHome(HOME);
    expect(found).toEqual([atHome.pid]);
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

describe("the end of what escaped", () => {
  it("is not delayed by a process without an environment elsewhere: one look is enough", async () => {
    const { pid } = await waiting({});
    // Others on this host may be in the middle of an exec, and are not what is tested.
    const look = vi.fn(async (home: string): Promise<Moment> => {
      const { found, undecided } = await processesAtHome(home);
      return { found, undecided: undecided.filter((one) => one === pid) };
    });
    await endEscaped(HOME, systemClock, look);
    expect(look).toHaveBeenCalledOnce();
  });

  it("comes for one that was in the middle of an exec, and looks once more after it", async () => {
    const { pid, exit } = await waiting({});
    const look = vi
      .fn(async (): Promise<Moment> => ({ found: [], undecided: [] }))
      .mockResolvedValueOnce({ found: [], undecided: [pid] })
      .mockResolvedValueOnce({ found: [pid], undecided: [] });
    await endEscaped(HOME, systemClock, look);
    expect(await exit).toEqual([null, "SIGKILL"]);
    expect(look).toHaveBeenCalledTimes(3);
  });

  it("is given up when somebody stays undecided", async () => {
    const clock = createTestClock();
    const look = vi.fn(async (): Promise<Moment> => ({ found: [], undecided: [1] }));
    const ended = endEscaped(HOME, clock, look);
    await clock.advance(1_000);
    await ended;
    expect(look.mock.calls.length).toBeGreaterThan(1);
    expect(clock.armed).toBe(0);
  });
});
