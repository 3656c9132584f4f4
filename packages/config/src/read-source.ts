import { isUtf8 } from "node:buffer";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Problem } from "@borealis/schema";
import { LineIndex } from "./line-index.ts";

/** Of one file, and of all that it includes together: more than a person wrote; keeps a wrong file from taking all memory. */
export const MOST_SOURCE_BYTES = 16 * 1024 ** 2;

type Source = { readonly text: string } | { readonly problem: Problem };

/** Reads a configuration as the text it is: UTF-8, with or without a byte order mark, and of a sane size. */
export async function readSource(file: string): Promise<Source> {
  try {
    // A pipe without a writer would be waited for.
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await handle.stat();
    if (found.isDirectory()) return { problem: unreadable(file, "is a directory") };
    if (!found.isFile()) return { problem: unreadable(file, "is no regular file") };
    if (found.size > MOST_SOURCE_BYTES) return { problem: tooLarge(file) };
    const bytes = await readAtMost(handle, (found.size || MOST_SOURCE_BYTES) + 1);
    return bytes.length > MOST_SOURCE_BYTES ? { problem: tooLarge(file) } : decode(bytes, file);
  } catch (error) {
    return { problem: unreadable(file, inWords(error as NodeJS.ErrnoException)) };
  }
}

/** A file that grows, or one of the kernel's that says it has no size, has no end that could be waited for. */
async function readAtMost(handle: FileHandle, most: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(most);
  let length = 0;
  while (length < most) {
    const { bytesRead } = await handle.read(bytes, length, most - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}

function decode(bytes: Buffer, file: string): Source {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    const good = goodLength(bytes);
    const start = characterStart(bytes, good);
    const before = new TextDecoder().decode(bytes.subarray(0, start));
    const what =
      good === bytes.length
        ? "it ends within a character"
        : `byte 0x${bytes[start]?.toString(16)} is of no character`;
    const message = `is not UTF-8 text: ${what}`;
    return {
      problem: { rule: "syntax", path: "", file, message, ...new LineIndex(before).at(before.length) },
    };
  }
}

/** The length of the longest beginning that can still become UTF-8: found by halving, for there is no asking where. */
function goodLength(bytes: Buffer): number {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (mayBegin(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

/** Where the character begins that could not go on at `end`. */
function characterStart(bytes: Buffer, end: number): number {
  const starts = [end, end - 1, end - 2, end - 3];
  return starts.find((start) => start >= 0 && isUtf8(bytes.subarray(0, start))) ?? end;
}

function mayBegin(bytes: Buffer): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  EACCES: "may not be read by this user",
  EISDIR: "is a directory",
};

function inWords({ code, message }: NodeJS.ErrnoException): string {
  return WORDS[code ?? ""] ?? `cannot be read: ${message}`;
}

function unreadable(file: string, message: string): Problem {
  return { rule: "load", path: "", file, message };
}

function tooLarge(file: string): Problem {
  const message = `is larger than ${MOST_SOURCE_BYTES / 1024 ** 2} MB`;
  return { rule: "limit", path: "", file, message };
}
