import type { Problem } from "@borealis/schema";
import { shortened } from "./shortened.ts";

/** For people to read: as the files have them, and none of them longer than a sentence can be. */
export function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return problems
    .map(shortened)
    .sort(
      (a, b) =>
        (a.file ?? "").localeCompare(b.file ?? "") ||
        (a.line ?? 0) - (b.line ?? 0) ||
        (a.column ?? 0) - (b.column ?? 0),
    );
}
