import type { FileHandle } from "node:fs/promises";
import type { LogFiles } from "./task-log-files.ts";

const CHUNK = 64 * 1024;
const LINE_FEED = 0x0a;

/**
 * Reads the logs of one run to their end, and on from there when asked again, as they are rotated: nothing is left out
 * or read twice.
 *
 *   stdout (open) ──► end of it ──► is it still `stdout`? yes: that was all, for now
 *                         ▲                │ no: it is `stdout.k` by now, or gone
 *                         └── next is `stdout.<k-1>`; of one that is gone, the oldest there is
 */
export class LogReader {
  readonly #files: LogFiles;
  #file: FileHandle | undefined;
  #offset = 0;
  /** Something was rotated out of existence before it could be read. */
  gap = false;

  constructor(files: LogFiles) {
    this.#files = files;
  }

  /** Whether there is a log at all. */
  get found(): boolean {
    return this.#file !== undefined;
  }

  /** Begins so far back that this many lines are to be read; `Infinity` for all. */
  async seek(lines: number): Promise<void> {
    let missing = lines;
    let atEnd = true;
    const backups = await this.#files.backups();
    for (let index = 0; index <= backups; index += 1) {
      const file = await this.#files.open(index);
      if (file === undefined) continue;
      await this.#file?.close();
      this.#file = file;
      const { size } = await file.stat();
      const { offset, feeds } = await seekBack(file, size, missing, atEnd);
      this.#offset = offset;
      missing -= feeds;
      if (offset > 0 || missing <= 0) return;
      atEnd &&= size === 0;
    }
  }

  /** What was written since, in pieces; ends where the log ends for now. */
  async *read(): AsyncGenerator<Buffer> {
    this.#file ??= await this.#files.open(0);
    while (this.#file !== undefined) {
      yield* this.#readOpen(this.#file);
      const next = await this.#next(this.#file);
      if (next === undefined) return;
      // It may have been written to between its end and its being replaced.
      yield* this.#readOpen(this.#file);
      await this.#file.close();
      [this.#file, this.#offset] = [next, 0];
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async *#readOpen(file: FileHandle): AsyncGenerator<Buffer> {
    // Somebody emptied it in place.
    if ((await file.stat()).size < this.#offset) this.#offset = 0;
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, this.#offset);
      if (bytesRead === 0) return;
      this.#offset += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  /** Undefined while there is none, and while a rotation is under way: the next look will tell. */
  async #next(current: FileHandle): Promise<FileHandle | undefined> {
    const index = await this.#indexOf(current);
    if (index === 0) return undefined;
    if (index === undefined) return this.#oldest(current);
    const next = await this.#files.open(index - 1);
    // Rotated between the two looks, it would not be the next but the same or the one after.
    if (next === undefined || (await this.#indexOf(current)) === index) return next;
    await next.close();
    return this.#next(current);
  }

  async #oldest(gone: FileHandle): Promise<FileHandle | undefined> {
    if ((await gone.stat()).nlink > 0) return undefined;
    for (let index = await this.#files.backups(); index >= 0; index -= 1) {
      const file = await this.#files.open(index);
      if (file === undefined) continue;
      if (index > 0) this.gap = true;
      return file;
    }
    return undefined;
  }

  /** Numbers only grow, so that looking upwards finds it even while it is renamed. */
  async #indexOf(file: FileHandle): Promise<number | undefined> {
    const { dev, ino } = await file.stat();
    const backups = await this.#files.backups();
    for (let index = 0; index <= backups + 1; index += 1) {
      const other = await this.#files.open(index);
      const found = await other?.stat();
      await other?.close();
      if (found?.dev === dev && found.ino === ino) return index;
    }
    return undefined;
  }
}

/**
 * Where the last `wanted` lines begin, and how many line feeds were counted on the way. At the very end of a log a line
 * feed ends the last line; at the end of a file that was rotated away it comes before another.
 */
async function seekBack(
  file: FileHandle,
  size: number,
  wanted: number,
  atEnd: boolean,
): Promise<{ readonly offset: number; readonly feeds: number }> {
  if (wanted === Number.POSITIVE_INFINITY) return { offset: 0, feeds: 0 };
  if (wanted === 0) return { offset: size, feeds: 0 };
  let feeds = 0;
  for (let end = size; end > 0; end -= Math.min(CHUNK, end)) {
    const begin = Math.max(0, end - CHUNK);
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(end - begin), 0, end - begin, begin);
    for (let at = buffer.lastIndexOf(LINE_FEED, bytesRead - 1); at >= 0; at = before(buffer, at)) {
      if (atEnd && begin + at === size - 1) continue;
      feeds += 1;
      if (feeds === wanted) return { offset: begin + at + 1, feeds };
    }
  }
  return { offset: 0, feeds };
}

/** `lastIndexOf` takes -1 for the end. */
function before(buffer: Buffer, at: number): number {
  return at === 0 ? -1 : buffer.lastIndexOf(LINE_FEED, at - 1);
}
