import type { Connection } from "./zookeeper/connection.ts";

/** How many of us share the recursive watch that a server holds for a connection and a path. */
const shared = new WeakMap<Connection, Map<string, number>>();

/** Joins the recursive watch of `path`. The request is sent whether or not it is there: it does no harm twice. */
export function joinTreeWatch(connection: Connection, path: string): Promise<void> {
  const paths = shared.get(connection) ?? new Map<string, number>();
  shared.set(connection, paths.set(path, (paths.get(path) ?? 0) + 1));
  return connection.watchTree(path);
}

/** Leaves it; after the last one the server drops it. What could not be dropped ends with the connection. */
export function leaveTreeWatch(connection: Connection, path: string): void {
  const paths = shared.get(connection);
  const left = (paths?.get(path) ?? 1) - 1;
  if (left > 0) return void paths?.set(path, left);
  paths?.delete(path);
  if (connection.lostWith === undefined) connection.unwatchTree(path).catch(() => {});
}
