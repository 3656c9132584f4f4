import type { InstanceRecord } from "@borealis/schema";
import { type Drift, driftOf, SETTLE_MS } from "./drift.ts";
import type { JobNodes } from "./job-nodes.ts";
import type { MemberView } from "./member-view.ts";
import { isStopping, shownState } from "./shown-state.ts";
import type { Tone } from "./tone.ts";

interface Common {
  /** The znode's name: a number, unless somebody else wrote it. */
  readonly name: string;
  readonly tone: Tone;
}

/** One instance of a job: reported by an executor, expected but not reported, or reported in a way nobody can read. */
export type InstanceView =
  | (Common & {
      readonly kind: "reported";
      readonly record: InstanceRecord;
      readonly member?: string;
      readonly drift?: Drift;
    })
  | (Common & { readonly kind: "missing" })
  | (Common & { readonly kind: "unreadable"; readonly reason: string; readonly raw: string });

/** @returns the view, and when time alone will change it. */
export function reportedInstance(
  record: InstanceRecord,
  member: MemberView | undefined,
  nodes: Pick<JobNodes, "lossMs" | "serverSet">,
  nowMs: number,
): { view: InstanceView & { kind: "reported" }; reviewAtMs: number } {
  const drift = driftOf(record, member, nodes);
  // A host whose clock is ahead must not keep a drift from ever settling.
  const settlesAtMs =
    drift === undefined ? Number.POSITIVE_INFINITY : Math.min(drift.sinceMs, nowMs) + SETTLE_MS;
  const settled = settlesAtMs <= nowMs ? drift : undefined;
  const view = {
    kind: "reported" as const,
    name: String(record.instance),
    tone: toneOf(record, settled),
    record,
    ...(member === undefined ? {} : { member: member.name }),
    ...(settled === undefined ? {} : { drift: settled }),
  };
  return { view, reviewAtMs: settled === undefined ? settlesAtMs : Number.POSITIVE_INFINITY };
}

function toneOf(record: InstanceRecord, drift: Drift | undefined): Tone {
  const { announced, health } = record;
  const state = shownState(record);
  if (state === "THROTTLED") return "throttled";
  if (state === "FAILED" || state === "LOST") return "bad";
  if (state === "SUCCESS" || state === "KILLED") return drift === undefined ? "ended" : "attention";
  if (state === "ACTIVE" && health.state === "failing") return "bad";
  if (isStopping(record) || drift !== undefined) return "attention";
  if (health.state === "grace") return "moving";
  return announced.state === "announced" || announced.state === "disabled" ? "good" : "moving";
}
