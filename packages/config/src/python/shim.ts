import { readFileSync } from "node:fs";
import { join } from "node:path";

/** In the order in which they need each other. */
const MODULES = [
  "errors",
  "flaws",
  "places",
  "references",
  "objects",
  "scalars",
  "containers",
  "choices",
  "structs",
  "wire",
  "bridge",
  "aurora",
  "python2",
  "syntax",
  "failure",
  "run",
] as const;

export interface ShimModule {
  readonly name: string;
  readonly source: string;
}

/** Our names for configurations, in Python. */
export function readShim(): ShimModule[] {
  return MODULES.map((name) => ({
    name,
    source: readFileSync(join(import.meta.dirname, "shim", `${name}.py`), "utf8"),
  }));
}
