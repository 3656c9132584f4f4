import { ServerSetError } from "../errors.ts";

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

const DEFAULT_PORT = 2181;

/**
 * Reads a connect string such as `zk1:2181,zk2:2181,[::1]:2181`; a missing port is 2181.
 * @throws ServerSetError INVALID_SERVERS, with the part that is wrong.
 */
export function parseServers(connectString: string): readonly ServerAddress[] {
  const parts = connectString.split(",").map((part) => part.trim());
  return parts.map((part) => {
    const match = /^(?:\[(?<six>[0-9a-fA-F:.]+)\]|(?<name>[^\s:/[\]]+))(?::(?<port>\d{1,5}))?$/.exec(part);
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

export function formatServer({ host, port }: ServerAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
