import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { printable } from "./table.ts";

/** No configuration is larger; a place in such a file is still named, but not shown. */
const LARGEST_BYTES = 16 * 1024 ** 2;
const LONGEST_LINE = 100;
/** What is shown before the place when the line is too long. */
const BEFORE = 40;

/** The texts of configurations, each read once, to show the places of problems in them. */
export class Sources {
  readonly #lines = new Map<string, Promise<readonly string[]>>();

  /** The line with a caret below the column; nothing when the file is not what it was. */
  async excerpt(file: string, line: number, column: number | undefined): Promise<readonly string[]> {
    const known = this.#lines.get(file) ?? readLines(file);
    this.#lines.set(file, known);
    const text = (await known)[line - 1];
    return text === undefined ? [] : excerptOf(text, line, column);
  }
}

/** Columns count UTF-16 units from 1. */
export function excerptOf(text: string, line: number, column: number | undefined): readonly string[] {
  const at = Math.min((column ?? 1) - 1, text.length);
  const start = text.length > LONGEST_LINE && at > BEFORE ? at - BEFORE : 0;
  const end = start + LONGEST_LINE;
  const before = `${start > 0 ? "…" : ""}${shown(text.slice(start, at))}`;
  const after = `${shown(text.slice(at, end))}${end < text.length ? "…" : ""}`;
  const number = `${line}`.padStart(5);
  const shownLine = `${number} | ${before}${after}`.trimEnd();
  if (column === undefined) return [shownLine];
  return [shownLine, `${" ".repeat(number.length)} | ${" ".repeat([...before].length)}^`];
}

function shown(text: string): string {
  return printable(text.replaceAll("\t", "  "));
}

async function readLines(file: string): Promise<readonly string[]> {
  try {
    // A pipe without a writer would be waited for.
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile() || stat.size > LARGEST_BYTES) return [];
    return (await handle.readFile("utf8")).replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  } catch {
    // It was there when it was loaded; a report without this line is better than none.
    return [];
  }
}
