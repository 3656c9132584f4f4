import { createHash } from "node:crypto";
import { type JobRecord, jobRecordPath, jobRecordSchema } from "@borealis/schema";
import { ensureParents, isCode, type ZooKeeperSession } from "@borealis/serverset";
import canonicalize from "canonicalize";
import type { InstanceSpec } from "./instance-spec.ts";

/**
 * Writes what the job is, so that the dashboard knows how many instances there should be. The newest start wins; a
 * sidecar that has no configuration never overwrites one.
 */
export async function writeJobRecord(
  session: ZooKeeperSession,
  spec: InstanceSpec,
  signal: AbortSignal,
): Promise<void> {
  const { connection } = await session.connected(signal);
  const path = jobRecordPath(spec.key);
  await ensureParents(connection, path);
  const wanted = jobRecordOf(spec);
  try {
    await connection.create(path, Buffer.from(JSON.stringify(wanted)), "persistent");
  } catch (error) {
    if (!isCode(error, "NODE_EXISTS")) throw error;
    const known = readRecord(await connection.getData(path));
    const better =
      spec.job !== undefined ||
      known === undefined ||
      (known.config === null && known.instances < wanted.instances);
    if (better && known?.hash !== wanted.hash)
      await connection.setData(path, Buffer.from(JSON.stringify(wanted)));
  }
}

function jobRecordOf({ job, key }: InstanceSpec): JobRecord {
  const config = job === undefined ? null : (JSON.parse(JSON.stringify(job)) as Record<string, unknown>);
  const instances = job?.instances ?? key.instance + 1;
  const hash = createHash("sha256")
    .update(canonicalize({ config, instances }) ?? "")
    .digest("hex");
  return { hash, instances, config };
}

function readRecord(data: Buffer): JobRecord | undefined {
  try {
    return jobRecordSchema.safeParse(JSON.parse(data.toString("utf8"))).data;
  } catch {
    return undefined;
  }
}
