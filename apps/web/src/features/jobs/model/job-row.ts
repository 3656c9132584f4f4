import {
  type AnnounceState,
  announcerSchema,
  formatJobKey,
  type HealthState,
  type InstanceRecord,
  type JobKey,
  type JobRecord,
} from "@borealis/schema";
import type { Attention } from "./attention.ts";
import type { InstanceView } from "./instance-view.ts";
import type { JobNodes } from "./job-nodes.ts";
import type { MemberView } from "./member-view.ts";
import { type ShownState, shownState } from "./shown-state.ts";
import { type Tally, type Tone, tallyOf, toneLetter } from "./tone.ts";

/** One line of the jobs table. */
export interface JobRow {
  readonly id: string;
  readonly key: JobKey;
  /** `foreign`: somebody announces it, but no executor of ours reports it. */
  readonly origin: "borealis" | "foreign";
  /** Absent when no readable record says how many there should be. */
  readonly desired?: number;
  readonly running: number;
  /** Of the running ones, how many are health-checked at all. */
  readonly checked: number;
  readonly healthy: number;
  readonly failing: number;
  readonly throttled: number;
  readonly announced: number;
  /** How many should be announced; absent for a foreign job. 0 when the job does not announce. */
  readonly expected?: number;
  readonly tally: Tally;
  /** A letter of each instance's tone, in order; absent when there are too many. */
  readonly squares?: string;
  readonly tasks: readonly ShownState[];
  readonly health: readonly HealthState[];
  readonly hosts: readonly string[];
  readonly lastChangeMs: number;
  readonly summary: string;
  readonly attention: readonly Attention[];
  /** 0 when nothing needs a person. */
  readonly severity: number;
}

const MOST_SQUARES = 51;

interface RowParts {
  readonly nodes: JobNodes;
  readonly origin: JobRow["origin"];
  readonly record: JobRecord | undefined;
  readonly instances: readonly InstanceView[];
  readonly members: readonly MemberView[];
  readonly matchedCount: number;
  readonly attention: readonly Attention[];
}

export function jobRow({
  nodes,
  origin,
  record,
  instances,
  members,
  matchedCount,
  attention,
}: RowParts): JobRow {
  const records = instances.flatMap((instance) => (instance.kind === "reported" ? [instance.record] : []));
  const inState = Map.groupBy(records, shownState);
  const active = inState.get("ACTIVE") ?? [];
  const inHealth = (state: HealthState) =>
    active.filter((instance) => instance.health.state === state).length;
  const announceStates = new Set(records.map((instance) => instance.announced.state));
  const announces = announcing(record, announceStates);
  const valid = members.filter((member) => member.unreadable === undefined).length;
  const counts = {
    running: active.length,
    checked: active.length - inHealth("disabled"),
    healthy: inHealth("healthy"),
    failing: inHealth("failing"),
    throttled: inState.get("THROTTLED")?.length ?? 0,
    announced: origin === "foreign" ? valid : matchedCount,
  };
  const tones = origin === "foreign" ? members.map(foreignTone) : instances.map((instance) => instance.tone);
  const desired = record?.instances;
  const total = desired ?? instances.length;
  const good = instances.filter((instance) => instance.tone === "good").length;
  const hosts = [
    ...records.map(({ host }) => host),
    ...members.flatMap((m) => m.serviceEndpoint?.host ?? []),
  ];
  return {
    id: formatJobKey(nodes.key),
    key: nodes.key,
    origin,
    ...(desired === undefined ? {} : { desired }),
    ...counts,
    ...(origin === "foreign" ? {} : { expected: announces ? total : 0 }),
    tally: tallyOf(tones),
    ...(tones.length <= MOST_SQUARES ? { squares: tones.map(toneLetter).join("") } : {}),
    tasks: [...inState.keys()],
    health: [...new Set(active.map((instance) => instance.health.state))],
    hosts: [...new Set(hosts)],
    lastChangeMs: lastChange(nodes, records, members),
    summary:
      origin === "foreign"
        ? valid === 0
          ? "no members"
          : `${plural(valid, "member")}, announced by someone else`
        : `${good.toLocaleString("en")} of ${plural(total, "instance")} ${goodWord(announces, counts.checked > 0)}`,
    attention,
    severity: attention[0]?.severity ?? 0,
  };
}

function announcing(record: JobRecord | undefined, states: ReadonlySet<AnnounceState>): boolean {
  const fromConfig =
    record?.config == null ? undefined : announcerSchema.safeParse(record.config["announce"]).success;
  return fromConfig ?? [...states].some((state) => state !== "disabled");
}

function goodWord(announces: boolean, checked: boolean): string {
  return `${checked ? "healthy" : "running"}${announces ? " and announced" : ""}`;
}

function foreignTone(member: MemberView): Tone {
  if (member.unreadable !== undefined || member.status === "UNKNOWN") return "unknown";
  if (member.status === "ALIVE") return "good";
  return member.status === "STARTING" ? "moving" : member.status === "WARNING" ? "attention" : "ended";
}

function lastChange(
  nodes: JobNodes,
  records: readonly InstanceRecord[],
  members: readonly MemberView[],
): number {
  let latest = Math.max(nodes.lossMs, nodes.job?.mtimeMs ?? 0, nodes.serverSet?.ctimeMs ?? 0);
  for (const { announced, health, restarts, startedAt } of records) {
    latest = Math.max(latest, health.since, announced.since, startedAt, restarts?.last?.at ?? 0);
  }
  for (const { createdMs } of members) latest = Math.max(latest, createdMs);
  return latest;
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
