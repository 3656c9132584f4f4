import { LARGEST_BATCH, readInBatches, readMany } from "./batched-reads.ts";
import { fromZooKeeperCode, ServerSetError } from "./errors.ts";
import {
  byName,
  childPath,
  isAbsent,
  isMember,
  isVector,
  readEntry,
  type SetEntry,
} from "./member-reading.ts";
import { split, weighed } from "./set-view.ts";
import { type Snapshot, snapshotOf } from "./snapshot.ts";
import type { Connection } from "./zookeeper/connection.ts";
import type { Stat } from "./zookeeper/raw-operations.ts";
import type { Connected, ZooKeeperSession } from "./zookeeper/session-supervisor.ts";

export interface SetReadOptions {
  /** Applies the set's `vector_` children: `weight` of each member. Default false: they are ignored. */
  readonly weights?: boolean;
  /** A set with more members is refused with TOO_LARGE. Default 200,000. */
  readonly mostMembers?: number;
}

export const DEFAULT_MOST_MEMBERS = 200_000;

/**
 * Reads a ServerSet once, again on the next connection when one is lost, for as long as `signal` allows.
 * @throws ServerSetError NO_AUTH, TOO_LARGE, LIMIT, CLOSED; the signal's reason as soon as it aborts.
 */
export async function queryServerSet(
  session: ZooKeeperSession,
  path: string,
  signal: AbortSignal,
  options: SetReadOptions = {},
): Promise<Snapshot> {
  let most = LARGEST_BATCH;
  for (;;) {
    const connected = await session.connected(signal);
    try {
      return await unlessAborted(readSet(session, connected, path, { ...options, most, signal }), signal);
    } catch (error) {
      const { lostWith } = connected.connection;
      if (signal.aborted || lostWith === undefined || lostWith.code === "CLOSED") throw error;
      // Many large members in one reply can pass the frame limit, which costs the connection: ask for less.
      if (lostWith.code === "TOO_LARGE" && most === 1) throw error;
      if (lostWith.code === "TOO_LARGE") most = Math.max(1, Math.floor(most / 4));
    }
  }
}

async function readSet(
  session: ZooKeeperSession,
  { connection, generation }: Connected,
  path: string,
  options: SetReadOptions & { readonly most: number; readonly signal: AbortSignal },
): Promise<Snapshot> {
  const isWanted = options.weights ? (name: string) => isMember(name) || isVector(name) : isMember;
  const listed = await listSet(session, connection, path);
  const names = (listed.names ?? []).filter(isWanted);
  refuseTooMany(path, names.length, options.mostMembers);
  const entries: SetEntry[] = [];
  let zxid = listed.zxid;
  const paths = names.map((name) => childPath(path, name));
  await readInBatches(session, connection, "data", paths, options, (result, index) => {
    // A member that went between the list and the read is simply not there.
    const entry = readEntry(path, names[index] as string, result);
    if (entry === undefined) return;
    if (entry.mzxid > zxid) zxid = entry.mzxid;
    entries.push(entry);
  });
  const { members, invalid } = split(byName(options.weights ? weighed(entries) : entries));
  const exists = listed.names !== undefined;
  const readAtMs = session.clock.wallTime();
  return snapshotOf({
    path,
    exists,
    members,
    invalid,
    generation,
    revision: 0,
    zxid,
    stale: false,
    readAtMs,
  });
}

export interface ListedSet {
  /** Of all children; undefined when there is no such znode. */
  readonly names: readonly string[] | undefined;
  readonly czxid: bigint;
  /** The newest transaction that the list shows. */
  readonly zxid: bigint;
}

const NONE: ListedSet = { names: undefined, czxid: 0n, zxid: 0n };

/** The children of a set in one round trip. @throws ServerSetError NO_AUTH. */
export async function listSet(
  session: ZooKeeperSession,
  connection: Connection,
  path: string,
): Promise<ListedSet> {
  const [node, list] = await readMany(session, connection, [
    { kind: "data", path },
    { kind: "children", path },
  ]);
  if (node === undefined || list === undefined || isAbsent(list)) return NONE;
  if ("errorCode" in list) throw fromZooKeeperCode(list.errorCode, "list", path);
  // The right to list and the right to read are one, so what was listed was read, unless it was made in between.
  if (!("children" in list) || !("stat" in node)) return NONE;
  return { names: list.children, czxid: node.stat.czxid, zxid: newestIn(node.stat) };
}

/** The newest transaction that a set's own znode shows. */
export function newestIn({ mzxid, pzxid }: Stat): bigint {
  let zxid = mzxid;
  if (pzxid > zxid) zxid = pzxid;
  return zxid;
}

export function refuseTooMany(path: string, members: number, most = DEFAULT_MOST_MEMBERS): void {
  if (members <= most) return;
  const message = `${path} has ${members} members; up to ${most} are read, more with mostMembers`;
  throw new ServerSetError("TOO_LARGE", message, { path });
}

/** Rejects with the signal's reason as soon as it aborts; what was under way is left to end by itself. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
    work.catch(() => {});
    aborted.promise.catch(() => {});
  }
}
