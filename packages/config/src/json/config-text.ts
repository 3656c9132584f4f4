import { isUtf8 } from "node:buffer";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { Problem } from "@borealis/schema";
import { LineIndex } from "./line-index.ts";

/** Larger than any configuration a person wrote; keeps a wrong file from taking all memory. */
const LARGEST_CONFIG_BYTES = 16 * 1024 ** 2;

export type ConfigText = { readonly text: string } | { readonly problem: Problem };

/** Reads a configuration as the text it is: UTF-8, with or without a byte order mark, and of a sane size. */
export async function readConfigText(file: string): Promise<ConfigText> {
  try {
    // A pipe without a writer would be waited for.
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await handle.stat();
    if (found.isDirectory()) return { problem: unreadable(file, "is a directory") };
    if (!found.isFile()) return { problem: unreadable(file, "is no regular file") };
    if (found.size > LARGEST_CONFIG_BYTES) return { problem: tooLarge(file) };
    const bytes = await handle.readFile();
    return bytes.length > LARGEST_CONFIG_BYTES ? { problem: tooLarge(file) } : decode(bytes, file);
  } catch (error) {
    return { problem: unreadable(file, inWords(error as NodeJS.ErrnoException)) };
  }
}

function decode(bytes: Buffer, file: string): ConfigText {
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
  const message = `is larger than ${LARGEST_CONFIG_BYTES / 1024 ** 2} MB`;
  return { rule: "limit", path: "", file, message };
}
