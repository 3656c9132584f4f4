import { CopyButton } from "../../components/copy-button.tsx";
import { EnvironmentPill } from "../../components/environment-pill.tsx";
import { ToneGlyph } from "../../components/tone-glyph.tsx";
import { StatusSentence } from "../jobs/attention-text.tsx";
import { toneOfAttention } from "../jobs/model/attention.ts";
import type { JobRow } from "../jobs/model/job-row.ts";
import type { JobDetail } from "../jobs/model/job-view.ts";
import type { Tone } from "../jobs/model/tone.ts";
import { healthSentence } from "./health-sentence.ts";

export function JobHeader({ detail }: { detail: JobDetail }) {
  const { row } = detail;
  const { environment, name, role } = row.key;
  const tone = toneOf(row);
  return (
    <header className="space-y-1.5" data-job={row.id} data-severity={row.severity}>
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <h1 className="text-lg font-medium break-all">{name}</h1>
        <EnvironmentPill environment={environment} />
        <code className="font-mono text-xs break-all text-soft">
          {role}/{environment}/{name}
        </code>
        <CopyButton text={row.id} label="Copy the job key" />
      </div>
      <p className="figure flex items-baseline gap-2 text-base" data-status-sentence>
        <span className="translate-y-px">
          <ToneGlyph tone={tone} />
        </span>
        <span>
          <StatusSentence row={row} />
        </span>
      </p>
      <p className="text-xs text-soft">
        <HealthSettings detail={detail} />
        {detail.contact === undefined ? null : ` Contact: ${detail.contact}.`}
        {row.origin === "foreign" ? " No executor of Borealis reports this job." : ""}
      </p>
      {detail.record.kind === "unreadable" ? (
        <details className="text-xs text-soft">
          <summary>The job's record can not be read: {detail.record.reason}</summary>
          <pre className="mt-1 overflow-x-auto font-mono whitespace-pre-wrap">{detail.record.raw}</pre>
        </details>
      ) : null}
    </header>
  );
}

function toneOf({ attention: [worst], tally }: JobRow): Tone {
  if (worst !== undefined) return worst.severity === 1 ? "attention" : toneOfAttention(worst);
  if (tally.moving > 0) return "moving";
  return tally.good > 0 ? "good" : "ended";
}

function HealthSettings({ detail: { healthCheck, row } }: { detail: JobDetail }) {
  if (row.running > 0 && row.checked === 0) return "Health is not checked: no port of it is named health.";
  return healthCheck === undefined ? null : `Health is checked ${healthSentence(healthCheck)}.`;
}
