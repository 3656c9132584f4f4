import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { appRouter } from "../../../../server/router.ts";
import { source } from "../../../../server/source.ts";

export const dynamic = "force-dynamic";

// Only GET: there is nothing to change.
export async function GET(request: Request): Promise<Response> {
  const response = await fetchRequestHandler({
    endpoint: "/api/trpc",
    req: request,
    router: appRouter,
    createContext: () => ({ source: source() }),
  });
  // A server that ends serves the connections it has until they are idle: a browser that comes back on one of them
  // would be sent away by the old server for ever, and never meet the new one.
  const isStream = response.headers.get("Content-Type")?.startsWith("text/event-stream");
  if (isStream || source().closed.aborted) response.headers.set("Connection", "close");
  return response;
}
