import type { InstanceRecord } from "@borealis/schema";
import { Ago } from "../../components/ago.tsx";
import { formatTime } from "../../components/duration.ts";
import type { Drift } from "../jobs/model/drift.ts";
import { shownState } from "../jobs/model/shown-state.ts";
import { StateWord } from "./state-word.tsx";
import { TaskWord } from "./task-word.tsx";
import { ANNOUNCE_WORDS, HEALTH_WORDS } from "./words.ts";

export function TaskCell({ record }: { record: InstanceRecord }) {
  const { mode, stopping, taskReason, taskState } = record;
  const step = taskState === "ACTIVE" ? stopping?.at(-1)?.step : undefined;
  return (
    <>
      <TaskWord record={record} />
      {mode === "sidecar" ? (
        <span
          className="ml-1.5 rounded border border-line px-1 text-2xs text-soft"
          title="Something else runs the task; Borealis checks and announces it"
        >
          sidecar
        </span>
      ) : null}
      {step === undefined ? null : <Small>stopping: {step}</Small>}
      {taskReason ? <Small>{taskReason}</Small> : null}
    </>
  );
}

export function HealthCell({ record }: { record: InstanceRecord }) {
  const { health } = record;
  const snooze = health.snooze === undefined ? null : <SnoozeTag snooze={health.snooze} />;
  if (shownState(record) === "THROTTLED") {
    return (
      <>
        <span className="pl-[18px] text-soft" title="Nothing runs that could be checked">
          –
        </span>
        {snooze}
      </>
    );
  }
  const { tone, word } = HEALTH_WORDS[health.state];
  const misses = health.consecutiveFailures;
  return (
    <>
      <StateWord tone={tone}>{word}</StateWord>
      {health.state === "disabled" ? null : (
        <span className="text-soft">
          {" "}
          for <Ago sinceMs={health.since} as="for" />
        </span>
      )}
      {misses === 0 && !health.reason ? null : (
        <Small>
          {[health.reason, misses > 0 ? `${misses} ${misses === 1 ? "miss" : "misses"} in a row` : ""]
            .filter(Boolean)
            .join("; ")}
        </Small>
      )}
      {snooze}
    </>
  );
}

function SnoozeTag({ snooze }: { snooze: NonNullable<InstanceRecord["health"]["snooze"]> }) {
  const { author, pause, reason, stateUnsnoozed, until } = snooze;
  return (
    <span
      data-snooze
      title="Failed checks have no consequences meanwhile"
      className="mt-0.5 block w-fit rounded border border-attention bg-attention-wash px-1.5 text-xs leading-[18px] break-words"
    >
      {pause ? "not checked" : "snoozed"}
      {until === undefined ? "" : ` until ${formatTime(until)}`} by {author}: {reason}
      {stateUnsnoozed === "failing" ? "; would be failing" : ""}
    </span>
  );
}

interface AnnouncedProps {
  readonly record: InstanceRecord;
  readonly member: string | undefined;
  readonly drift: Drift | undefined;
}

export function AnnouncedCell({ record: { announced }, member, drift }: AnnouncedProps) {
  const { tone, word } = ANNOUNCE_WORDS[announced.state];
  return (
    <>
      <StateWord tone={announced.state === "announced" && member === undefined ? "unknown" : tone}>
        {word}
      </StateWord>
      {member === undefined ? null : (
        <span className="ml-1.5 font-mono text-xs text-soft max-md:ml-0 max-md:block max-md:break-all">
          {member}
        </span>
      )}
      {drift === undefined ? null : (
        <span
          data-drift={drift.kind}
          title={drift.explanation}
          className="mt-0.5 block w-fit rounded border border-attention bg-attention-wash px-1.5 text-xs leading-[18px]"
        >
          {drift.text}
        </span>
      )}
    </>
  );
}

export function PortLinks({ host, ports }: Pick<InstanceRecord, "host" | "ports">) {
  const names = Object.entries(ports);
  if (names.length === 0) return <span className="text-soft">none</span>;
  return (
    <span className="flex flex-wrap gap-x-3">
      {names.map(([name, port]) => (
        <span key={name} className="whitespace-nowrap">
          <span className="text-soft">{name} </span>
          <EndpointLink host={host} port={port}>
            {port}
          </EndpointLink>
        </span>
      ))}
    </span>
  );
}

interface EndpointProps {
  readonly host: string;
  readonly port: number;
  readonly children: React.ReactNode;
}

/** Only for what can be a host: anybody may have written the znode. */
export function EndpointLink({ host, port, children }: EndpointProps) {
  const name = /^[\w.-]+$/.test(host) ? host : /^[0-9a-fA-F:.]+$/.test(host) ? `[${host}]` : undefined;
  if (name === undefined || port === 0) return children;
  return (
    <a
      href={`http://${name}:${port}`}
      target="_blank"
      rel="noreferrer"
      className="text-accent underline-offset-2 hover:underline"
    >
      {children}
    </a>
  );
}

function Small({ children }: { children: React.ReactNode }) {
  return <span className="line-clamp-3 text-xs break-words text-soft">{children}</span>;
}
