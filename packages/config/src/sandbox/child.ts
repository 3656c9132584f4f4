import { closeSync, fstatSync, readSync, writeSync } from "node:fs";
import { ANSWER_END, ANSWER_FD, type Envelope, STARTED } from "./descriptors.ts";
import { lockDown } from "./lockdown.ts";

const CHUNK_BYTES = 1024 * 1024;

export interface Served {
  /** To be called right before foreign code runs: takes the network away and starts its time. */
  readonly begin: () => void;
}

/** The child's side of `runSandboxed`: one request, one answer, both JSON. */
export async function serve(
  handle: (input: unknown, served: Served) => Promise<unknown> | unknown,
): Promise<void> {
  const { input, opened } = JSON.parse(readWhole(0).toString("utf8")) as Envelope;
  // Objects that foreign code gets hold of must not reach the descriptors' functions by a changed prototype.
  const write = writeSync;
  const begin = () => {
    lockDown();
    for (const fd of opened) closeSync(fd);
    writeWhole(ANSWER_FD, Buffer.from(STARTED), write);
  };
  const answer = await handle(input, { begin });
  const text = typeof answer === "string" ? answer : JSON.stringify(answer);
  writeWhole(ANSWER_FD, Buffer.from(text + ANSWER_END), write);
  // Timers and sockets of foreign code would keep the process.
  process.exit(0);
}

/** All that can be read from a descriptor. */
function readWhole(fd: number): Buffer {
  const chunks: Buffer[] = [];
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const count = again(() => readSync(fd, chunk, 0, chunk.length, null));
    if (count === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, count));
  }
}

/** A regular file at once, which is faster by a copy. */
export function readWholeFile(fd: number): Buffer {
  const { size } = fstatSync(fd);
  const whole = Buffer.allocUnsafeSlow(size);
  let at = 0;
  while (at < size) {
    const count = readSync(fd, whole, at, size - at, at);
    if (count === 0) break;
    at += count;
  }
  return whole.subarray(0, at);
}

export function writeWhole(fd: number, bytes: Uint8Array, write: typeof writeSync = writeSync): void {
  for (let at = 0; at < bytes.length; ) at += again(() => write(fd, bytes, at, bytes.length - at));
}

/** A pipe that is full, or empty, says so when another end made it non-blocking. */
function again(operation: () => number): number {
  for (;;) {
    try {
      return operation();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
