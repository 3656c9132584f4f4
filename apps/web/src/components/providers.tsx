"use client";

import { QueryClientProvider } from "@tanstack/react-query";
import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink } from "@trpc/client";
import { type ReactNode, useState } from "react";
import { useLiveConnection } from "../features/live/live-connection.ts";
import { makeQueryClient } from "../features/live/query-client.ts";
import { StreamHealthContext } from "../features/live/stream-health.ts";
import { TRPCProvider } from "../features/live/trpc.ts";
import type { AppRouter } from "../server/router.ts";
import { RenderedAt } from "./now.ts";

const URL = "/api/trpc";

export function Providers({ renderedAtMs, children }: { renderedAtMs: number; children: ReactNode }) {
  const [queryClient] = useState(makeQueryClient);
  const [trpcClient] = useState(() =>
    createTRPCClient<AppRouter>({
      links: [
        splitLink({
          condition: ({ type }) => type === "subscription",
          true: httpSubscriptionLink({ url: URL }),
          false: httpBatchLink({ url: URL }),
        }),
      ],
    }),
  );
  return (
    <RenderedAt value={renderedAtMs}>
      <QueryClientProvider client={queryClient}>
        <TRPCProvider trpcClient={trpcClient} queryClient={queryClient}>
          <Live>{children}</Live>
        </TRPCProvider>
      </QueryClientProvider>
    </RenderedAt>
  );
}

function Live({ children }: { children: ReactNode }) {
  return <StreamHealthContext value={useLiveConnection()}>{children}</StreamHealthContext>;
}
