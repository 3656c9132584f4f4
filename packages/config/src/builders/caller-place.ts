import { resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { getCallSites } from "node:util";
import type { Place } from "../template/node.ts";

const OURS = resolve(import.meta.dirname, "..") + sep;
/** Ours lie on top, and no builder goes through more of them. */
const FRAMES = 12;

/** Where in the configuration the builder was called; undefined for an object that is made here. */
export function callerPlace(): Place | undefined {
  for (const { scriptName, lineNumber, columnNumber } of getCallSites(FRAMES)) {
    if (scriptName.startsWith("node:")) return undefined;
    const file = scriptName.startsWith("file:") ? fileURLToPath(scriptName) : scriptName;
    if (!file.startsWith(OURS)) return { file, line: lineNumber, column: columnNumber };
  }
  return undefined;
}
