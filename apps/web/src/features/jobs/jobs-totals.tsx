import { ToneGlyph } from "../../components/tone-glyph.tsx";
import type { JobRow } from "./model/job-row.ts";
import type { Tone } from "./model/tone.ts";

/** Instances and members of all rows in view. */
export function JobsTotals({ rows }: { rows: readonly JobRow[] }) {
  const sum = (count: (row: JobRow) => number) => rows.reduce((total, row) => total + count(row), 0);
  const ours = rows.filter((row) => row.origin === "borealis");
  const healthy = sum((row) => row.healthy);
  const failing = sum((row) => row.failing);
  const throttled = sum((row) => row.throttled);
  const expected = sum((row) => row.expected ?? 0);
  const announced = ours.reduce((total, row) => total + row.announced, 0);
  const attention = rows.filter((row) => row.severity > 0).length;
  return (
    <dl className="figure flex flex-wrap items-baseline gap-x-5 gap-y-1" data-totals>
      <Total name="jobs" value={rows.length} />
      <Total name="instances" value={sum((row) => row.running)} />
      <Total name="healthy" value={healthy} tone={healthy > 0 ? "good" : undefined} />
      <Total name="failing" value={failing} tone={failing > 0 ? "bad" : undefined} />
      {throttled > 0 ? <Total name="throttled" value={throttled} tone="throttled" /> : null}
      <Total
        name="announced"
        value={announced}
        of={expected}
        tone={announced < expected ? "attention" : undefined}
      />
      <Total name="need attention" value={attention} tone={attention > 0 ? "attention" : undefined} />
    </dl>
  );
}

function Total({
  name,
  value,
  of,
  tone,
}: {
  name: string;
  value: number;
  of?: number;
  tone?: Tone | undefined;
}) {
  return (
    <div className="flex items-baseline gap-1.5" data-total={name} data-value={value}>
      <dd className="order-1 flex items-center gap-1 text-lg leading-6 font-medium">
        {tone === undefined ? null : <ToneGlyph tone={tone} />}
        <span>
          {value.toLocaleString("en")}
          {of === undefined ? null : <span className="text-soft">/{of.toLocaleString("en")}</span>}
        </span>
      </dd>
      <dt className="order-2 text-xs text-soft">{name}</dt>
    </div>
  );
}
