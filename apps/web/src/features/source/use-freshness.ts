"use client";

import { useQuery } from "@tanstack/react-query";
import { useStreamHealth } from "../live/stream-health.ts";
import { useTRPC } from "../live/trpc.ts";
import type { SourceState, SourceStatus } from "./source-status.ts";

/** `lost`: this browser does not hear from the dashboard. It comes first, because then nothing else is known. */
export interface Freshness {
  readonly state: SourceState | "lost";
  readonly sinceMs: number;
  readonly source: SourceStatus | undefined;
}

export function useFreshness(): Freshness {
  const { data: source } = useQuery(useTRPC().source.status.queryOptions());
  const stream = useStreamHealth();
  if (stream.state === "lost") return { state: "lost", sinceMs: stream.sinceMs, source };
  return { state: source?.state ?? "connecting", sinceMs: source?.sinceMs ?? 0, source };
}
