"use client";

import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useMemo } from "react";
import { Command, Notice } from "../../components/notice.tsx";
import { useTRPC } from "../live/trpc.ts";
import { SourceTrouble, useSourceTrouble } from "../source/source-trouble.tsx";
import { useFreshness } from "../source/use-freshness.ts";
import { filterJobs, sortJobs } from "./jobs-filter.ts";
import { JobsSkeleton } from "./jobs-skeleton.tsx";
import { JobsTable } from "./jobs-table.tsx";
import { JobsToolbar, NO_FILTER } from "./jobs-toolbar.tsx";
import { JobsTotals } from "./jobs-totals.tsx";
import { isFiltered, type JobsView } from "./jobs-view.ts";
import type { JobRow } from "./model/job-row.ts";
import { useJobsView } from "./use-jobs-view.ts";

export function JobsPage() {
  const { data: list, error } = useQuery(useTRPC().jobs.list.queryOptions());
  const trouble = useSourceTrouble();
  if (trouble.kind === "trouble") return <SourceTrouble />;
  if (list === undefined && error !== null) return <CouldNotAsk reason={error.message} />;
  if (list === undefined || trouble.kind === "wait") return <JobsSkeleton />;
  return (
    <>
      <Unreadable />
      {list.rows.length === 0 ? <NoJobs /> : <Jobs rows={list.rows} />}
    </>
  );
}

function Jobs({ rows }: { rows: readonly JobRow[] }) {
  const [view, change] = useJobsView();
  const deferred = useDeferredValue(view);
  const matching = useMemo(() => filterJobs(rows, deferred), [rows, deferred]);
  const sorted = useMemo(() => sortJobs(matching, deferred.sort), [matching, deferred.sort]);
  return (
    <div className="space-y-2 py-3">
      <h1 className="sr-only">Jobs</h1>
      <JobsTotals rows={matching} />
      <JobsToolbar rows={rows} view={view} onChange={change} />
      {sorted.length === 0 ? (
        <NoMatch total={rows.length} view={view} onClear={() => change(NO_FILTER)} />
      ) : (
        <JobsTable rows={sorted} view={deferred} onSort={(sort) => change({ sort })} />
      )}
    </div>
  );
}

/** Jobs below a znode that nobody lets us read are neither there nor not there. */
function Unreadable() {
  const { unreadable } = useFreshness().source ?? {};
  if (unreadable === undefined) return null;
  const { count, path, reason } = unreadable;
  return (
    <p
      role="status"
      data-notice="unreadable"
      className="mt-3 rounded-lg border border-attention bg-attention-wash px-3 py-2 break-words"
    >
      Jobs may be missing here. <span className="font-mono text-xs">{path}</span> can not be read: {reason}
      {count > 1 ? `, and ${(count - 1).toLocaleString("en")} more like it` : ""}.
    </p>
  );
}

function NoJobs() {
  const { source } = useFreshness();
  if (source?.unreadable !== undefined) return null;
  const executors = source?.executors ?? 0;
  return (
    <Notice tone="ended" state="empty" title="No jobs reported yet">
      <p>
        ZooKeeper answers
        {executors > 0 ? `, ${executors} executor${executors === 1 ? " is" : "s are"} connected` : ""}, and
        nothing is under /borealis/jobs or {source?.serverSetRoot}. This creates the first job; it appears
        here without a reload:
      </p>
      <Command>{`export BOREALIS_ZK=${source?.servers ?? "localhost:2181"}\nnpx borealis executor sidecar www-data/prod/hello -P http:8080 --portmap health:http`}</Command>
    </Notice>
  );
}

function NoMatch({ total, view, onClear }: { total: number; view: JobsView; onClear: () => void }) {
  const filters = [
    view.text.trim() === "" ? "" : `“${view.text.trim()}”`,
    view.role === "" ? "" : `role ${view.role}`,
    view.environment === "" ? "" : `environment ${view.environment}`,
    view.attention ? "needs attention" : "",
  ].filter(Boolean);
  if (!isFiltered(view)) return null;
  return (
    <Notice tone="unknown" state="no-match" title="No job matches">
      <p>
        Filtered by {filters.join(", ")}. Without {filters.length === 1 ? "it" : "them"} there{" "}
        {total === 1 ? "is 1 job" : `are ${total.toLocaleString("en")} jobs`}.
      </p>
      <button
        type="button"
        onClick={onClear}
        className="rounded border border-edge px-3 py-1 text-sm text-ink hover:bg-raised"
      >
        {total === 1 ? "Show the 1 job" : `Show all ${total.toLocaleString("en")} jobs`}
      </button>
    </Notice>
  );
}

function CouldNotAsk({ reason }: { reason: string }) {
  return (
    <Notice tone="bad" state="could-not-ask" title="The dashboard server does not answer">
      <p>This page keeps trying and fills by itself.</p>
      <p className="font-mono text-xs text-ink">{reason}</p>
    </Notice>
  );
}
