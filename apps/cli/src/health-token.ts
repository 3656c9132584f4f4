import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { env } from "./env.ts";
import { EXIT } from "./exit-codes.ts";
import { CliError } from "./fail.ts";

/** What an executor wants to see before it changes anything, and the file that it came from. */
export async function readToken(
  stateDir: string | undefined,
): Promise<{ readonly token: string; readonly path: string }> {
  const path =
    stateDir === undefined
      ? (env.apiTokenFile ?? join(env.stateDirectory, "api-token"))
      : join(stateDir, "api-token");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const hint =
      code === "EACCES"
        ? "become the user that the executor runs as"
        : "name the executor's state directory with --state-dir, or the file with BOREALIS_API_TOKEN_FILE";
    throw new CliError(`can not read the executor's token from ${path} (${code}); ${hint}`, EXIT.auth);
  }
  const token = text.trim();
  // Never shown, not even in part: it may be a token after all.
  if (!/^[\w-]+$/.test(token)) throw new CliError(`${path} does not hold an executor's token`, EXIT.auth);
  return { token, path };
}
