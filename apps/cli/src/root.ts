import { parseServerSetRoot } from "@borealis/schema";
import { EXIT } from "./exit-codes.ts";
import { CliError } from "./fail.ts";

/** `--root`, checked. */
export function serverSetRoot(text: string): string {
  const parsed = parseServerSetRoot(text);
  if ("problem" in parsed) throw new CliError(`--root ${parsed.problem}`, EXIT.usage);
  return parsed.root;
}
