import type { AnnounceState } from "@borealis/schema";
import { type EphemeralNodeState, isGone } from "./ephemeral-node.ts";
import { ServerSetError } from "./errors.ts";
import type { SessionStatus } from "./zookeeper/session-supervisor.ts";

/**
 *   pending ──▶ announced ◀──▶ unconfirmed ──▶ suspect      no connection; for longer than the session timeout
 *      ▲            │               │             │         (back to announced once ZooKeeper has said it is there)
 *      └────────────┴── expired or deleted by somebody ─────┘──▶ failed   (`onRemoved` is "stop")
 *   leave(): leaving ──▶ left;  join(): pending again
 */
export type AnnouncementState =
  | "pending"
  | "announced"
  | "unconfirmed"
  | "suspect"
  | "leaving"
  | "left"
  | "failed";

/** What an executor shows of it. */
export interface AnnouncementReport {
  readonly state: Exclude<AnnounceState, "disabled">;
  /** `member_0000000012`, while ZooKeeper holds it. */
  readonly member?: string;
  /** Why joining or leaving does not succeed, while it does not; or that others may not see the member. */
  readonly problem?: ServerSetError;
}

/** What an announcement is made of at one moment. */
export interface AnnouncementFacts {
  readonly node: EphemeralNodeState;
  readonly joined: boolean;
  readonly left: boolean;
  readonly failed: boolean;
  readonly closed: boolean;
  readonly status: SessionStatus;
  readonly problem: ServerSetError | undefined;
}

export function stateOf({
  node,
  joined,
  left,
  failed,
  closed,
  status,
}: AnnouncementFacts): AnnouncementState {
  if (failed) return "failed";
  const over = closed || status.state === "closed";
  if (left || (over && node.path === undefined)) return isGone(node) ? "left" : "leaving";
  if (!joined || node.path === undefined) return "pending";
  if (node.confirmed) return "announced";
  return status.suspect ? "suspect" : "unconfirmed";
}

export function reportOf(facts: AnnouncementFacts): AnnouncementReport {
  const { node, left, problem, status } = facts;
  const member = memberIdOf(node);
  const named = member === undefined ? {} : { member };
  if (node.wanted && member !== undefined) {
    const doubt = stateOf(facts) === "suspect" ? { problem: outOfReach(status, node.path) } : {};
    return { state: "announced", ...named, ...doubt };
  }
  const trouble = problem === undefined ? {} : { problem };
  const state = stateOf(facts);
  if (node.wanted && state !== "left") return { state: "joining", ...trouble };
  const withdrawn = left || state === "left" || state === "failed";
  return { state: withdrawn ? "withdrawn" : "waiting", ...named, ...trouble };
}

export function memberIdOf({ path }: EphemeralNodeState): string | undefined {
  return path?.slice(path.lastIndexOf("/") + 1);
}

function outOfReach({ error }: SessionStatus, path: string | undefined): ServerSetError {
  const why = error === undefined ? "" : ` (${error})`;
  const message = `ZooKeeper is out of reach for longer than the session timeout${why}: others may not see this member`;
  return new ServerSetError("CONNECTION_LOSS", message, { path });
}
