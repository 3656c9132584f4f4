import type { StatusOptions } from "./executor-status.ts";
import { EXIT } from "./exit-codes.ts";
import { findTasks } from "./task-find.ts";
import { statusReport, statusText } from "./task-status-text.ts";

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
  else print(reports.length === 0 ? "No tasks found." : statusText(reports, verbose));
  if (reports.length === 0) process.exitCode = EXIT.negative;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
