import { fromZooKeeperCode } from "./errors.ts";
import { type InvalidMember, MEMBER_PREFIX, type Member, parseMember } from "./member.ts";
import { parseWeightVector, VECTOR_PREFIX, type WeightVector } from "./weight-vector.ts";
import type { ReadResult } from "./zookeeper/raw-operations.ts";

/** A child of a set as it was read. The same znode with the same bytes stays the same object. */
export interface SetEntry {
  readonly name: string;
  readonly czxid: bigint;
  readonly mzxid: bigint;
  /** Undefined for a weight vector. */
  readonly member: Member | InvalidMember | undefined;
  readonly vector?: WeightVector;
}

const NO_NODE = -101;

/** Children with other names, Finagle's weight vectors among them, are not members. */
export function isMember(name: string): boolean {
  return name.startsWith(MEMBER_PREFIX) && !name.includes("/");
}

export function isVector(name: string): boolean {
  return name.startsWith(VECTOR_PREFIX) && !name.includes("/");
}

export function isAbsent(result: ReadResult): boolean {
  return "errorCode" in result && result.errorCode === NO_NODE;
}

/** Undefined when there is no such znode; one that may not be read is there all the same. */
export function readEntry(set: string, name: string, result: ReadResult): SetEntry | undefined {
  if ("data" in result) {
    const { czxid, mzxid } = result.stat;
    if (isVector(name))
      return { name, czxid, mzxid, member: undefined, vector: parseWeightVector(result.data) };
    return { name, czxid, mzxid, member: parseMember(name, result.data) };
  }
  if ("children" in result || isAbsent(result)) return undefined;
  const reason = fromZooKeeperCode(result.errorCode, "read", childPath(set, name)).message;
  return { name, czxid: 0n, mzxid: 0n, member: { valid: false, name, reason } };
}

export function childPath(set: string, name: string): string {
  return set === "/" ? `/${name}` : `${set}/${name}`;
}

/** Sorts `all` in place by name. */
export function byName<T extends { readonly name: string }>(all: T[]): T[] {
  return all.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
