import type { InstanceRecord } from "@borealis/schema";
import type { JobNodes } from "./job-nodes.ts";
import type { MemberView } from "./member-view.ts";
import { isStopping, shownState } from "./shown-state.ts";

/** Two truths about an instance that do not go together. */
type DriftKind =
  | "healthy-not-announced"
  | "announced-but-failing"
  | "member-missing"
  | "member-not-expected"
  | "stopping-but-announced";

export interface Drift {
  readonly kind: DriftKind;
  readonly text: string;
  readonly explanation: string;
  readonly sinceMs: number;
}

/** The record and the member are two znodes, written one after the other: what lasts shorter is no drift. */
export const SETTLE_MS = 3_000;

/**
 * @param lossMs when we last saw a member or an instance of this job go: the other's znode may go a moment later.
 * @param serverSet its znode: where it can not be read, a member that we do not see may be there all the same.
 * @returns what does not go together, whether it has settled yet or not.
 */
export function driftOf(
  record: InstanceRecord,
  member: MemberView | undefined,
  { lossMs, serverSet }: Pick<JobNodes, "lossMs" | "serverSet">,
): Drift | undefined {
  const drift = disagreement(record, member, lossMs);
  return drift?.kind === "member-missing" && serverSet?.unreadable !== undefined ? undefined : drift;
}

function disagreement(
  record: InstanceRecord,
  member: MemberView | undefined,
  lossMs: number,
): Drift | undefined {
  const { announced, health, stopping } = record;
  // It leaves the ServerSet first: a healthy one that is not announced is as it should be.
  if (shownState(record) !== "ACTIVE" || stopping !== undefined) return staying(record, member);
  if (health.state === "failing" && member !== undefined) {
    return {
      kind: "announced-but-failing",
      text: "announced but failing",
      explanation: `The health check fails, and clients of the ServerSet are still sent to ${member.name}.`,
      sinceMs: Math.max(health.since, member.createdMs),
    };
  }
  if (announced.state === "announced" && member === undefined) {
    return {
      kind: "member-missing",
      text: "announced but member missing",
      explanation: `The executor says it is announced${announced.member ? ` as ${announced.member}` : ""}, but there is no such member in the ServerSet.`,
      sinceMs: Math.max(lossMs, announced.since),
    };
  }
  if (member !== undefined && (announced.state === "disabled" || announced.state === "withdrawn")) {
    return {
      kind: "member-not-expected",
      text: "member not expected",
      explanation: `The executor says it is not announced, but ${member.name} points at this instance.`,
      sinceMs: Math.max(announced.since, member.createdMs),
    };
  }
  const mayServe = health.state === "healthy" || health.state === "disabled";
  const absent = announced.state !== "announced" && announced.state !== "disabled";
  if (mayServe && absent && member === undefined) {
    return {
      kind: "healthy-not-announced",
      text: health.state === "healthy" ? "healthy but not announced" : "running but not announced",
      explanation: "Clients of the ServerSet do not find this instance although it could serve.",
      sinceMs: Math.max(health.since, announced.since),
    };
  }
  return;
}

/** @param record of an instance that ends or has ended. */
function staying(record: InstanceRecord, member: MemberView | undefined): Drift | undefined {
  if (member === undefined) return undefined;
  const state = shownState(record);
  const [begin] = state === "ACTIVE" ? (record.stopping ?? []) : [];
  return {
    kind: "stopping-but-announced",
    text: isStopping(record) ? "stopping but still announced" : "ended but still announced",
    explanation: `The task is ${state === "ACTIVE" ? "being taken down" : state}, and clients of the ServerSet are still sent to ${member.name}.`,
    sinceMs: begin?.startedAt ?? record.updatedAt,
  };
}
