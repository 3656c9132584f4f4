import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  linkSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_TRUNC, O_WRONLY } = constants;

/**
 * A file that grows by whole pieces: a piece of which the disk took only a part is cut off before the next one, for
 * what is appended to half a line is damage in the middle of the file.
 *
 * Synchronous and without fsync. What was written survives this program, which is all it is for: with the host go the
 * processes that it tells of.
 */
export class AppendFile {
  readonly #fd: number;
  #bytes: number;
  #torn: boolean;

  private constructor(fd: number, bytes: number, torn: boolean) {
    this.#fd = fd;
    this.#bytes = bytes;
    this.#torn = torn;
  }

  /** @param bytes how much of it counts; what follows is cut off before the first piece, not now. */
  static open(path: string, bytes: number): AppendFile {
    return new AppendFile(openSync(path, O_WRONLY | O_APPEND | O_NOFOLLOW), bytes, true);
  }

  /** Never seen half made. @throws EEXIST */
  static create(path: string, contents: Buffer): AppendFile {
    return place(path, contents, (temporary) => {
      linkSync(temporary, path);
      rmSync(temporary);
    });
  }

  /** Takes the place of what is there, at once. */
  static replace(path: string, contents: Buffer): AppendFile {
    return place(path, contents, (temporary) => renameSync(temporary, path));
  }

  static adopt(fd: number, bytes: number): AppendFile {
    return new AppendFile(fd, bytes, false);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** All of it or nothing. @throws what the system says */
  append(piece: Buffer): void {
    this.#cut();
    this.#torn = true;
    try {
      writeFully(this.#fd, piece);
    } catch (error) {
      this.#cutQuietly();
      throw error;
    }
    this.#torn = false;
    this.#bytes += piece.length;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #cut(): void {
    if (!this.#torn) return;
    ftruncateSync(this.#fd, this.#bytes);
    this.#torn = false;
  }

  /** A disk that does not even take this is tried again with the next piece. */
  #cutQuietly(): void {
    try {
      this.#cut();
    } catch {}
  }
}

function place(path: string, contents: Buffer, put: (temporary: string) => void): AppendFile {
  const temporary = `${path}.next`;
  // One that a crash left may have more names than one: it is not written to.
  rmSync(temporary, { force: true });
  const fd = openSync(temporary, O_WRONLY | O_APPEND | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
  try {
    writeFully(fd, contents);
    put(temporary);
    return AppendFile.adopt(fd, contents.length);
  } catch (error) {
    closeSync(fd);
    rmSync(temporary, { force: true });
    throw error;
  }
}

function writeFully(fd: number, piece: Buffer): void {
  for (let written = 0; written < piece.length; ) written += writeSync(fd, piece, written);
}

/** @throws what the system says, or a sentence when it is no file or has more than `maxBytes`. */
export function readBounded(path: string, maxBytes: number): Buffer {
  // Without O_NONBLOCK a named pipe would keep us here for ever.
  const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new Error("it is not a file");
    if (stat.size > maxBytes) throw new Error(`it has ${stat.size} bytes, more than ${maxBytes}`);
    const bytes = Buffer.allocUnsafe(stat.size);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(fd, bytes, length, bytes.length - length, null);
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(fd);
  }
}
