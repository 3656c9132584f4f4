import { execFile } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { OUTPUT_LIMIT } from "../probes/check-result.ts";

const run = promisify(execFile);
const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;

// What is read is looked at before anything else is: one buffer does for every pipe, however much is written.
const buffer = new Uint8Array(64 * 1024);

/** What a command writes in one run. */
export interface Output {
  /** For the command, as often as it likes. Ours is to be closed by `started`. */
  readonly writer: number;
  /** The command has its copies, or never will. */
  started(): void;
  /** Nobody holds the writing end any more, and all was read. */
  readonly ended: Promise<void>;
  /** The end of what was written, so far. */
  tail(): string;
  /** Stops reading. */
  close(): void;
}

/**
 * A pipe through which commands write, one after the other.
 *
 * A FIFO, since what Node itself calls a pipe is a pair of sockets, which no command can open by a name: there
 * `echo unwell > /dev/stderr` fails with "No such device or address". It needs a name for a moment only.
 */
export class OutputPipe {
  // Keeps it in being; whoever reads or writes opens it anew, so that each has an end and a mode of their own.
  readonly #held: number;
  #clean = true;

  private constructor(held: number) {
    this.#held = held;
  }

  static async make(signal: AbortSignal): Promise<OutputPipe> {
    const directory = await mkdtemp(join(tmpdir(), "borealis-check-"));
    try {
      const path = join(directory, "output");
      // For everybody: the command may be another user's, and the directory is ours alone.
      await run("mkfifo", ["-m", "666", path], { signal });
      return new OutputPipe(openSync(path, O_RDONLY | O_NONBLOCK));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  /** False when there may be a writer left, or something unread, which the next run must not take for its own. */
  get clean(): boolean {
    return this.#clean;
  }

  open(): Output {
    // First, as a pipe without a writer has ended.
    const writer = this.#openAgain(O_WRONLY);
    const tail = new Tail();
    let writing = true;
    const reader = new Socket({
      fd: this.#openReader(writer),
      readable: true,
      writable: false,
      onread: {
        buffer,
        callback(length, chunk) {
          tail.add(chunk.subarray(0, length));
          return true;
        },
      },
    });
    this.#clean = false;
    const ended = new Promise<void>((resolve) => {
      reader.once("end", () => {
        this.#clean = true;
        resolve();
      });
      reader.on("error", () => resolve());
    });
    reader.resume();
    return {
      writer,
      ended,
      started() {
        if (writing) closeSync(writer);
        writing = false;
      },
      tail: () => tail.text(),
      close: () => reader.destroy(),
    };
  }

  close(): void {
    closeSync(this.#held);
  }

  #openReader(writer: number): number {
    try {
      return this.#openAgain(O_RDONLY | O_NONBLOCK);
    } catch (error) {
      closeSync(writer);
      throw error;
    }
  }

  #openAgain(flags: number): number {
    return openSync(`/proc/self/fd/${this.#held}`, flags);
  }
}

class Tail {
  #bytes = new Uint8Array(0);
  #cut = false;

  add(chunk: Uint8Array): void {
    const all = Buffer.concat([this.#bytes, chunk.subarray(-OUTPUT_LIMIT)]);
    this.#cut ||= all.length > OUTPUT_LIMIT || chunk.length > OUTPUT_LIMIT;
    // A copy, as `all` may be a part of Node's pool.
    this.#bytes = new Uint8Array(all.subarray(-OUTPUT_LIMIT));
  }

  text(): string {
    let from = 0;
    // The rest of a character that was cut in two.
    while (this.#cut && from < 3 && ((this.#bytes[from] ?? 0) & 0xc0) === 0x80) from++;
    return new TextDecoder().decode(this.#bytes.subarray(from));
  }
}
