import * as fs from "node:fs";
import { promisify } from "node:util";
import { historyPath } from "./history-directory.ts";
import type { EntryWriter } from "./history-entry-writer.ts";
import { FILE_HEADER, fileHeader } from "./history-frames.ts";

const open = promisify(fs.open);
const write = promisify(fs.write);
const sync = promisify(fs.fsync);
const unlink = promisify(fs.unlink);
const close = promisify(fs.close);

/** Of what a new file has not yet, with one write: about a tenth of a millisecond of the event loop. */
const LARGEST_SLICE = 256 * 1024;
const SMALLEST_FULL = 1024 * 1024;

interface Target {
  readonly fd: number;
  readonly path: string;
  /** Where the next frame goes. */
  end: number;
}

/** A frame that is on its way, or did not arrive. */
interface InFlight {
  readonly target: Target;
  readonly frame: Buffer;
  readonly position: number;
}

export interface HistoryFileOptions {
  readonly directory: string;
  /** Of all files together. */
  readonly limit: number;
  readonly writer: EntryWriter;
  /** Bytes that writing down all of memory takes. */
  readonly memorySize: () => number;
  /** Before everything is written: the time to let go of what is too old. */
  readonly onNewFile: () => void;
  readonly old: readonly string[];
  readonly nextNumber: number;
}

/**
 * The files. What waits is appended to the newest; when that is full, a new one is begun, which gets, beside what comes
 * in, everything that is remembered, slice by slice.
 *
 *   one file ──full──► and a new one ──it has everything──► synced ──► the old one removed ──► one file
 *
 * Killed in between, both are read: what the new one says of a check replaces what the old one said.
 *
 * Writing, syncing and removing is done by libuv's threads, except in `begin` and `close`: while a disk does not answer,
 * ZooKeeper must go on hearing from us. Nothing is synced but before a removal; a killed process needs only what the
 * kernel has, and after a power cut the end of the file is missing.
 */
export class HistoryFile {
  readonly #options: HistoryFileOptions;
  #target: Target | undefined;
  /** Not needed when the newest has everything. */
  #old: string[];
  #number: number;
  #inFlight: InFlight | undefined;
  #closed = false;
  readonly #slice: number;

  constructor(options: HistoryFileOptions) {
    this.#options = options;
    this.#slice = Math.min(LARGEST_SLICE, options.limit / 32);
    this.#old = [...options.old];
    this.#number = options.nextNumber;
  }

  /** There is more to do than to write what comes in. */
  get unfinished(): boolean {
    return this.#target === undefined || this.#old.length > 0 || this.#inFlight !== undefined;
  }

  /** Writes everything to a first file and removes the old ones, before it returns. */
  begin(): void {
    const { fd, path } = this.#createSync();
    this.#drainSync(this.#adopt(fd, path));
    if (this.#old.length === 0) return;
    fs.fsyncSync(fd);
    for (const old of this.#old) fs.rmSync(old, { force: true });
    this.#old = [];
  }

  /** One step: what waits, and a slice of what else there is to do. Not called again before it has settled. */
  async write(): Promise<void> {
    if (this.#inFlight !== undefined) await this.#send(this.#inFlight);
    if (this.#closed) return;
    if (this.#full()) await this.#change();
    const target = this.#target;
    if (this.#closed || target === undefined) return;
    const { writer } = this.#options;
    writer.addWholes(this.#slice);
    if (writer.waiting > 0) await this.#send(this.#seal(target));
    if (writer.complete && this.#old.length > 0) await this.#removeOld(target);
  }

  /**
   * Writes what waits. Some may be on its way at this moment: the same bytes at the same place do no harm, nor does what
   * a thread does later. A file that it creates is empty, and one that it removes is not needed.
   */
  close(): void {
    this.#closed = true;
    if (this.#target === undefined) return this.begin();
    const flight = this.#inFlight;
    if (flight !== undefined) writeAllSync(flight.target.fd, flight.frame, flight.position);
    this.#drainSync(this.#target);
  }

  /** After `close`, and when no `write` goes on: the descriptor is soon another file's. */
  release(): void {
    if (this.#target !== undefined) fs.closeSync(this.#target.fd);
    this.#target = undefined;
  }

  /** What waits, and all the newest has not. */
  #drainSync(target: Target): void {
    const { writer } = this.#options;
    for (writer.addWholes(this.#slice); writer.waiting > 0; writer.addWholes(this.#slice)) {
      const flight = this.#seal(target);
      writeAllSync(target.fd, flight.frame, flight.position);
      this.#arrived(flight);
    }
  }

  /** Two of these, and a frame for each, are the limit; earlier, when writing everything is no more than the rest was. */
  #full(): boolean {
    if (this.#target === undefined) return true;
    const { limit, memorySize } = this.#options;
    const most = limit * (3 / 8);
    const least = this.#old.length > 0 ? most : Math.max(SMALLEST_FULL, 2 * memorySize());
    return this.#target.end >= Math.min(most, least);
  }

  async #change(): Promise<void> {
    const { fd, path } = await this.#create();
    if (this.#closed) return close(fd);
    const before = this.#target;
    // What waits speaks of names that only the file before knows.
    const last = before !== undefined && this.#options.writer.waiting > 0 ? this.#seal(before) : undefined;
    this.#adopt(fd, path);
    if (before === undefined) return;
    try {
      if (last !== undefined) await this.#send(last);
    } catch {
      // The new file gets it from memory.
      this.#inFlight = undefined;
    } finally {
      await close(before.fd);
    }
    // Full before it had everything, because more came in than could be written: without it there is room for the next.
    if (this.#old.length > 0) await remove(before.path);
    else this.#old.push(before.path);
  }

  #nextPath(): string {
    return historyPath(this.#options.directory, this.#number++);
  }

  async #create(): Promise<{ fd: number; path: string }> {
    const path = this.#nextPath();
    const fd = await open(path, "wx", 0o600);
    try {
      await writeAll(fd, fileHeader(), 0);
      return { fd, path };
    } catch (error) {
      await close(fd);
      await remove(path);
      throw error;
    }
  }

  /** The same, and never a file that is there: a history closed a moment ago may just have created one more. */
  #createSync(): { fd: number; path: string } {
    const path = this.#nextPath();
    let fd: number;
    try {
      fd = fs.openSync(path, "wx", 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return this.#createSync();
      throw error;
    }
    try {
      writeAllSync(fd, fileHeader(), 0);
      return { fd, path };
    } catch (error) {
      fs.closeSync(fd);
      fs.rmSync(path, { force: true });
      throw error;
    }
  }

  #adopt(fd: number, path: string): Target {
    const target = { fd, path, end: FILE_HEADER };
    this.#target = target;
    this.#options.onNewFile();
    this.#options.writer.startOver();
    return target;
  }

  #seal(target: Target): InFlight {
    const frame = this.#options.writer.seal();
    const flight = { target, frame, position: target.end };
    target.end += frame.length;
    this.#inFlight = flight;
    return flight;
  }

  /** When it fails it is sent again, to the same place: half a frame is in nobody's way. */
  async #send(flight: InFlight): Promise<void> {
    await writeAll(flight.target.fd, flight.frame, flight.position);
    this.#arrived(flight);
  }

  #arrived(flight: InFlight): void {
    if (this.#inFlight === flight) this.#inFlight = undefined;
    this.#options.writer.recycle(flight.frame);
  }

  async #removeOld(target: Target): Promise<void> {
    await sync(target.fd);
    while (!this.#closed) {
      const path = this.#old[0];
      if (path === undefined) return;
      await remove(path);
      this.#old.shift();
    }
  }
}

async function remove(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

async function writeAll(fd: number, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await write(fd, bytes, at, bytes.length - at, position + at)).bytesWritten;
  }
}

function writeAllSync(fd: number, bytes: Buffer, position: number): void {
  for (let at = 0; at < bytes.length; ) at += fs.writeSync(fd, bytes, at, bytes.length - at, position + at);
}
