import type { InstanceRecord } from "@borealis/schema";
import { lastEnding, restartedWords } from "../jobs/model/restarts.ts";
import { nextTaskWords } from "../jobs/next-task-words.ts";

/** `next task in 23 s, restarted 4 times; the last one FAILED: exit status 1` */
export function restartSentence(record: InstanceRecord, nowMs: number): string {
  const { restarts } = record;
  if (restarts === undefined) return "";
  const { throttledUntil } = restarts;
  const ending = lastEnding(record);
  const begin = [
    ...(throttledUntil === undefined ? [] : [nextTaskWords(throttledUntil, nowMs)]),
    ...restartedWords(restarts),
  ].join(", ");
  return [begin, ...(ending === undefined ? [] : [`the last one ${ending}`])].filter(Boolean).join("; ");
}
