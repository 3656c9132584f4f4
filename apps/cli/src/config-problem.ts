import { isAbsolute, relative, resolve } from "node:path";
import type { Problem } from "@borealis/schema";
import { printable } from "./table.ts";

const LONGEST_SEEN = 80;
/** A longer list is for the documentation, when we know what was meant anyway. */
const MOST_ALLOWED = 12;

/**
 * `web.aurora:12:7: jobs[0].service: must be true or false (saw "yes"); allowed: true, false; did you mean "true"?`
 * What comes after the first line of a message, as a list of candidates, follows on lines of its own.
 */
export function problemLine(problem: Problem, file: string, mark = ""): string {
  const { path, message, seen, allowed, suggestion } = problem;
  const [first = "", ...more] = message.split("\n").map(printable);
  const details = [
    seen === undefined ? "" : ` (saw ${shorten(JSON.stringify(seen) ?? String(seen))})`,
    allowed === undefined ? "" : allowedText(message, allowed, suggestion),
    suggestion === undefined ? "" : `; did you mean "${suggestion}"?`,
  ].join("");
  const where = path === "" ? "" : `${path}: `;
  const head = printable(`${placeOf(problem, file)}: ${mark}${where}`);
  return [`${head}${first}${printable(details)}`, ...more].join("\n");
}

/**
 * The file that a problem is in, as the person would name it: loaders know absolute paths, and code scanners find only
 * relative ones in their own checkout.
 */
export function fileOf({ file: own }: Problem, file: string): string {
  if (own === undefined || resolve(own) === resolve(file)) return file;
  const near = relative("", own);
  return isAbsolute(file) || near.startsWith("..") ? own : near;
}

function placeOf(problem: Problem, file: string): string {
  const { line, column } = problem;
  return [fileOf(problem, file), line, line === undefined ? undefined : column]
    .filter((part) => part !== undefined)
    .join(":");
}

function allowedText(message: string, allowed: readonly string[], suggestion: string | undefined): string {
  const isLong = allowed.length > MOST_ALLOWED;
  if (allowed.every((word) => message.includes(word)) || (isLong && suggestion !== undefined)) return "";
  const more = isLong ? ` … (${allowed.length} in all)` : "";
  return `; allowed: ${allowed.slice(0, MOST_ALLOWED).join(", ")}${more}`;
}

function shorten(text: string): string {
  return text.length > LONGEST_SEEN ? `${text.slice(0, LONGEST_SEEN)}…` : text;
}
