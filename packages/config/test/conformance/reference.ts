import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Real configurations and what the real programs made of them; not part of this repository, and read in place. */
export const REFERENCE = join(import.meta.dirname, "../../../../../shared/reference");

export const referenceIsHere = existsSync(join(REFERENCE, "golden/configs.json"));
if (!referenceIsHere) {
  process.stderr.write(
    "the reference's configurations are not beside this repository: their tests are skipped\n",
  );
}

/** A recording, by case; empty where there is none. */
export function recording<T>(name: string): Readonly<Record<string, T>> {
  if (!referenceIsHere) return {};
  return JSON.parse(readFileSync(join(REFERENCE, "golden", name), "utf8")) as Record<string, T>;
}
