import { constants } from "node:fs";
import { type FileHandle, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { EXIT } from "./exit-codes.ts";
import { CliError } from "./fail.ts";

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** A named pipe in a log's place must not hold us up. */
const FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export type Stream = "stdout" | "stderr";

/**
 * The logs of one run: `stdout`, and what was rotated away from it, `stdout.1` being the youngest.
 *
 * All of a sandbox belongs to whoever runs in it, so no link in it is followed: each directory is opened from within the
 * one before, and what is opened is looked at, not its name.
 */
export class LogFiles {
  readonly #sandbox: string;
  readonly #path: readonly string[];
  readonly #stream: Stream;

  constructor(sandbox: string, process: string, run: number, stream: Stream) {
    if (process.includes("/") || process === "." || process === "..") throw refused(process);
    this.#sandbox = sandbox;
    this.#path = [".logs", process, String(run)];
    this.#stream = stream;
  }

  /** 0 is the one that is written now. Undefined when there is none. @throws when it is not a plain file */
  async open(index: number): Promise<FileHandle | undefined> {
    const name = index === 0 ? this.#stream : `${this.#stream}.${index}`;
    return this.#inDirectory(async (directory) => {
      const file = await open(join(directory, name), FILE);
      if ((await file.stat()).isFile()) return file;
      await file.close();
      throw refused(name);
    });
  }

  /** How many were rotated away and are kept. */
  async backups(): Promise<number> {
    const names = (await this.#inDirectory((directory) => readdir(directory))) ?? [];
    const numbers = names.flatMap((name) => {
      const [stream, digits, ...more] = name.split(".");
      return stream === this.#stream && more.length === 0 && /^[1-9]\d{0,5}$/.test(digits ?? "")
        ? [Number(digits)]
        : [];
    });
    return Math.max(0, ...numbers);
  }

  async #inDirectory<T>(use: (directory: string) => Promise<T>): Promise<T | undefined> {
    let directory: FileHandle | undefined;
    try {
      directory = await open(this.#sandbox, DIRECTORY);
      for (const name of this.#path) {
        const next = await open(join(pathOf(directory), name), DIRECTORY);
        await directory.close();
        directory = next;
      }
      return await use(pathOf(directory));
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return undefined;
      if (code === "ELOOP" || code === "ENOTDIR") throw refused(this.#path.join("/"));
      throw code === "EACCES" ? new CliError(`${this.#sandbox}: may not be read`, EXIT.auth) : error;
    } finally {
      await directory?.close();
    }
  }
}

/** A link is none either: it could lead to anything that we may read and its maker may not. */
function refused(what: string): CliError {
  return new CliError(
    `${what} is not what a log should be, a plain file in its own directory: it is not read`,
    EXIT.failed,
  );
}

/** Leads to what is open, wherever that is by now: Node has no openat. */
function pathOf({ fd }: FileHandle): string {
  return `/proc/self/fd/${fd}`;
}
