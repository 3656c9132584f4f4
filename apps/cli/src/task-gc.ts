import { createInterface } from "node:readline/promises";
import { systemClock } from "@borealis/clock";
import { GarbageCollector, type GarbagePolicy, type GarbageReport, listTasks } from "@borealis/runner";
import type { GcOptions } from "./executor-gc.ts";
import { EXIT } from "./exit-codes.ts";
import { CliError } from "./fail.ts";
import { note } from "./health-text.ts";
import { formatTable } from "./table.ts";
import { formatAt, formatBytes } from "./task-text.ts";

const MILLISECONDS = 1000;

type Policy = GarbagePolicy & { readonly only?: ReadonlySet<string> };

export async function gc(taskIds: readonly string[], options: GcOptions): Promise<void> {
  const { stateDir, dryRun = false, force = false } = options;
  const policy = await policyOf(taskIds, options);
  const collector = new GarbageCollector(stateDir, systemClock);
  const stop = new AbortController();
  const end = () => stop.abort();
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  try {
    const plan = await collector.collect({ ...policy, dryRun: true }, stop.signal);
    expectOnly(plan, policy);
    if (plan.removed.length === 0) return say("Nothing to remove.");
    if (dryRun) return say(reportText(plan, "would be removed", "would be freed"));
    if (!force && !(await confirmed(plan, stop.signal)))
      throw new CliError("nothing was removed", EXIT.interrupted);
    const done = await collector.collect(policy, stop.signal);
    say(reportText(done, "removed", "freed"));
    for (const { taskId, why } of done.failed) note(`${taskId} is still there, or some of it: ${why}`);
    if (done.failed.length > 0) process.exitCode = EXIT.failed;
  } finally {
    process.off("SIGINT", end);
    process.off("SIGTERM", end);
    if (stop.signal.aborted) process.exitCode = EXIT.interrupted;
  }
}

async function policyOf(taskIds: readonly string[], options: GcOptions): Promise<Policy> {
  const { maxAge, maxTasks, maxSpace, keepData = false, keepLogs = false, keepMetadata = false } = options;
  if (keepData && options.deleteData === true) {
    throw new CliError("--keep-data or --delete-data, not both", EXIT.usage);
  }
  if (keepData && keepMetadata) {
    throw new CliError("with --keep-data and --keep-metadata there is nothing to remove", EXIT.usage);
  }
  if (taskIds.length > 0) await expectFinished(options.stateDir, taskIds);
  const ruled = maxAge !== undefined || maxTasks !== undefined || maxSpace !== undefined;
  return {
    ...(maxAge === undefined ? {} : { maxAgeMs: maxAge * MILLISECONDS }),
    ...(ruled ? (maxTasks === undefined ? {} : { maxTasks }) : { maxTasks: 0 }),
    ...(maxSpace === undefined ? {} : { maxBytes: maxSpace }),
    ...(taskIds.length === 0 ? {} : { only: new Set(taskIds) }),
    keepSandbox: keepData,
    keepLogs,
    keepMetadata,
    maxRemovals: Number.POSITIVE_INFINITY,
  };
}

async function expectFinished(stateDir: string, taskIds: readonly string[]): Promise<void> {
  const places = await listTasks(stateDir, { active: true, finished: true });
  const finished = new Map(places.map((place) => [place.taskId, place.finished]));
  for (const taskId of taskIds) {
    const isFinished = finished.get(taskId);
    if (isFinished === undefined)
      throw new CliError(`there is no task "${taskId}" in ${stateDir}`, EXIT.negative);
    if (!isFinished)
      throw new CliError(`task ${taskId} is active; borealis executor kill ends it`, EXIT.negative);
  }
}

/** Nothing that was not named is ever removed, whatever the collector makes of its policy. */
function expectOnly({ removed }: GarbageReport, { only }: Policy): void {
  const other = removed.find(({ taskId }) => only !== undefined && !only.has(taskId));
  if (other !== undefined) throw new Error(`task ${other.taskId} was not named and would be removed`);
}

async function confirmed(plan: GarbageReport, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new CliError("there is nobody to ask: give --force, or --dry-run to see what would go", EXIT.usage);
  }
  process.stderr.write(`${reportText(plan, "would be removed", "would be freed")}\n`);
  const questions = createInterface({ input: process.stdin, output: process.stderr });
  questions.on("SIGINT", () => process.emit("SIGINT"));
  try {
    return /^y(es)?$/i.test((await questions.question("Remove them? [y/N] ", { signal })).trim());
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  } finally {
    questions.close();
  }
}

function reportText({ removed, bytes, left }: GarbageReport, verb: string, freed: string): string {
  const table = formatTable(
    ["TASK", "ENDED", "SIZE"],
    removed.map((one) => [one.taskId, formatAt(one.endedAt), formatBytes(one.bytes)]),
    ["left", "left", "right"],
  );
  const count = `${removed.length} ${removed.length === 1 ? "task" : "tasks"} ${verb}`;
  const rest = left === 0 ? "" : `, ${left} left`;
  return `${removed.length === 0 ? "" : `${table}\n`}${count}, ${formatBytes(bytes)} ${freed}${rest}`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
