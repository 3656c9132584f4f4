import { isTerminal } from "@borealis/schema";
import type { TaskMachine } from "./task.ts";
import type { TaskEffect } from "./task-event.ts";

/**
 * What is to be performed after a replay, when nobody knows which effects of the last steps were carried out: all that
 * could be outstanding, once more. Whoever performs it must take each of them twice: a run that was launched is not
 * launched again, a signal to a run that is over is nothing. Better a second SIGTERM than none.
 *
 * A run that is FORKED while the task is CLEANING is started too: `started` then brings its SIGTERM, while a run that
 * nobody ever launched would never be heard of again.
 */
export function resume({ stage, processes, verdict }: TaskMachine): readonly TaskEffect[] {
  if (isTerminal(stage)) {
    const abandoned = processes.filter((process) => process.abandoned);
    const reason = verdict?.reason ?? "";
    return [
      ...abandoned.map(
        ({ name, run }) => ({ type: "signal", process: name, run, signal: "SIGKILL" }) as const,
      ),
      { type: "ended", taskState: stage, reason },
    ];
  }
  return processes.flatMap(({ name, state, run }): TaskEffect[] => {
    if (state === "FORKED") return [{ type: "start", process: name, run }];
    if (state !== "RUNNING" || stage !== "CLEANING") return [];
    return [{ type: "signal", process: name, run, signal: "SIGTERM" }];
  });
}
