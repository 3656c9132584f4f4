import { homedir, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";

/** Where snapshots are kept. */
export function cacheDirectory(): string {
  const given = process.env["XDG_CACHE_HOME"];
  // The specification has a relative one ignored.
  const base = given !== undefined && isAbsolute(given) ? given : join(homedir(), ".cache");
  return join(base, "borealis");
}

/** The user's real name; undefined for one that the host has no name for, as in containers. */
export function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
