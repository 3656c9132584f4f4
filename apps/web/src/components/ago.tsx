"use client";

import { useCallback } from "react";
import { formatAgo, formatDuration, formatTime } from "./duration.ts";
import { useTimedText } from "./now.ts";

interface Props {
  readonly sinceMs: number;
  /** `for`: "4 min". `ago`: "4 min ago". */
  readonly as?: "ago" | "for";
}

export function Ago({ sinceMs, as = "ago" }: Props) {
  const text = useTimedText(
    useCallback(
      (nowMs: number) =>
        as === "ago" ? formatAgo(sinceMs, nowMs) : formatDuration(Math.max(0, nowMs - sinceMs)),
      [sinceMs, as],
    ),
  );
  const date = new Date(sinceMs);
  return (
    <time
      dateTime={Number.isNaN(date.getTime()) ? undefined : date.toISOString()}
      title={formatTime(sinceMs)}
    >
      {text}
    </time>
  );
}
