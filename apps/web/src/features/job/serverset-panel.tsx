"use client";

import { serverSetPath } from "@borealis/schema";
import { CopyButton } from "../../components/copy-button.tsx";
import type { JobDetail } from "../jobs/model/job-view.ts";
import { useFreshness } from "../source/use-freshness.ts";
import { MembersTable } from "./members-table.tsx";
import { StateWord } from "./state-word.tsx";

export function ServerSetPanel({ detail }: { detail: JobDetail }) {
  const { members, row, serverSetExists, serverSetUnreadable, strayMembers } = detail;
  const { source } = useFreshness();
  const path = serverSetPath(row.key, source?.serverSetRoot);
  return (
    <section aria-labelledby="serverset" className="space-y-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h2 id="serverset" className="text-base font-medium">
          ServerSet
        </h2>
        <code className="min-w-0 font-mono text-xs break-all text-soft">{path}</code>
        <CopyButton text={path} label="Copy the ServerSet path" />
        <p className="figure" data-expected={row.expected} data-members={members.length}>
          <Expected detail={detail} />
        </p>
      </div>
      {serverSetUnreadable === undefined ? null : (
        <p
          data-notice="set-unreadable"
          className="rounded-lg border border-dashed border-edge px-3 py-4 hatched"
        >
          The path exists and can not be read, so members may be missing here: {serverSetUnreadable}
        </p>
      )}
      {members.length > 0 ? (
        <MembersTable members={members} strays={strayMembers} />
      ) : serverSetUnreadable !== undefined ? null : (
        <p
          data-notice={serverSetExists ? "no-members" : "no-path"}
          className="rounded-lg border border-dashed border-edge px-3 py-4 text-soft"
        >
          {serverSetExists
            ? "The path exists and has no members: clients find nobody here."
            : "The path does not exist: nothing was ever announced here."}
        </p>
      )}
    </section>
  );
}

function Expected({ detail: { row, strayMembers } }: { detail: JobDetail }) {
  const extra = strayMembers.length;
  if (row.origin === "foreign") return <span className="text-soft">announced by someone else</span>;
  if (row.expected === undefined) return null;
  if (row.expected === 0) return <span className="text-soft">this job does not announce</span>;
  const tone = row.announced === row.expected ? "good" : row.severity === 0 ? "moving" : "attention";
  return (
    <>
      <StateWord tone={tone}>
        {row.announced.toLocaleString("en")} announced of {row.expected.toLocaleString("en")} expected
      </StateWord>
      {extra === 0 ? null : <span className="ml-2 text-attention">and {extra} without a live executor</span>}
    </>
  );
}
