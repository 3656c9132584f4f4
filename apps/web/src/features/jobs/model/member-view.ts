import type { Endpoint, MirrorNode } from "@borealis/serverset";
import { rawText, readMember } from "./reading.ts";

/** A child of a ServerSet, as the job page lists it. */
export interface MemberView {
  readonly name: string;
  /** Why it can not be read: "it is empty", "ZooKeeper answered NO_AUTH". */
  readonly unreadable?: string;
  readonly status?: string;
  readonly shard?: number;
  readonly serviceEndpoint?: Endpoint;
  readonly additionalEndpoints: Readonly<Record<string, Endpoint>>;
  /** The instance of the job it belongs to, when one is known. */
  readonly instance?: number;
  /** Session that owns the znode, hexadecimal as ZooKeeper's own tools print it; absent when it is persistent. */
  readonly owner?: string;
  readonly createdMs: number;
  readonly raw: string;
}

export function memberView(name: string, node: MirrorNode): MemberView {
  const common = {
    name,
    createdMs: node.ctimeMs,
    raw: rawText(node),
    ...(node.ephemeralOwner === 0n
      ? {}
      : { owner: `0x${BigInt.asUintN(64, node.ephemeralOwner).toString(16)}` }),
  };
  if (node.unreadable !== undefined) {
    return { ...common, unreadable: node.unreadable, additionalEndpoints: {} };
  }
  const member = readMember(node, name);
  if (!member.valid) return { ...common, unreadable: `it ${member.reason}`, additionalEndpoints: {} };
  const { additionalEndpoints, serviceEndpoint, shard, status } = member;
  return {
    ...common,
    status,
    serviceEndpoint,
    additionalEndpoints,
    ...(shard === undefined ? {} : { shard }),
  };
}
