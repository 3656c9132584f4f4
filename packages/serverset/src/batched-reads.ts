import { isCode, ServerSetError } from "./errors.ts";
import { isOld, rememberOld } from "./old-servers.ts";
import type { Connection } from "./zookeeper/connection.ts";
import type { Read, ReadResult } from "./zookeeper/raw-operations.ts";
import type { ZooKeeperSession } from "./zookeeper/session-supervisor.ts";

/** Requests under way at a time: enough to keep the server busy while we parse, few enough to leave room for others. */
export const MOST_REQUESTS = 4;
export const LARGEST_BATCH = 500;
/** Old servers are asked for one znode at a time; four batches make a window of 256. */
const OLD_BATCH = 64;
const LARGEST_REQUEST_BYTES = 256 * 1024;
/** What a path takes in a request besides its own bytes, with room to spare. */
const BYTES_AROUND_PATH = 16;

/** The number of `paths`, from `start` on, that fit into one request. */
export function batchEnd(paths: readonly string[], start: number, most: number): number {
  let bytes = 0;
  let end = start;
  for (; end < paths.length && end - start < most; end++) {
    // A character of a path takes three bytes at most.
    bytes += (paths[end] as string).length * 3 + BYTES_AROUND_PATH;
    if (bytes > LARGEST_REQUEST_BYTES && end > start) break;
  }
  return end;
}

/** Reads in batches, a few under way at a time; `take` is given each result as its batch arrives. */
export async function readInBatches(
  session: ZooKeeperSession,
  connection: Connection,
  kind: Read["kind"],
  paths: readonly string[],
  { most = LARGEST_BATCH, signal }: { most?: number; signal?: AbortSignal },
  take: (result: ReadResult, index: number) => void,
): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < paths.length) {
      signal?.throwIfAborted();
      const start = next;
      next = batchEnd(paths, start, isOld(session, connection) ? Math.min(most, OLD_BATCH) : most);
      const batch = paths.slice(start, next).map((path): Read => ({ kind, path }));
      const results = await readMany(session, connection, batch);
      for (const [index, result] of results.entries()) take(result, start + index);
    }
  };
  await Promise.all(Array.from({ length: MOST_REQUESTS }, work));
}

/** Many reads in one round trip where the server can; results in the order asked. */
export async function readMany(
  session: ZooKeeperSession,
  connection: Connection,
  reads: readonly Read[],
): Promise<readonly ReadResult[]> {
  if (!isOld(session, connection)) {
    try {
      return await connection.multiRead(reads);
    } catch (error) {
      if (!isCode(error, "UNSUPPORTED")) throw error;
      rememberOld(session, connection);
    }
  }
  return Promise.all(reads.map((read) => readAlone(connection, read)));
}

async function readAlone(connection: Connection, { kind, path }: Read): Promise<ReadResult> {
  try {
    if (kind === "data") return await connection.read(path);
    return { children: await connection.getChildren(path) };
  } catch (error) {
    if (error instanceof ServerSetError && error.zkCode !== undefined) return { errorCode: error.zkCode };
    throw error;
  }
}
