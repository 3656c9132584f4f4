import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { JobPage } from "../../../../../features/job/job-page.tsx";
import { type JobParams, jobKeyOfParams } from "../../../../../features/job/job-params.ts";
import { prefetching } from "../../../../../server/prefetch.ts";
import { source } from "../../../../../server/source.ts";

/** A larger job would make the page itself heavy: the browser asks for it. */
const MOST_ROWS_IN_PAGE = 1_000;

interface Props {
  readonly params: Promise<JobParams>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  // Here, unlike in the page, Next gives the parts decoded.
  const { role, environment, job } = await params;
  return { title: `${job} · ${role}/${environment} · Borealis` };
}

export default async function Page({ params }: Props) {
  const jobKey = jobKeyOfParams(await params);
  const { queryClient, trpc } = prefetching();
  const { detail } = await queryClient.fetchQuery(trpc.jobs.get.queryOptions(jobKey));
  // Only who has seen all may say that there is none.
  const { state } = source().status;
  if (detail === null && (state === "live" || state === "stale")) notFound();
  const light = detail === null || detail.instances.length + detail.members.length <= MOST_ROWS_IN_PAGE;
  return (
    <HydrationBoundary state={light ? dehydrate(queryClient) : undefined}>
      <JobPage jobKey={jobKey} />
    </HydrationBoundary>
  );
}
