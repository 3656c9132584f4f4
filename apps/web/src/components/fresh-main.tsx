"use client";

import type { ReactNode } from "react";
import { useFreshness } from "../features/source/use-freshness.ts";

/** Tells all figures below it whether they are of now. */
export function FreshMain({ children }: { children: ReactNode }) {
  const { state } = useFreshness();
  const fresh = state === "live";
  return (
    <main id="main" data-fresh={fresh} data-source-state={state} className="w-full flex-1 px-3 sm:px-4">
      {children}
    </main>
  );
}
