import { closeSync, openSync, readSync } from "node:fs";
import { isErrno } from "../errors.ts";
import { parseLine, type RunLine } from "./runs-line.ts";

const CHUNK = 64 * 1024;
const LINE_END = 0x0a;

/** Reads a task's `runs`, each line once, as it grows. The last line is left alone until its end has been written. */
export class RunsLog {
  readonly #path: string;
  readonly #onProblem: (problem: string) => void;
  readonly #buffer = Buffer.alloc(CHUNK);
  #file: number | undefined;
  #offset = 0;

  constructor(path: string, onProblem: (problem: string) => void) {
    this.#path = path;
    this.#onProblem = onProblem;
  }

  /** What has been added since. */
  *read(): Generator<RunLine> {
    this.#file ??= openIfThere(this.#path);
    if (this.#file === undefined) return;
    for (;;) {
      const count = readSync(this.#file, this.#buffer, 0, CHUNK, this.#offset);
      const end = this.#buffer.subarray(0, count).lastIndexOf(LINE_END) + 1;
      // No line is that long: what fills the buffer without an end is not ours.
      const taken = end === 0 && count === CHUNK ? CHUNK : end;
      if (taken === 0) return;
      // Before it is told: who hears of it may ask for more.
      const at = this.#offset;
      this.#offset += taken;
      yield* this.#lines(Buffer.from(this.#buffer.subarray(0, taken)), at);
      if (count < CHUNK) return;
    }
  }

  *#lines(bytes: Buffer, at: number): Generator<RunLine> {
    for (let from = 0; from < bytes.length; ) {
      const found = bytes.indexOf(LINE_END, from);
      const end = found === -1 ? bytes.length : found;
      const line = end === from ? undefined : parseLine(bytes.subarray(from, end));
      if (line !== undefined) yield line;
      else if (end > from) this.#onProblem(`${this.#path}: the line at byte ${at + from} is damaged`);
      from = end + 1;
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}
