import { type Bind, parseBind } from "@borealis/config";
import { EXIT } from "./exit-codes.ts";
import { CliError } from "./fail.ts";

/** `--bind name=value`, as often as it was given. */
export function bindsOf(texts: readonly string[]): readonly Bind[] {
  return texts.map((text) => {
    const parsed = parseBind(text);
    if ("problem" in parsed) throw new CliError(`--bind: ${parsed.problem}`, EXIT.usage);
    return parsed;
  });
}
