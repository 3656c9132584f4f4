import { createTRPCOptionsProxy } from "@trpc/tanstack-react-query";
import { makeQueryClient } from "../features/live/query-client.ts";
import { appRouter } from "./router.ts";
import { source } from "./source.ts";

/** A query client for one page, and the router's queries called in the process, to write data into the first HTML. */
export function prefetching() {
  const queryClient = makeQueryClient();
  const trpc = createTRPCOptionsProxy({ router: appRouter, queryClient, ctx: () => ({ source: source() }) });
  return { queryClient, trpc };
}
