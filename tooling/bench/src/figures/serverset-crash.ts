import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startZooKeeper } from "@borealis/private-zookeeper";
import { connectZooKeeper } from "@borealis/serverset";
import { type Bench, type Figure, figureOf } from "../figure.ts";
import { findKazoo } from "../kazoo.ts";
import { nowMs } from "../monotonic.ts";
import { PeerProcess } from "../peer-process.ts";
import { connectRaw, type RawClient } from "../raw-zookeeper.ts";

const ANNOUNCER = join(import.meta.dirname, "../peers/announcer.ts");
const TIMEOUTS_MS = [2_000, 4_000] as const;
const RUNS = 3;
const TAKE_OVERS = 9;
const WARM_UP = 2;
const TAKEN_OVER_MS = 10_000;

/** kill -9 of an announcer until an independent watcher is told; how long is the server's doing, and the same for all. */
export const serverSetCrash: Bench = {
  name: "serverset.crash",
  about: "kill -9 of an announcer until its member is gone, per session timeout, beside kazoo",
  async run(tell) {
    const kazoo = await findKazoo(tell);
    await using zooKeeper = await startZooKeeper();
    const { connectString: servers } = zooKeeper;
    const watcher = await connectRaw(servers);
    const figures: Figure[] = [];
    try {
      for (const timeoutMs of TIMEOUTS_MS) {
        const path = `/aurora/bench/prod/crash-${timeoutMs}`;
        const args = [servers, path, String(timeoutMs)];
        const ours: number[] = [];
        const peer: number[] = [];
        for (let run = 0; run < RUNS; run++) {
          ours.push(await crash(watcher, path, new PeerProcess(process.execPath, [ANNOUNCER, ...args])));
          if (kazoo !== undefined) {
            peer.push(await crash(watcher, path, kazoo.start("announcer.py", args)));
          }
          tell(`session timeout ${timeoutMs} ms: ${run + 1} of ${RUNS}`);
        }
        const about = { unit: "ms", goal: 1.5 * timeoutMs, goalOf: "ours" } as const;
        figures.push(
          figureOf(
            { ...about, name: `${this.name}.${timeoutMs}`, peerName: kazoo?.name ?? null },
            { ours, peer },
          ),
        );
      }
    } finally {
      watcher.close();
    }
    return figures;
  },
};

/**
 * The same with a restart at once: from the call that connects until the member that the killed run left is gone. `cold` is
 * the first thing a new process does, with code that was never run before; the other one is made by a process that has.
 */
export const serverSetTakeOver: Bench = {
  name: "serverset.takeover",
  about: "kill -9 of an announcer and its restart: from connecting to the old member's disappearance",
  async run(tell) {
    await using zooKeeper = await startZooKeeper();
    const { connectString: servers } = zooKeeper;
    const watcher = await connectRaw(servers);
    const directory = await mkdtemp(join(tmpdir(), "borealis-bench-session-"));
    const sessionFile = join(directory, "session");
    const path = "/aurora/bench/prod/takeover";
    const args = [ANNOUNCER, servers, path, String(TAKEN_OVER_MS), sessionFile];
    const start = () => new PeerProcess(process.execPath, args);
    const cold: number[] = [];
    const warm: number[] = [];
    let running = start();
    try {
      for (let run = -WARM_UP; run < TAKE_OVERS; run++) {
        await running.until("announced");
        const first = await killed(watcher, path, running);
        await using session = connectZooKeeper({ servers, sessionFile });
        const took = (await first.seenAt) - first.killedAt;
        await session.close();
        running = start();
        await running.until("announced");
        const second = await killed(watcher, path, running);
        running = start();
        const startedAt = Number(await running.line());
        const tookCold = monotonic(await second.seenAt) - startedAt;
        if (run < 0) continue;
        warm.push(took);
        cold.push(tookCold);
        tell(`${run + 1} of ${TAKE_OVERS}`);
      }
    } finally {
      await running.kill();
      watcher.close();
      await rm(directory, { recursive: true, force: true });
    }
    const about = { unit: "ms", goalOf: "ours" } as const;
    return [
      figureOf({ ...about, name: this.name, goal: 10 }, { ours: warm }),
      figureOf({ ...about, name: `${this.name}.cold`, goal: 100 }, { ours: cold }),
    ];
  },
};

/** Kills an announcer whose member is watched for. */
async function killed(watcher: RawClient, path: string, announcer: PeerProcess) {
  const [old] = await watcher.children(path);
  const { armed, seenAt } = await watcher.deletionOf(`${path}/${old}`);
  await armed;
  await announcer.kill();
  return { killedAt: performance.now(), seenAt };
}

async function crash(watcher: RawClient, path: string, announcer: PeerProcess): Promise<number> {
  try {
    await announcer.until("announced");
    const [member] = await watcher.children(path);
    const gone = await watcher.deletionOf(`${path}/${member}`);
    await gone.armed;
    const killedAt = performance.now();
    await announcer.kill();
    return (await gone.seenAt) - killedAt;
  } finally {
    await announcer.kill();
  }
}

function monotonic(performanceTime: number): number {
  return performanceTime + nowMs() - performance.now();
}
