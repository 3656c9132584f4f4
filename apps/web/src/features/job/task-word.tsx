"use client";

import type { InstanceRecord } from "@borealis/schema";
import { useCallback } from "react";
import { useTimedText } from "../../components/now.ts";
import { shownState } from "../jobs/model/shown-state.ts";
import { NextTask } from "../jobs/next-task.tsx";
import { restartSentence } from "./restart-sentence.ts";
import { StateWord } from "./state-word.tsx";
import { TASK_TONES } from "./words.ts";

/** The task's state; between two tasks, when the next one starts. */
export function TaskWord({ record }: { record: InstanceRecord }) {
  const state = shownState(record);
  if (state === "THROTTLED") return <Throttled record={record} />;
  return <StateWord tone={TASK_TONES[state]}>{state}</StateWord>;
}

function Throttled({ record }: { record: InstanceRecord }) {
  const sentence = useTimedText(useCallback((nowMs: number) => restartSentence(record, nowMs), [record]));
  const untilMs = record.restarts?.throttledUntil;
  return (
    <span title={sentence}>
      <StateWord tone={TASK_TONES.THROTTLED}>THROTTLED</StateWord>
      {untilMs === undefined ? null : (
        <span className="block text-xs text-soft">
          <NextTask untilMs={untilMs} />
        </span>
      )}
    </span>
  );
}
