import { isAbsolute, relative, resolve } from "node:path";
import { formatProblem, type Problem } from "@borealis/schema";
import { printable } from "./table.ts";

/** A problem, or what `mark` says it is instead, with its file named as the person would. */
export function problemLine(problem: Problem, file: string, mark = ""): string {
  return formatProblem(problem, file, { name: fileOf(problem, file), mark, printable });
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
