"use client";

import Link from "next/link";
import { memo } from "react";
import { Ago } from "../../components/ago.tsx";
import { EnvironmentPill } from "../../components/environment-pill.tsx";
import { ToneGlyph } from "../../components/tone-glyph.tsx";
import { AttentionText } from "./attention-text.tsx";
import { GlyphBar } from "./glyph-bar.tsx";
import { jobHref } from "./job-href.ts";
import { type Attention, toneOfAttention } from "./model/attention.ts";
import type { JobRow } from "./model/job-row.ts";

interface Props {
  readonly row: JobRow;
  readonly index: number;
  readonly measure: (row: Element | null) => void;
}

const CELL = "h-[34px] border-b border-line px-2 py-1 first:pl-3 last:pr-3 group-last:border-b-0";
const NUMBER = `${CELL} text-end figure`;

/** Unchanged rows keep their object, so a change of one job draws one row. */
export const JobTableRow = memo(function JobTableRow({ row, index, measure }: Props) {
  const { key } = row;
  return (
    <tr
      ref={measure}
      data-index={index}
      data-job={row.id}
      data-severity={row.severity}
      aria-rowindex={index + 2}
      className="group hover:bg-raised"
    >
      <td className={`${CELL} figure overflow-hidden`}>
        <GlyphBar squares={row.squares} tally={row.tally} />
      </td>
      <td className={`${CELL} max-md:hidden`}>
        <span className="block truncate" title={key.role}>
          {key.role}
        </span>
      </td>
      <td className={`${CELL} max-md:hidden`}>
        <EnvironmentPill environment={key.environment} />
      </td>
      <th scope="row" className={`${CELL} font-normal`}>
        <Link
          href={jobHref(key)}
          prefetch={false}
          title={row.id}
          className="block truncate font-medium text-ink underline-offset-2 hover:underline"
        >
          {key.name}
        </Link>
        <span className="block truncate text-xs text-soft md:hidden">
          {key.role} <EnvironmentPill environment={key.environment} />
        </span>
        <span className="block text-xs md:hidden">
          <AttentionCell attention={row.attention} />
        </span>
      </th>
      <td className={`${NUMBER} max-md:hidden`} data-instances={`${row.running}/${row.desired ?? ""}`}>
        {row.origin === "foreign" ? (
          <Dash title="Not run by Borealis" />
        ) : (
          <Of part={row.running} whole={row.desired} severity={row.severity} />
        )}
      </td>
      <td className={`${NUMBER} max-sm:hidden`} data-healthy={row.healthy}>
        {row.checked > 0 ? (
          <Of part={row.healthy} whole={row.checked} severity={row.severity} />
        ) : row.running > 0 ? (
          <span className="text-xs whitespace-nowrap text-soft">not checked</span>
        ) : (
          <Dash title="Nothing runs that could be checked" />
        )}
      </td>
      <td className={NUMBER} data-announced={row.announced}>
        {row.expected === 0 && row.announced === 0 ? (
          <Dash title="This job does not announce" />
        ) : (
          <Of part={row.announced} whole={row.expected} severity={row.severity} />
        )}
      </td>
      <td className={`${NUMBER} text-xs text-soft max-lg:hidden`}>
        <Ago sinceMs={row.lastChangeMs} />
      </td>
      <td className={`${CELL} max-md:hidden`}>
        {row.origin === "foreign" ? (
          <span className="block truncate text-soft">{row.summary}</span>
        ) : (
          <AttentionCell attention={row.attention} />
        )}
      </td>
    </tr>
  );
});

function AttentionCell({ attention: [first, ...more] }: { attention: readonly Attention[] }) {
  if (first === undefined) return null;
  return (
    <span className="figure flex items-center gap-1.5" data-attention={first.predicate}>
      <ToneGlyph tone={toneOfAttention(first)} />
      <span
        className="truncate"
        title={[`${first.subject} ${first.predicate}`, first.detail].filter(Boolean).join(": ")}
      >
        <AttentionText attention={first} />
      </span>
      {more.length === 0 ? null : <span className="shrink-0 text-soft">+{more.length}</span>}
    </span>
  );
}

/** A job on its way up is short of some without needing anybody. */
function Of({ part, whole, severity }: { part: number; whole: number | undefined; severity: number }) {
  const short = whole !== undefined && part !== whole && severity > 0;
  return (
    <span className={short ? "font-medium text-attention" : undefined}>
      {part.toLocaleString("en")}
      {whole === undefined ? null : <span className="text-soft">/{whole.toLocaleString("en")}</span>}
    </span>
  );
}

function Dash({ title }: { title: string }) {
  return (
    <span className="text-soft" title={title}>
      <span aria-hidden="true">–</span>
      <span className="sr-only">{title}</span>
    </span>
  );
}
