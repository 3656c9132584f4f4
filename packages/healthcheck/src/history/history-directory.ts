import { chmodSync, closeSync, fstatSync, openSync, readdirSync, renameSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { EntryReader } from "./history-entry-reader.ts";
import { type Reading, readFrames } from "./history-frames.ts";
import type { HistoryMemory } from "./history-memory.ts";

/*
 *   health.000012.log            the newest is written; older ones are there until the newest has everything
 *   health.000011.log.damaged    moved aside
 *   health.lock                  locked by the process that writes
 */
// Numbers that can be counted on: past 2^53 the next one is the same.
const OURS = /^health\.(\d{6,15})\.log(\.damaged)?$/;
const LOCK = "health.lock";
/** A disk that damages one file after the other must not be filled with them. */
const DAMAGED_KEPT = 2;

const SQLITE_BUSY = 5;
const SQLITE_NOTADB = 26;

export interface Lock {
  release(): void;
}

/**
 * Only one process writes. Node can not lock a file; SQLite can, and the kernel lets go of its lock when the process
 * dies, in whatever way. Undefined when another has it.
 */
export function takeLock(directory: string): Lock | undefined {
  const path = join(directory, LOCK);
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // Not on disk: beside the lock there would be a journal, of an empty database.
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    chmodSync(path, 0o600);
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    const { errcode } = error as { errcode?: number };
    if (errcode === SQLITE_BUSY) return undefined;
    if (errcode !== SQLITE_NOTADB) throw error;
    // Somebody wrote into it, and nobody holds it.
    unlinkSync(path);
    return takeLock(directory);
  }
}

export interface Found {
  /** The files that were taken up, and are not needed once everything is in a new one. */
  readonly files: readonly string[];
  readonly nextNumber: number;
}

/** Takes up what is there, as far as it can be read; the rest is moved aside. */
export function readHistory(
  directory: string,
  memory: HistoryMemory,
  onProblem: (text: string) => void,
): Found {
  const found = list(directory);
  const files: string[] = [];
  for (const { path, damaged } of found) {
    if (damaged) continue;
    const reading = readFile(path, memory);
    if (reading === undefined) continue;
    if ("torn" in reading) {
      files.push(path);
      if (reading.torn > 0) {
        onProblem(`The last ${reading.torn} bytes of ${path} were not written completely and are left out`);
      }
    } else moveAside(path, reading.damaged, onProblem);
  }
  const damaged = list(directory).filter((file) => file.damaged);
  for (const { path } of damaged.slice(0, -DAMAGED_KEPT)) removeQuietly(path);
  return { files, nextNumber: Math.max(0, ...found.map(({ number }) => number)) + 1 };
}

export function historyPath(directory: string, number: number): string {
  return join(directory, `health.${String(number).padStart(6, "0")}.log`);
}

function list(directory: string) {
  return readdirSync(directory)
    .flatMap((name) => {
      const match = OURS.exec(name);
      if (match === null) return [];
      return [{ path: join(directory, name), number: Number(match[1]), damaged: match[2] !== undefined }];
    })
    .sort((a, b) => a.number - b.number);
}

/** Undefined: it is gone. A history closed a moment ago has removed it, because a newer one has everything. */
function readFile(path: string, memory: HistoryMemory): Reading | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    const reader = new EntryReader(memory);
    return readFrames(fd, fstatSync(fd).size, (content) => reader.read(content));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? undefined : { damaged: message };
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function moveAside(path: string, why: string, onProblem: (text: string) => void): void {
  const aside = `${path}.damaged`;
  const from = `The history of health checks in ${path} can not be read on: ${why}`;
  try {
    renameSync(path, aside);
    onProblem(
      `${from}. It is now ${aside}, the newest ${DAMAGED_KEPT} of these are kept; what came before is taken up, and checks go on`,
    );
  } catch (error) {
    const { message } = error as Error;
    onProblem(`${from}. It could not be moved aside (${message}) and is left there; checks go on`);
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Told already that it is damaged; it is tried again at the next start.
  }
}
