"use client";

import type { JobKey } from "@borealis/schema";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useRef } from "react";
import { Notice } from "../../components/notice.tsx";
import { JobsSkeleton } from "../jobs/jobs-skeleton.tsx";
import type { JobDetail } from "../jobs/model/job-view.ts";
import { isVirtual } from "../jobs/use-virtual-rows.ts";
import { useTRPC } from "../live/trpc.ts";
import { SourceTrouble, useSourceTrouble } from "../source/source-trouble.tsx";
import { InstanceGrid } from "./instance-grid.tsx";
import { InstancesTable, type InstancesTableHandle } from "./instances-table.tsx";
import { JobGone } from "./job-gone.tsx";
import { JobHeader } from "./job-header.tsx";
import { ServerSetPanel } from "./serverset-panel.tsx";

export function JobPage({ jobKey }: { jobKey: JobKey }) {
  const { data: answer, error } = useQuery(useTRPC().jobs.get.queryOptions(jobKey));
  const trouble = useSourceTrouble();
  if (trouble.kind === "trouble") return <SourceTrouble />;
  if (answer === undefined && error !== null) {
    return (
      <Notice tone="bad" state="could-not-ask" title="The dashboard server does not answer">
        <p>This page keeps trying and fills by itself.</p>
      </Notice>
    );
  }
  if (answer === undefined || trouble.kind === "wait") return <JobsSkeleton />;
  if (answer.detail === null) return <JobGone jobKey={jobKey} goneSinceMs={answer.goneSinceMs} />;
  return (
    <div className="space-y-4 py-3">
      <nav aria-label="Breadcrumb" className="text-xs text-soft">
        <Link href="/jobs" prefetch={false} className="text-accent hover:underline">
          Jobs
        </Link>
        {" / "}
        <Link
          href={`/jobs?role=${encodeURIComponent(jobKey.role)}`}
          prefetch={false}
          className="text-accent hover:underline"
        >
          {jobKey.role}
        </Link>
      </nav>
      <JobHeader detail={answer.detail} />
      <Instances detail={answer.detail} />
      <ServerSetPanel detail={answer.detail} />
    </div>
  );
}

function Instances({ detail: { instances, row } }: { detail: JobDetail }) {
  const table = useRef<InstancesTableHandle>(null);
  const pick = (name: string) => table.current?.reveal(name);
  if (row.origin === "foreign") return null;
  return (
    <section aria-labelledby="instances" className="space-y-2">
      <h2 id="instances" className="text-base font-medium">
        Instances{" "}
        <span className="figure text-sm font-normal text-soft">
          {row.running.toLocaleString("en")} running
          {row.desired === undefined ? "" : ` of ${row.desired.toLocaleString("en")}`}
        </span>
      </h2>
      {instances.length === 0 ? (
        <p
          className="rounded-lg border border-dashed border-edge px-3 py-4 text-soft"
          data-notice="no-instances"
        >
          No executor reports an instance of this job.
        </p>
      ) : (
        <>
          <InstanceGrid instances={instances} onPick={isVirtual(instances.length) ? pick : undefined} />
          <InstancesTable instances={instances} ref={table} />
        </>
      )}
    </section>
  );
}
