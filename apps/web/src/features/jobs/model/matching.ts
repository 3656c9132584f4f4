import type { InstanceRecord } from "@borealis/schema";
import type { MemberView } from "./member-view.ts";

/**
 * Finds each instance's member: the surest sign first, and a member belongs to one instance only.
 * The name the executor was given; shard and address; the address; the shard alone.
 */
export function matchMembers(
  records: readonly InstanceRecord[],
  members: readonly MemberView[],
): ReadonlyMap<number, MemberView> {
  const matched = new Map<number, MemberView>();
  const free = new Set(members.filter((member) => member.unreadable === undefined));
  const byName = new Map(members.map((member) => [member.name, member]));
  const claim = (record: InstanceRecord, member: MemberView | undefined) => {
    if (member === undefined || matched.has(record.instance)) return;
    // A member that can not be read is still the one the executor was given.
    if (!free.delete(member) && member.unreadable === undefined) return;
    matched.set(record.instance, member);
  };
  for (const { announced, ...record } of records) {
    if (announced.member !== undefined) claim({ announced, ...record }, byName.get(announced.member));
  }
  const byAddress = new Map<string, MemberView[]>();
  const byShard = new Map<number, MemberView[]>();
  for (const member of free) {
    for (const address of addressesOf(member)) push(byAddress, address, member);
    if (member.shard !== undefined) push(byShard, member.shard, member);
  }
  const unmatched = records.filter((record) => !matched.has(record.instance));
  const atAddress = (record: InstanceRecord) =>
    Object.values(record.ports).flatMap((port) => byAddress.get(`${record.host}:${port}`) ?? []);
  const isFree = (member: MemberView) => free.has(member);
  for (const record of unmatched) {
    claim(
      record,
      atAddress(record).find((member) => isFree(member) && member.shard === record.instance),
    );
  }
  for (const record of unmatched) {
    claim(
      record,
      atAddress(record).find((member) => isFree(member) && member.shard === undefined),
    );
  }
  for (const record of unmatched) claim(record, byShard.get(record.instance)?.find(isFree));
  return matched;
}

function addressesOf(member: MemberView): Set<string> {
  const endpoints = [member.serviceEndpoint, ...Object.values(member.additionalEndpoints)];
  return new Set(endpoints.flatMap((endpoint) => (endpoint ? [`${endpoint.host}:${endpoint.port}`] : [])));
}

function push<K>(lists: Map<K, MemberView[]>, key: K, member: MemberView): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [member]);
  else list.push(member);
}
