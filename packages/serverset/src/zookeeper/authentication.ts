import { isCode, ServerSetError } from "../errors.ts";
import { encodeAuth } from "./raw-operations.ts";
import type { AuthInfo } from "./security.ts";

/**
 * Tells a server who we are, one credential after the other: it stops reading when it refuses one, and what we had sent
 * behind that would turn its answer into a reset.
 * @param send resolves when the server has taken the credential.
 * @throws ServerSetError AUTH_FAILED, or why the connection ended. No credential is in any message.
 */
export async function authenticate(
  infos: readonly AuthInfo[],
  send: (body: Buffer) => Promise<void>,
): Promise<void> {
  for (const { scheme, credential } of infos) {
    const secret = typeof credential === "string" ? credential : await ask(scheme, credential);
    try {
      await send(encodeAuth(scheme, secret));
    } catch (error) {
      if (!isCode(error, "AUTH_FAILED") || (error as ServerSetError).zkCode === undefined) throw error;
      const message = `ZooKeeper refused our credential of the scheme "${scheme}"`;
      throw new ServerSetError("AUTH_FAILED", message, { zkCode: (error as ServerSetError).zkCode });
    }
  }
}

async function ask(scheme: string, credential: () => string | Promise<string>): Promise<string> {
  try {
    return await credential();
  } catch (cause) {
    throw new ServerSetError(
      "AUTH_FAILED",
      `there is no credential of the scheme "${scheme}" for ZooKeeper`,
      { cause },
    );
  }
}
