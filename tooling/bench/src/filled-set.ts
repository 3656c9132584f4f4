import { ensureParents, formatMember, type ZooKeeperSession } from "@borealis/serverset";

const WINDOW = 500;
const DEADLINE_MS = 60_000;

/** The bytes of a member of the size that Aurora's have. */
export function memberBytes(shard: number): Buffer {
  const endpoint = { host: `host-${shard}.dc.example.com`, port: 31_000 };
  const additionalEndpoints = { http: endpoint, aurora: endpoint };
  return formatMember({ serviceEndpoint: endpoint, additionalEndpoints, shard, status: "ALIVE" });
}

/** Makes members `from` to `to`, the last left out, as ephemerals of the session. */
export async function fillSet(
  session: ZooKeeperSession,
  path: string,
  from: number,
  to: number,
): Promise<void> {
  const { connection } = await session.connected(AbortSignal.timeout(DEADLINE_MS));
  await ensureParents(connection, `${path}/member_`);
  for (let start = from; start < to; start += WINDOW) {
    const shards = Array.from({ length: Math.min(WINDOW, to - start) }, (_, index) => start + index);
    await Promise.all(
      shards.map((shard) => connection.create(`${path}/member_`, memberBytes(shard), "ephemeralSequential")),
    );
  }
}
