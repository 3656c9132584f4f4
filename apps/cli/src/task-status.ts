import type { StatusOptions } from "./executor-status.ts";
import { EXIT } from "./exit-codes.ts";
import { findTasks, findThrottled } from "./task-find.ts";
import { statusReport, statusText, throttledText } from "./task-status-text.ts";

export async function status(
  patterns: readonly string[],
  { stateDir, only, verbose = false, output }: StatusOptions,
): Promise<void> {
  const found = await findTasks(stateDir, patterns, {
    active: only !== "finished",
    finished: only !== "active",
  });
  const reports = found.map(statusReport);
  if (output === "json") print(JSON.stringify(reports));
  else if (output === "ndjson") for (const report of reports) print(JSON.stringify(report));
  else {
    const throttled = only === "finished" ? [] : findThrottled(stateDir, patterns);
    if (throttled.length > 0) print(throttledText(throttled));
    if (reports.length > 0) print(statusText(reports, verbose));
    else if (throttled.length === 0) print("No tasks found.");
  }
  if (reports.length === 0) process.exitCode = EXIT.negative;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
