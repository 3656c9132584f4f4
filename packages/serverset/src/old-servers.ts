import type { Connection } from "./zookeeper/connection.ts";
import type { ZooKeeperSession } from "./zookeeper/session-supervisor.ts";

/**
 * Servers older than 3.6, which have neither recursive watches nor batched reads. Such a server hangs up after it has
 * said so, which is why it is remembered for the session and not for the connection.
 */
const known = new WeakMap<ZooKeeperSession, Set<string>>();

export function isOld(session: ZooKeeperSession, connection: Connection): boolean {
  return known.get(session)?.has(addressOf(connection)) ?? false;
}

export function rememberOld(session: ZooKeeperSession, connection: Connection): void {
  const servers = known.get(session) ?? new Set();
  known.set(session, servers.add(addressOf(connection)));
}

function addressOf({ server }: Connection): string {
  return `${server.host}:${server.port}`;
}
