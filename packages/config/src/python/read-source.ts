import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { Problem } from "@borealis/schema";

/** Of one file, and of all that it includes together. */
export const MOST_SOURCE_BYTES = 16 * 1024 * 1024;

/** A configuration's text, or why there is none. A larger file is not read. */
export async function readSource(file: string): Promise<{ text: string } | { problem: Problem }> {
  try {
    // A pipe without a writer would be waited for.
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await handle.stat();
    if (!found.isFile()) return { problem: { rule: "load", path: "", message: "is not a regular file" } };
    if (found.size > MOST_SOURCE_BYTES) return { problem: tooLarge(found.size) };
    return decode(await handle.readFile());
  } catch (error) {
    return { problem: { rule: "load", path: "", message: whyNot(error) } };
  }
}

function tooLarge(bytes: number): Problem {
  const message = `is larger than a configuration may be: ${bytes} bytes of at most ${MOST_SOURCE_BYTES}`;
  return { rule: "limit", path: "", message };
}

function decode(bytes: Buffer): { text: string } | { problem: Problem } {
  if (bytes.length > MOST_SOURCE_BYTES) return { problem: tooLarge(bytes.length) };
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { text: text.replaceAll("\r\n", "\n") };
  } catch {
    const { line, column, byte } = firstBadByte(bytes);
    const message = `is not UTF-8: byte 0x${byte.toString(16).padStart(2, "0")}; save it as UTF-8`;
    return { problem: { rule: "syntax", path: "", message, line, column } };
  }
}

/** Found as the first place where encoding the decoded text again gives something else. */
function firstBadByte(bytes: Buffer): { line: number; column: number; byte: number } {
  const again = Buffer.from(bytes.toString("utf8"), "utf8");
  let at = 0;
  while (at < bytes.length && bytes[at] === again[at]) at += 1;
  const before = bytes.subarray(0, at).toString("utf8").split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, byte: bytes[at] ?? 0 };
}

function whyNot(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES") return "can not be read: permission denied";
  if (code === "EISDIR") return "is a directory";
  return `can not be read: ${message}`;
}
