import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import { JobsPage } from "../../features/jobs/jobs-page.tsx";
import { prefetching } from "../../server/prefetch.ts";
import { source } from "../../server/source.ts";

export const metadata: Metadata = { title: "Jobs · Borealis" };

/** More rows than this would make the page itself heavy: they come with the stream. */
const MOST_ROWS_IN_PAGE = 1_000;

export default async function Page() {
  const { queryClient, trpc } = prefetching();
  if (source().model.size <= MOST_ROWS_IN_PAGE)
    await queryClient.prefetchQuery(trpc.jobs.list.queryOptions());
  return (
    <HydrationBoundary state={dehydrate(queryClient)}>
      <JobsPage />
    </HydrationBoundary>
  );
}
