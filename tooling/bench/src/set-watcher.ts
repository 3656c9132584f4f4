import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ZooKeeperSession } from "@borealis/serverset";
import { memberBytes } from "./filled-set.ts";
import type { Kazoo } from "./kazoo.ts";
import { nowMs } from "./monotonic.ts";
import { PeerProcess } from "./peer-process.ts";

const SEEN_WITHIN_MS = 20_000;

/** Follows a set in a process of its own and says when it learnt of whom, by shard. */
export interface SetWatcher {
  start(servers: string, path: string): PeerProcess;
}

export const OUR_WATCHER: SetWatcher = {
  start: (servers, path) =>
    new PeerProcess(process.execPath, [join(import.meta.dirname, "peers/watcher.ts"), servers, path]),
};

export function kazooWatcher(kazoo: Kazoo): SetWatcher {
  return { start: (servers, path) => kazoo.start("watcher.py", [servers, path]) };
}

/** From before the request to the moment at which the watcher knew, in ms. */
export interface Latencies {
  readonly joins: readonly number[];
  readonly leaves: readonly number[];
}

export interface Load {
  /** The first shard; those that are there already have lower ones. */
  readonly from: number;
  readonly count: number;
  /** All at once when left out. */
  readonly perSecond?: number;
  readonly leave: boolean;
}

/** Members join, then leave, at the given rate, and the watcher is asked what it saw. */
export async function measure(
  watcher: PeerProcess,
  session: ZooKeeperSession,
  path: string,
  { from, count, perSecond, leave }: Load,
): Promise<Latencies> {
  const { connection } = await session.connected();
  const already = await seen(watcher);
  const joinedAt = new Map<number, number>();
  const leftAt = new Map<number, number>();
  const names = await paced(count, perSecond, async (index) => {
    joinedAt.set(from + index, nowMs());
    return connection.create(`${path}/member_`, memberBytes(from + index), "ephemeralSequential");
  });
  await untilSeen(watcher, ({ joins }) => joins >= already.joins + count);
  if (leave) {
    await paced(count, perSecond, async (index) => {
      leftAt.set(from + index, nowMs());
      await connection.remove(names[index] ?? "");
    });
    await untilSeen(watcher, ({ leaves }) => leaves >= already.leaves + count);
  }
  const told = JSON.parse(await watcher.ask("report")) as Record<"joins" | "leaves", Record<string, number>>;
  return { joins: since(joinedAt, told.joins), leaves: since(leftAt, told.leaves) };
}

function since(sentAt: ReadonlyMap<number, number>, seenAt: Readonly<Record<string, number>>): number[] {
  return [...sentAt].map(([shard, at]) => (seenAt[shard] ?? Number.POSITIVE_INFINITY) - at);
}

async function paced<T>(
  count: number,
  perSecond: number | undefined,
  work: (index: number) => Promise<T>,
): Promise<T[]> {
  const startedAt = nowMs();
  const under: Promise<T>[] = [];
  for (let index = 0; index < count; index++) {
    const dueMs = perSecond === undefined ? 0 : startedAt + (index * 1_000) / perSecond - nowMs();
    if (dueMs > 0) await sleep(dueMs);
    under.push(work(index));
  }
  return Promise.all(under);
}

interface Seen {
  readonly joins: number;
  readonly leaves: number;
}

async function seen(watcher: PeerProcess): Promise<Seen> {
  return JSON.parse(await watcher.ask("count")) as Seen;
}

async function untilSeen(watcher: PeerProcess, enough: (seen: Seen) => boolean): Promise<void> {
  const deadline = nowMs() + SEEN_WITHIN_MS;
  while (!enough(await seen(watcher))) {
    if (nowMs() > deadline) throw new Error(`the watcher has not seen all within ${SEEN_WITHIN_MS} ms`);
    await sleep(20);
  }
}
