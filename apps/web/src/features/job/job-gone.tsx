"use client";

import { formatJobKey, type JobKey } from "@borealis/schema";
import Link from "next/link";
import { Ago } from "../../components/ago.tsx";
import { Notice } from "../../components/notice.tsx";

interface Props {
  readonly jobKey: JobKey;
  readonly goneSinceMs: number | null;
}

/** It stays on this page: when the job comes back, it is shown without a reload. */
export function JobGone({ jobKey, goneSinceMs }: Props) {
  const id = formatJobKey(jobKey);
  return (
    <Notice
      tone="unknown"
      state={goneSinceMs === null ? "never-seen" : "gone"}
      title={goneSinceMs === null ? "No such job" : "This job exists no more"}
    >
      <p>
        {goneSinceMs === null ? (
          <>
            Neither a record nor a ServerSet of <b className="font-mono text-sm text-ink">{id}</b> has been in
            ZooKeeper since this dashboard started.
          </>
        ) : (
          <>
            <b className="font-mono text-sm text-ink">{id}</b> was in ZooKeeper until{" "}
            <Ago sinceMs={goneSinceMs} />.
          </>
        )}{" "}
        Should it appear, this page shows it.
      </p>
      <Link href="/jobs" className="inline-block text-accent hover:underline">
        All jobs
      </Link>
    </Notice>
  );
}
