import type { InstanceView } from "./instance-view.ts";
import type { MemberView } from "./member-view.ts";
import { lastEnding, restartedWords } from "./restarts.ts";
import { shownState } from "./shown-state.ts";
import type { Tone } from "./tone.ts";

/** 3: fails. 2: waits to be started again, two truths do not go together, or something can not be read. 1: fewer than expected, or snoozed. */
type Severity = 1 | 2 | 3;

/** Why a person should look at a job. The age is put in where it is shown: "#1 failing for 4 min: HTTP 503". */
export interface Attention {
  readonly severity: Severity;
  readonly subject: string;
  readonly predicate: string;
  readonly sinceMs?: number;
  /** When the first of them is started again. */
  readonly untilMs?: number;
  readonly detail?: string;
}

type Reported = InstanceView & { kind: "reported" };

const NAMED = 3;

interface Concerns {
  readonly instances: readonly InstanceView[];
  readonly strayMembers: readonly MemberView[];
  readonly unreadableMembers: readonly MemberView[];
  /** Why the znode can not be read, if it can not. */
  readonly unreadableJob: string | undefined;
  readonly unreadableServerSet: string | undefined;
}

/** Worst first; what happens to many instances at once is one reason. */
export function attentionTo({
  instances,
  strayMembers,
  unreadableMembers,
  unreadableJob,
  unreadableServerSet,
}: Concerns): Attention[] {
  const reported = instances.filter((instance): instance is Reported => instance.kind === "reported");
  return [
    ...failing(reported),
    ...endedBadly(reported),
    ...throttled(reported),
    ...drifting(reported),
    ...strays(strayMembers),
    ...unreadable(instances),
    ...unreadableMembers.slice(0, 1).map(({ name, unreadable }) => unread(name, "unreadable", unreadable)),
    ...(unreadableServerSet === undefined
      ? []
      : [unread("the ServerSet", "unreadable", unreadableServerSet)]),
    ...(unreadableJob === undefined ? [] : [unread("the job's record", "unreadable", unreadableJob)]),
    ...absent(instances, reported),
    ...snoozed(reported),
  ];
}

function failing(reported: readonly Reported[]): Attention[] {
  const group = reported.filter(
    ({ record }) => shownState(record) === "ACTIVE" && record.health.state === "failing",
  );
  const [longest] = group.toSorted((a, b) => a.record.health.since - b.record.health.since);
  if (longest === undefined) return [];
  const { since, reason } = longest.record.health;
  return [
    { severity: 3, subject: subjectOf(group), predicate: "failing", sinceMs: since, ...detail(reason) },
  ];
}

/** Somebody wants failures to have no consequences, and may forget it. */
function snoozed(reported: readonly Reported[]): Attention[] {
  const group = reported.filter(({ record }) => shownState(record) === "ACTIVE" && record.health.snooze);
  const snooze = group[0]?.record.health.snooze;
  if (snooze === undefined) return [];
  const failing = group.some(({ record }) => record.health.snooze?.stateUnsnoozed === "failing");
  const predicate = failing ? "snoozed, would be failing" : "snoozed";
  return [
    { severity: 1, subject: subjectOf(group), predicate, ...detail(`${snooze.author}: ${snooze.reason}`) },
  ];
}

function endedBadly(reported: readonly Reported[]): Attention[] {
  return (["FAILED", "LOST"] as const).flatMap((state) => {
    const group = reported.filter(({ record }) => shownState(record) === state);
    const reason = group[0]?.record.taskReason;
    return group.length === 0
      ? []
      : [{ severity: 3, subject: subjectOf(group), predicate: state, ...detail(reason) }];
  });
}

function throttled(reported: readonly Reported[]): Attention[] {
  const group = reported.filter(({ record }) => shownState(record) === "THROTTLED");
  const [soonest] = group.toSorted((a, b) => untilOf(a) - untilOf(b));
  if (soonest === undefined) return [];
  const { restarts } = soonest.record;
  const ending = lastEnding(soonest.record);
  const words = [
    ...(restarts === undefined || group.length > 1 ? [] : restartedWords(restarts)),
    ...(ending === undefined ? [] : [`the last one ${ending}`]),
  ];
  return [
    {
      severity: 2,
      subject: subjectOf(group),
      predicate: "THROTTLED",
      untilMs: untilOf(soonest),
      ...detail(words.join("; ")),
    },
  ];
}

function untilOf({ record }: Reported): number {
  return record.restarts?.throttledUntil ?? Number.POSITIVE_INFINITY;
}

function drifting(reported: readonly Reported[]): Attention[] {
  const groups = Map.groupBy(
    reported.filter((instance) => instance.drift !== undefined),
    (instance) => instance.drift?.text ?? "",
  );
  return [...groups].map(([text, group]) => ({
    severity: 2,
    subject: subjectOf(group),
    predicate: text,
    sinceMs: Math.min(...group.map((instance) => instance.drift?.sinceMs ?? Number.POSITIVE_INFINITY)),
  }));
}

function strays(members: readonly MemberView[]): Attention[] {
  const [first] = members;
  if (first === undefined) return [];
  const subject = members.length === 1 ? first.name : `${members.length} members`;
  return [{ severity: 2, subject, predicate: "without a live executor", sinceMs: first.createdMs }];
}

function unreadable(instances: readonly InstanceView[]): Attention[] {
  const group = instances.filter((instance) => instance.kind === "unreadable");
  const [first] = group;
  if (first?.kind !== "unreadable") return [];
  return [unread(subjectOf(group), "record unreadable", first.reason)];
}

function unread(subject: string, predicate: string, reason: string | undefined): Attention {
  return { severity: 2, subject, predicate, ...detail(reason) };
}

function absent(instances: readonly InstanceView[], reported: readonly Reported[]): Attention[] {
  const group = instances.filter((instance) => instance.kind === "missing");
  if (group.length === 0) return [];
  const subject =
    reported.length === 0 && group.length > 1 ? `all ${group.length} instances` : subjectOf(group);
  return [{ severity: 1, subject, predicate: "not reported by any executor" }];
}

function subjectOf(group: readonly InstanceView[]): string {
  const names = group.slice(0, NAMED).map((instance) => `#${instance.name}`);
  const more = group.length - names.length;
  return `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function detail(text: string | undefined): { detail?: string } {
  return text === undefined || text === "" ? {} : { detail: text };
}

/** The mark beside it. */
export function toneOfAttention({ predicate, severity }: Attention): Tone {
  if (severity === 3) return "bad";
  if (predicate === "THROTTLED") return "throttled";
  return severity === 2 ? "attention" : "unknown";
}
