"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import { type JobsView, readJobsView, writeJobsView } from "./jobs-view.ts";

/** The view is in the URL and nowhere else; replacing it asks the server for nothing. */
export function useJobsView(): readonly [JobsView, (change: Partial<JobsView>) => void] {
  const query = useSearchParams();
  const pathname = usePathname();
  const view = useMemo(() => readJobsView(new URLSearchParams(query)), [query]);
  const change = useCallback(
    (part: Partial<JobsView>) => {
      // Not `query`: two changes before the next rendering must not undo one another.
      const now = new URLSearchParams(window.location.search);
      const text = writeJobsView(now, { ...readJobsView(now), ...part });
      window.history.replaceState(null, "", text === "" ? pathname : `${pathname}?${text}`);
    },
    [pathname],
  );
  return [view, change];
}
