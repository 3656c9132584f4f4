import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import type { ReactNode } from "react";
import manifest from "../../package.json" with { type: "json" };
import { FreshMain } from "../components/fresh-main.tsx";
import { Providers } from "../components/providers.tsx";
import { SiteHeader } from "../components/site-header.tsx";
import { readTheme, THEME_COOKIE } from "../components/theme.ts";
import { prefetching } from "../server/prefetch.ts";
import "./globals.css";

// Every answer carries its own nonce and the data of this moment.
export const dynamic = "force-dynamic";

export const metadata: Metadata = { title: "Borealis", referrer: "no-referrer", robots: { index: false } };
export const viewport: Viewport = { colorScheme: "light dark" };

export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = readTheme((await cookies()).get(THEME_COOKIE)?.value);
  const { queryClient, trpc } = prefetching();
  await queryClient.prefetchQuery(trpc.source.status.queryOptions());
  return (
    <html lang="en" data-theme={theme}>
      <body className="flex min-h-dvh flex-col">
        <a
          href="#main"
          className="sr-only rounded bg-panel px-3 py-1 focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50"
        >
          Skip to content
        </a>
        <Providers renderedAtMs={Date.now()}>
          <HydrationBoundary state={dehydrate(queryClient)}>
            <SiteHeader theme={theme} />
            <FreshMain>{children}</FreshMain>
          </HydrationBoundary>
        </Providers>
        <footer className="border-t border-line px-4 py-2 text-xs text-soft">
          Borealis {manifest.version}. Read-only: it shows what ZooKeeper holds and is not in the path of
          tasks, checks or announcing.
        </footer>
      </body>
    </html>
  );
}
