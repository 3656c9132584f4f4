import { isCode } from "./errors.ts";
import type { Connection } from "./zookeeper/connection.ts";
import type { Acl } from "./zookeeper/security.ts";
import { pathProblem } from "./zookeeper/znode-path.ts";

/** How many questions are under way at once when a server has to be asked znode by znode. */
const SCAN_WINDOW = 64;

/**
 * The ephemeral znodes of this connection's session that begin with `prefix` and hold exactly `data`, all that was
 * committed before the call included.
 */
export async function ownZnodes(connection: Connection, prefix: string, data: Buffer): Promise<string[]> {
  // A follower that lags behind would not yet show what was created through another.
  await connection.sync(prefix);
  const owned = await ownedPaths(connection, prefix);
  const texts = await inWindows(owned, (path) => connection.getData(path).catch(absentIsUndefined));
  return owned.filter((_, index) => texts[index]?.equals(data) === true);
}

async function ownedPaths(connection: Connection, prefix: string): Promise<string[]> {
  try {
    return await connection.getEphemerals(prefix);
  } catch (error) {
    // Before ZooKeeper 3.6.
    if (!isCode(error, "UNSUPPORTED")) throw error;
  }
  const parent = prefix.slice(0, prefix.lastIndexOf("/"));
  const children = (await connection.getChildren(parent).catch(absentIsUndefined)) ?? [];
  const candidates = children.map((child) => `${parent}/${child}`).filter((path) => path.startsWith(prefix));
  const owners = await inWindows(candidates, (path) => connection.ownerOf(path));
  return candidates.filter((_, index) => owners[index] === connection.sessionId);
}

async function inWindows<T>(paths: readonly string[], ask: (path: string) => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  for (let at = 0; at < paths.length; at += SCAN_WINDOW) {
    answers.push(...(await Promise.all(paths.slice(at, at + SCAN_WINDOW).map(ask))));
  }
  return answers;
}

/** Creates the missing ancestors of a path and leaves those that exist alone, locked ones included. */
export async function ensureParents(
  connection: Connection,
  path: string,
  acl?: readonly Acl[],
): Promise<void> {
  const problem = pathProblem(path);
  if (problem !== undefined) throw problem;
  const steps = path.split("/").slice(1, -1);
  const ancestors = steps.map((_, index) => `/${steps.slice(0, index + 1).join("/")}`);
  // Asked before, not found out by creating: a locked ancestor would answer NO_AUTH although it is there.
  const owners = await Promise.all(ancestors.map((ancestor) => connection.ownerOf(ancestor)));
  for (const [index, ancestor] of ancestors.entries()) {
    if (owners[index] !== undefined) continue;
    await connection.create(ancestor, Buffer.alloc(0), "persistent", acl).catch((error: unknown) => {
      if (!isCode(error, "NODE_EXISTS")) throw error;
    });
  }
}

/** For a question about a znode that may go at any moment. */
export function absentIsUndefined(error: unknown): undefined {
  if (!isCode(error, "NO_NODE")) throw error;
  return undefined;
}
