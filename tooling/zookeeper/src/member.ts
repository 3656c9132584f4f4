import getPort, { portNumbers } from "get-port";

/** One server's place in the ensemble. A single server uses only the client port. */
export interface Member {
  readonly id: number;
  readonly clientPort: number;
  /** For TLS, when that is served. */
  readonly securePort?: number;
  readonly quorumPort: number;
  readonly electionPort: number;
}

export function isEnsemble(members: readonly Member[]): boolean {
  return members.length > 1;
}

export function connectString(members: readonly Member[]): string {
  return members.map((member) => `127.0.0.1:${member.clientPort}`).join(",");
}

/** Client ports count up from `firstClientPort` when it is given; all others are free ones. */
export async function planMembers(
  count: number,
  { firstClientPort, secure = false }: { firstClientPort?: number | undefined; secure?: boolean } = {},
): Promise<Member[]> {
  const members: Member[] = [];
  for (let index = 0; index < count; index++) {
    members.push({
      id: index + 1,
      clientPort: firstClientPort === undefined ? await freePort() : firstClientPort + index,
      quorumPort: await freePort(),
      electionPort: await freePort(),
      ...(secure ? { securePort: await freePort() } : {}),
    });
  }
  return members;
}

// Below 32768, where Linux starts taking the near ends of connections from: a client that keeps knocking while
// its server is down would otherwise sooner or later be given the server's own port, and the server could not
// come back. A random place in the range keeps test processes that run side by side out of each other's way.
function freePort(): Promise<number> {
  const from = 20_000 + Math.floor(Math.random() * 12_000);
  return getPort({ host: "127.0.0.1", port: portNumbers(from, from + 500) });
}
