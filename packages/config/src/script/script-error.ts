import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ProblemRule } from "@borealis/schema";
import { BuildError } from "../template/build-error.ts";
import { NODE_WORDS } from "./node-words.ts";
import { placeInHeader, placeInStack, placeInText } from "./thrown-place.ts";

/** Why a configuration could not be run, as it travels to the host. */
export interface ScriptError {
  readonly rule: ProblemRule;
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly seen?: unknown;
  readonly allowed?: readonly string[] | undefined;
  readonly suggestion?: string | undefined;
}

/** A sentence about the configuration as a whole. */
export class ScriptFailure extends Error {
  readonly rule: ProblemRule;

  constructor(rule: ProblemRule, message: string) {
    super(message);
    this.rule = rule;
  }
}

/** An import that would lead out of the fence. */
export class ImportRefused extends ScriptFailure {
  readonly wanted: string;
  readonly importer: string | undefined;

  constructor(why: "builtin" | "outside", wanted: string, importer: string | undefined) {
    super(
      "load",
      why === "builtin"
        ? `imports ${wanted}, which a configuration may not: it says what is to run, and has no files, processes or network`
        : `imports ${wanted}, which is not in the include root: only files there and below can be imported`,
    );
    this.wanted = wanted;
    this.importer = importer;
  }
}

/**
 * What was thrown, in words and with its place in a file of the user's. Never throws, whatever it is given.
 * @param loaded the user's files, to look for what a SyntaxError does not say: where it is.
 */
export function describeError(
  error: unknown,
  isUserFile: (file: string) => boolean,
  loaded: readonly string[],
): ScriptError {
  try {
    if (error instanceof BuildError) {
      const { rule, path, message, place, seen, allowed, suggestion } = error;
      return { rule, path, message, seen, allowed, suggestion, ...place };
    }
    if (!(error instanceof Error)) return { rule: "load", message: `threw ${shown(error)}` };
    const at =
      placeInHeader(error) ??
      placeInStack(error, isUserFile) ??
      (error instanceof ImportRefused ? placeOfImport(error, isUserFile) : undefined);
    if (error instanceof ScriptFailure) return { rule: error.rule, message: error.message, ...at };
    const inWords = NODE_WORDS[String((error as NodeJS.ErrnoException).code)];
    if (inWords !== undefined) return { ...at, ...inWords(error, isUserFile) };
    if (!(error instanceof SyntaxError)) {
      return { rule: "load", message: `threw ${error.name}: ${error.message}`, ...at };
    }
    const found = at === undefined ? syntaxErrorIn(loaded) : undefined;
    return found === undefined
      ? { rule: "syntax", message: error.message, ...at }
      : describeError(found, isUserFile, []);
  } catch {
    // Its properties may be functions that throw.
    return { rule: "load", message: "threw what cannot be looked at" };
  }
}

/** Node's own parser for modules keeps the place to itself: the one for types tells it. */
function syntaxErrorIn(files: readonly string[]): unknown {
  for (const file of files) {
    try {
      stripTypeScriptTypes(readFileSync(file, "utf8"), { sourceUrl: pathToFileURL(file).href });
    } catch (error) {
      return error;
    }
  }
  return undefined;
}

/** Node tells only where an import was asked for while the program runs, not of one at the top of a file. */
function placeOfImport({ wanted, importer }: ImportRefused, isUserFile: (file: string) => boolean) {
  if (importer?.startsWith("file:") !== true) return undefined;
  const file = fileURLToPath(importer);
  return isUserFile(file) ? placeInText(file, readFileSync(file, "utf8"), wanted) : undefined;
}

function shown(value: unknown): string {
  try {
    return typeof value === "string" ? JSON.stringify(value) : (JSON.stringify(value) ?? typeof value);
  } catch {
    return typeof value;
  }
}
