import { type Announcer, serverSetPath } from "@borealis/schema";
import type { Endpoint, MemberSpec } from "@borealis/serverset";
import type { InstanceSpec } from "./instance-spec.ts";

/** The member that Aurora would write: every port that has a number, and the primary one again as the service itself. */
export function announcedMember(
  { key, ports }: InstanceSpec,
  announcer: Announcer,
  host: string,
): MemberSpec {
  const endpoint = (port: number): Endpoint => ({ host, port });
  return {
    serviceEndpoint: endpoint(ports[announcer.primary_port] ?? 0),
    additionalEndpoints: Object.fromEntries(
      Object.entries(ports).map(([name, port]) => [name, endpoint(port)]),
    ),
    status: "ALIVE",
    shard: key.instance,
  };
}

/** A `zk_path` takes the place of the whole path; whether a job may have one was decided when its spec was made. */
export function announcedPath({ key }: InstanceSpec, announcer: Announcer, root: string): string {
  return announcer.zk_path ?? serverSetPath(key, root);
}
