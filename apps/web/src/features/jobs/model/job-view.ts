import { type HealthCheckConfig, healthCheckConfigSchema, type JobRecord } from "@borealis/schema";
import { attentionTo } from "./attention.ts";
import { type InstanceView, reportedInstance } from "./instance-view.ts";
import type { JobNodes } from "./job-nodes.ts";
import { type JobRow, jobRow } from "./job-row.ts";
import { matchMembers } from "./matching.ts";
import { type MemberView, memberView } from "./member-view.ts";
import { rawText, readInstance, readJob } from "./reading.ts";

export interface JobDetail {
  readonly row: JobRow;
  readonly instances: readonly InstanceView[];
  readonly members: readonly MemberView[];
  readonly serverSetExists: boolean;
  /** Why the ServerSet's znode can not be read: there may be more members than are listed. */
  readonly serverSetUnreadable?: string;
  readonly strayMembers: readonly string[];
  /** Absent when the job's record does not say. */
  readonly healthCheck?: HealthCheckConfig;
  readonly contact?: string;
  readonly record:
    | { readonly kind: "none" | "readable" }
    | { kind: "unreadable"; reason: string; raw: string };
}

export interface JobView {
  readonly row: JobRow;
  readonly detail: JobDetail;
  /** When time alone may change it; infinity when never. */
  readonly reviewAtMs: number;
}

/** A record that claims a million instances is not believed to that many rows. */
const MOST_MISSING = 20_000;

export function jobView(nodes: JobNodes, nowMs: number): JobView {
  const reading = nodes.job === undefined ? undefined : readJob(nodes.job);
  const record = reading?.readable ? reading.value : undefined;
  const members = [...nodes.members].map(([name, node]) => memberView(name, node)).sort(byName);
  const { instances, matched, reviewAtMs } = viewInstances(nodes, record, members, nowMs);
  const origin = nodes.job === undefined && nodes.instances.size === 0 ? "foreign" : "borealis";
  const instanceOf = new Map([...matched].map(([instance, member]) => [member.name, instance]));
  const strays = origin === "foreign" ? [] : members.filter((member) => !instanceOf.has(member.name));
  const readableStrays = strays.filter((member) => member.unreadable === undefined);
  const unreadable = origin === "foreign" ? [] : members.filter((member) => member.unreadable !== undefined);
  const recordReason = reading === undefined || reading.readable ? undefined : reading.reason;
  const serverSetUnreadable = nodes.serverSet?.unreadable;
  const attention = attentionTo({
    instances,
    strayMembers: readableStrays,
    unreadableMembers: unreadable,
    unreadableJob: recordReason,
    unreadableServerSet: serverSetUnreadable,
  });
  const row = jobRow({ nodes, origin, record, instances, members, matchedCount: matched.size, attention });
  const config = record?.config ?? undefined;
  const healthCheck = healthCheckConfigSchema.safeParse(config?.["health_check_config"]);
  const contact = config?.["contact"];
  const detail: JobDetail = {
    row,
    instances,
    members: members.map((member) => {
      const instance = instanceOf.get(member.name);
      return instance === undefined ? member : { ...member, instance };
    }),
    serverSetExists: nodes.serverSet !== undefined || members.length > 0,
    ...(serverSetUnreadable === undefined ? {} : { serverSetUnreadable }),
    strayMembers: readableStrays.map((member) => member.name),
    ...(healthCheck.success ? { healthCheck: healthCheck.data } : {}),
    ...(typeof contact === "string" && contact !== "" ? { contact } : {}),
    record:
      reading === undefined || nodes.job === undefined
        ? { kind: "none" }
        : reading.readable
          ? { kind: "readable" }
          : { kind: "unreadable", reason: reading.reason, raw: rawText(nodes.job) },
  };
  return { row, detail, reviewAtMs };
}

function viewInstances(
  nodes: JobNodes,
  record: JobRecord | undefined,
  members: readonly MemberView[],
  nowMs: number,
): { instances: InstanceView[]; matched: ReadonlyMap<number, MemberView>; reviewAtMs: number } {
  const readings = [...nodes.instances].map(([name, node]) => ({
    name,
    node,
    reading: readInstance(node, nodes.key, name),
  }));
  const records = readings.flatMap(({ reading }) => (reading.readable ? [reading.value] : []));
  const matched = matchMembers(records, members);
  let reviewAtMs = Number.POSITIVE_INFINITY;
  const instances: InstanceView[] = readings.map(({ name, node, reading }) => {
    if (!reading.readable) {
      return { kind: "unreadable", name, tone: "unknown", reason: reading.reason, raw: rawText(node) };
    }
    const reported = reportedInstance(reading.value, matched.get(reading.value.instance), nodes, nowMs);
    reviewAtMs = Math.min(reviewAtMs, reported.reviewAtMs);
    return reported.view;
  });
  for (let number = 0; number < Math.min(record?.instances ?? 0, MOST_MISSING); number += 1) {
    const name = String(number);
    if (!nodes.instances.has(name)) instances.push({ kind: "missing", name, tone: "unknown" });
  }
  return { instances: instances.sort(byNumber), matched, reviewAtMs };
}

function byName(a: MemberView, b: MemberView): number {
  return a.name < b.name ? -1 : 1;
}

function byNumber(a: InstanceView, b: InstanceView): number {
  return numberOf(a) - numberOf(b) || (a.name < b.name ? -1 : 1);
}

function numberOf({ name }: InstanceView): number {
  return /^\d+$/.test(name) ? Number(name) : Number.MAX_SAFE_INTEGER;
}
