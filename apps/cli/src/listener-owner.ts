import { readFile, stat } from "node:fs/promises";
import { EXIT } from "./exit-codes.ts";
import { CliError } from "./fail.ts";

/** In /proc/net/tcp. */
const LISTENING = "0A";

/**
 * Anybody of this host may listen on a port, and may have written its number into a znode: the token is shown only to
 * the user whose token it is.
 * @param tokenPath the file that it came from.
 * @throws CliError when another user listens there.
 */
export async function expectOwner(executor: URL, tokenPath: string): Promise<void> {
  const owner = (await stat(tokenPath)).uid;
  const listeners = await listenersAt(Number(executor.port));
  const stranger = listeners.find((uid) => uid !== owner && uid !== 0);
  if (stranger === undefined) return;
  const message = `user ${stranger} listens at ${executor.origin}, and the token in ${tokenPath} is user ${owner}'s: it is not sent there`;
  throw new CliError(message, EXIT.auth);
}

/** The users whose sockets listen on a port; nobody when that can not be told. */
async function listenersAt(port: number): Promise<readonly number[]> {
  const tables = await Promise.all(
    ["/proc/net/tcp", "/proc/net/tcp6"].map((path) => readFile(path, "utf8").catch(() => "")),
  );
  return tables.flatMap((table) =>
    table.split("\n").flatMap((line) => {
      const [, local = "", , state, , , , uid] = line.trim().split(/\s+/);
      const listens = state === LISTENING && Number.parseInt(local.split(":")[1] ?? "", 16) === port;
      return listens ? [Number(uid)] : [];
    }),
  );
}
