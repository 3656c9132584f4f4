import { isCode, ServerSetError } from "../errors.ts";
import { type ConnectionOptions, openConnection, type SessionTicket } from "./connection.ts";
import { formatServer } from "./servers.ts";

export type EndSessionOptions = Omit<ConnectionOptions, "resume" | "onNotification" | "onLost">;

/**
 * Takes a session over for no other purpose than to end it: its ephemeral znodes are gone when this resolves.
 * @returns false when it had expired before.
 * @throws ServerSetError as `openConnection`, and CONNECT_TIMEOUT when the server does not end it within `graceMs`.
 */
export async function endSession(
  options: EndSessionOptions,
  { id, password }: SessionTicket,
  graceMs: number,
): Promise<boolean> {
  const { server, signal } = options;
  try {
    const connection = await openConnection({
      ...options,
      // What we have seen does not matter to its end: any server will do.
      resume: { id, password, zxid: 0n },
      onNotification: () => {},
      onLost: () => {},
    });
    const giveUp = () => connection.abandon(new ServerSetError("CLOSED", "the ZooKeeper session was closed"));
    signal.addEventListener("abort", giveUp, { once: true });
    await connection.close(graceMs);
    signal.removeEventListener("abort", giveUp);
    signal.throwIfAborted();
    if (connection.sessionEnded) return true;
  } catch (error) {
    if (isCode(error, "SESSION_EXPIRED")) return false;
    throw error;
  }
  const message = `${formatServer(server)} did not say within ${graceMs} ms that the session has ended`;
  throw new ServerSetError("CONNECT_TIMEOUT", message);
}
