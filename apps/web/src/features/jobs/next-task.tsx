"use client";

import { useCallback } from "react";
import { formatTime } from "../../components/duration.ts";
import { useTimedText } from "../../components/now.ts";
import { nextTaskWords } from "./next-task-words.ts";

/** Counts down by itself. */
export function NextTask({ untilMs }: { untilMs: number }) {
  const text = useTimedText(useCallback((nowMs: number) => nextTaskWords(untilMs, nowMs), [untilMs]));
  return (
    <span data-next-task title={formatTime(untilMs)}>
      {text}
    </span>
  );
}
