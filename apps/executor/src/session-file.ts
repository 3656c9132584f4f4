import { join } from "node:path";
import { formatInstanceKey, type InstanceKey } from "@borealis/schema";

/**
 * Where an executor keeps its ZooKeeper session, so that the next one ends it when this one crashes. Executors that
 * share a state directory have one each: by the host that an agent is for, or by the instance.
 */
export function sessionFilePath(stateDirectory: string, owner: InstanceKey | string): string {
  return join(stateDirectory, `zookeeper-session-${nameOf(owner)}.json`);
}

/** Where it remembers what its health checks found, and who snoozes them. */
export function healthDirectory(stateDirectory: string, owner: InstanceKey | string): string {
  return join(stateDirectory, "health", nameOf(owner));
}

/** None of them can hold a "~", so no two have the same name. */
function nameOf(owner: InstanceKey | string): string {
  return typeof owner === "string" ? owner : formatInstanceKey(owner).replaceAll("/", "~");
}
