"use client";

import { Ago } from "../../components/ago.tsx";
import { ToneGlyph } from "../../components/tone-glyph.tsx";
import type { Tone } from "../jobs/model/tone.ts";
import { isRefused } from "./source-status.ts";
import { type Freshness, useFreshness } from "./use-freshness.ts";

const LOOKS: Readonly<Record<Freshness["state"], { readonly tone: Tone; readonly className: string }>> = {
  live: { tone: "good", className: "border-line text-soft" },
  loading: { tone: "moving", className: "border-moving bg-moving-wash text-ink" },
  refused: { tone: "bad", className: "border-bad bg-bad-wash text-ink" },
  connecting: { tone: "moving", className: "border-moving bg-moving-wash text-ink" },
  stale: { tone: "attention", className: "border-attention bg-attention-wash text-ink" },
  lost: { tone: "attention", className: "border-attention bg-attention-wash text-ink" },
  unconfigured: { tone: "bad", className: "border-bad bg-bad-wash text-ink" },
};

/** How old what is on the screen is, and why. Always there. */
export function FreshnessChip() {
  const freshness = useFreshness();
  const { tone, className } = LOOKS[freshness.state];
  return (
    <p
      role="status"
      aria-label="Data source"
      data-source-state={freshness.state}
      title={freshness.source?.error}
      className={`flex min-w-0 items-center gap-1.5 rounded-full border px-2.5 py-0.5 text-xs ${className}`}
    >
      <ToneGlyph tone={tone} />
      <span className="truncate">
        <Words {...freshness} />
      </span>
    </p>
  );
}

function Words({ state, sinceMs, source }: Freshness) {
  switch (state) {
    case "live":
      return (
        <>
          live<span className="max-sm:hidden"> · ZooKeeper {source?.server ?? source?.servers}</span>
        </>
      );
    case "loading":
      return <>reading from ZooKeeper {source?.server}</>;
    case "refused":
      return <>ZooKeeper {source?.server} can not be read</>;
    case "connecting":
      return <>connecting{source?.servers === undefined ? "" : ` · ZooKeeper ${source.servers}`}</>;
    case "stale":
      return (
        <>
          stale ·{" "}
          <span className="max-sm:hidden">
            {source !== undefined && isRefused(source)
              ? "ZooKeeper could last be read "
              : "ZooKeeper session lost "}
          </span>
          <Ago sinceMs={sinceMs} />
          <span className="max-md:hidden">; showing last known</span>
        </>
      );
    case "lost":
      return (
        <>
          <span className="max-sm:hidden">no connection to the dashboard server</span>
          <span className="sm:hidden">no connection</span> for <Ago sinceMs={sinceMs} as="for" />
          <span className="max-md:hidden">; showing last known</span>
        </>
      );
    case "unconfigured":
      return <>ZooKeeper not configured</>;
  }
}
