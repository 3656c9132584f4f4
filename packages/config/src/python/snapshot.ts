import { createHash, randomUUID } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { systemClock } from "@borealis/clock";
import { checksumOf } from "./snapshot-seal.ts";

/**
 * Python's memory after it has started, kept in a file of the user's: to read it back takes a sixth of the time.
 *
 * Whoever can write the file can run what he likes as this user's configurations, inside of their sandbox. So it is
 * used only when it is this user's own and nobody else can write to it. What can not be used is as if it was not there.
 */
const PREFIX = "python-";
const SUFFIX = ".snapshot";
const FORMAT = "2";
const PRIVATE_DIRECTORY = 0o700;
const PRIVATE_FILE = 0o600;
const WRITABLE_BY_OTHERS = 0o022;
const HOUR_MS = 60 * 60 * 1000;
/** Another process may be writing one. */
const ABANDONED_AFTER_MS = HOUR_MS;
/** Another version may be in use beside this one. */
const OUTDATED_AFTER_MS = 14 * 24 * HOUR_MS;
export const MOST_SNAPSHOT_BYTES = 256 * 1024 * 1024;

export interface SnapshotFile extends AsyncDisposable {
  readonly fd: number;
}

/** Names all that a snapshot is made of: another one of those is another file. */
export function snapshotKey(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of [FORMAT, process.version, process.arch, ...parts]) hash.update(`${part.length}:${part}`);
  return hash.digest("hex").slice(0, 32);
}

export async function findSnapshot(directory: string, key: string): Promise<SnapshotFile | undefined> {
  let handle: FileHandle | undefined;
  try {
    if (!isPrivate(await stat(directory))) return undefined;
    handle = await open(join(directory, nameOf(key)), constants.O_RDONLY | constants.O_NOFOLLOW);
    const found = await handle.stat();
    if (found.isFile() && isPrivate(found) && found.size <= MOST_SNAPSHOT_BYTES) {
      const opened = handle;
      return { fd: opened.fd, [Symbol.asyncDispose]: () => opened.close() };
    }
  } catch {
    // There is none, or none that can be used.
  }
  await handle?.close().catch(() => {});
  return undefined;
}

/** Keeps a snapshot for the next time, and removes old ones. A cache that can not be written is none. */
export async function storeSnapshot(directory: string, key: string, bytes: Uint8Array): Promise<void> {
  const name = nameOf(key);
  const temporary = join(directory, `${PREFIX}${randomUUID()}.tmp`);
  try {
    // One by one: asked for all at once below /proc, Node tries for ever.
    for (const each of [dirname(directory), directory])
      await mkdir(each, { mode: PRIVATE_DIRECTORY }).catch(isThere);
    if (!isPrivate(await stat(directory))) return;
    const handle = await open(temporary, "wx", PRIVATE_FILE);
    try {
      await handle.writeFile(bytes);
      await handle.writeFile(checksumOf(bytes));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, join(directory, name));
    await removeOld(directory, name);
  } catch {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

async function removeOld(directory: string, kept: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name === kept || !name.startsWith(PREFIX)) continue;
    const path = join(directory, name);
    const age = name.endsWith(SUFFIX) ? OUTDATED_AFTER_MS : ABANDONED_AFTER_MS;
    if (await isOlderThan(age, path)) await rm(path, { force: true });
  }
}

async function isOlderThan(age: number, path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && systemClock.wallTime() - found.mtimeMs > age;
}

function isThere(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}

function isPrivate({ uid, mode }: Stats): boolean {
  return uid === process.getuid?.() && (mode & WRITABLE_BY_OTHERS) === 0;
}

function nameOf(key: string): string {
  return `${PREFIX}${key}${SUFFIX}`;
}
