import { readInBatches } from "./batched-reads.ts";
import { fromZooKeeperCode, ServerSetError, type ServerSetErrorCode } from "./errors.ts";
import { childPath, isAbsent, isMember } from "./member-reading.ts";
import type { Connection } from "./zookeeper/connection.ts";
import type { ZooKeeperSession } from "./zookeeper/session-supervisor.ts";

/** A ServerSet and how many members it has. */
export interface ServerSetSummary {
  readonly path: string;
  readonly members: number;
  /** Why what is at and below the path can not be listed, in words; `members` is 0 then. */
  readonly unreadable?: string;
}

const DEEPEST = 8;
const MOST_PATHS = 200_000;
/** Ends of a connection after which the next one would end the same way. */
const FINAL: ReadonlySet<ServerSetErrorCode> = new Set(["CLOSED", "TOO_LARGE"]);

/**
 * The ServerSets at or below `root`: every znode that has members, and every znode without children that is neither a
 * member nor beside members.
 * What may not be listed is told as such and hides nothing else.
 * @throws ServerSetError NO_NODE when there is no such root, NO_AUTH when it may not be listed, TOO_LARGE for more than 200,000 on one level.
 */
export async function listServerSets(
  session: ZooKeeperSession,
  root: string,
  signal: AbortSignal,
): Promise<readonly ServerSetSummary[]> {
  for (;;) {
    const { connection } = await session.connected(signal);
    try {
      return await listBelow(session, connection, root, signal);
    } catch (error) {
      const { lostWith } = connection;
      if (signal.aborted || lostWith === undefined || FINAL.has(lostWith.code)) throw error;
    }
  }
}

async function listBelow(
  session: ZooKeeperSession,
  connection: Connection,
  root: string,
  signal: AbortSignal,
): Promise<readonly ServerSetSummary[]> {
  const found: ServerSetSummary[] = [];
  /** Foreign children of a ServerSet, such as Finagle's weight vectors: no sets, unless they have members. */
  const besideMembers = new Set<string>();
  let level = [root];
  for (let depth = 0; level.length > 0 && depth <= DEEPEST; depth++) {
    const lists = await childrenOf(session, connection, level, depth === 0 ? undefined : found, signal);
    level = [];
    for (const [path, children] of lists) {
      const { members, below } = split(path, children);
      if (members > 0 || (below.length === 0 && !besideMembers.has(path))) found.push({ path, members });
      for (const child of below) {
        level.push(child);
        if (members > 0) besideMembers.add(child);
      }
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function split(path: string, children: readonly string[]): { members: number; below: readonly string[] } {
  const foreign = children.filter((child) => !isMember(child));
  return { members: children.length - foreign.length, below: foreign.map((child) => childPath(path, child)) };
}

async function childrenOf(
  session: ZooKeeperSession,
  connection: Connection,
  paths: readonly string[],
  /** Takes what may not be listed; without it that is an error, as is what does not exist. */
  refused: ServerSetSummary[] | undefined,
  signal: AbortSignal,
) {
  if (paths.length > MOST_PATHS) {
    const message = `more than ${MOST_PATHS} znodes on one level, ${paths[0]} among them: name a part of the tree`;
    throw new ServerSetError("TOO_LARGE", message);
  }
  const lists = new Map<string, readonly string[]>();
  await readInBatches(session, connection, "children", paths, { signal }, (result, index) => {
    const path = paths[index] as string;
    if ("children" in result) lists.set(path, result.children);
    if (!("errorCode" in result)) return;
    const error = fromZooKeeperCode(result.errorCode, "list", path);
    if (refused === undefined) throw error;
    if (!isAbsent(result)) refused.push({ path, members: 0, unreadable: error.message });
  });
  return lists;
}
