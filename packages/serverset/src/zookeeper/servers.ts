import { ServerSetError } from "../errors.ts";

export interface ServerAddress {
  /** A name or an address. */
  readonly host: string;
  readonly port: number;
  /** What `host`, an address, was resolved from: the name that certificates carry and people know. */
  readonly name?: string;
}

const DEFAULT_PORT = 2181;

/**
 * Reads a connect string such as `zk1:2181,zk2:2181,[::1]:2181`; a missing port is 2181.
 * @throws ServerSetError INVALID_SERVERS, with the part that is wrong.
 */
export function parseServers(connectString: string): readonly ServerAddress[] {
  const parts = connectString.split(",").map((part) => part.trim());
  return parts.map((part) => {
    const match =
      /^(?:\[(?<six>[0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|(?<name>[^\s:/[\]]+))(?::(?<port>\d{1,5}))?$/.exec(part);
    const host = match?.groups?.["six"] ?? match?.groups?.["name"];
    const port = Number(match?.groups?.["port"] ?? DEFAULT_PORT);
    if (host === undefined || port < 1 || port > 65_535) {
      const advice = 'write host:port, several separated by commas, as in "zk1:2181,zk2:2181"';
      throw new ServerSetError(
        "INVALID_SERVERS",
        `"${part}" in "${connectString}" is not a ZooKeeper server: ${advice}`,
      );
    }
    return { host, port };
  });
}

/** `zk1:2181`, or `zk1:2181 (10.0.0.1)` for one address of that name. */
export function formatServer({ host, port, name }: ServerAddress): string {
  if (name !== undefined && name !== host) return `${name}:${port} (${host})`;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
