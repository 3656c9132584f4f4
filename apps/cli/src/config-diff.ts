import { diffConfigs } from "@borealis/config";
import type { TableFlags } from "./config-command.ts";
import { differenceText } from "./config-diff-text.ts";
import { loadFlawless } from "./config-load.ts";
import { EXIT } from "./exit-codes.ts";

/** Compares two configurations; that they differ is a negative answer. */
export async function diff(before: string, after: string, flags: TableFlags): Promise<void> {
  const old = await loadFlawless(before, flags);
  const fresh = await loadFlawless(after, flags);
  const differences = diffConfigs(old, fresh);
  const same = differences.length === 0;
  if (flags.output === "json") {
    process.stdout.write(`${JSON.stringify({ same, before, after, jobs: differences })}\n`);
  } else if (same) {
    process.stderr.write("borealis: no difference\n");
  } else {
    process.stdout.write(`${differences.map(differenceText).join("\n")}\n`);
  }
  if (!same) process.exitCode = EXIT.negative;
}
