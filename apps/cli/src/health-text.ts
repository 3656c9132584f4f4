import { formatWallTime } from "@borealis/clock";
import type { CheckReport, checkResultSchema, checkTransitionSchema } from "@borealis/schema";
import { formatTable, printable } from "./table.ts";

/** With the check that it is about. */
export type ResultLine = ReturnType<typeof checkResultSchema.parse> & { readonly check: string };
export type TransitionLine = ReturnType<typeof checkTransitionSchema.parse> & { readonly check: string };

export function checkTable(checks: readonly CheckReport[]): string {
  return formatTable(
    ["INSTANCE", "CHECK", "STATE", "SINCE", "SNOOZE", "LAST"],
    checks.map((check) => [
      check.instance,
      check.name,
      check.state,
      formatWallTime(check.since),
      snoozeOf(check),
      lastOf(check),
    ]),
  );
}

function lastOf({ waiting, checkedAt, consecutiveFailures, reason }: CheckReport): string {
  if (waiting) return "waits for the startup check";
  if (checkedAt === undefined) return "not checked yet";
  const at = formatWallTime(checkedAt);
  // Of a snoozed check failures are not counted, but the reason of the last is told.
  if (reason === undefined) return `${at} passed`;
  const row = consecutiveFailures < 2 ? "" : ` (${consecutiveFailures} in a row)`;
  return `${at} failed${row}: ${reason}`;
}

function snoozeOf({ snooze, snoozeFile, state, stateUnsnoozed }: CheckReport): string {
  const parts: string[] = [];
  if (snooze !== undefined) {
    const paused = snooze.pause ? "paused" : "snoozed";
    parts.push(`${paused} until ${formatWallTime(snooze.until)} by ${snooze.author}: ${snooze.reason}`);
  }
  if (snoozeFile !== undefined) parts.push(`.healthchecksnooze since ${formatWallTime(snoozeFile.since)}`);
  if (stateUnsnoozed !== undefined && stateUnsnoozed !== state) parts.push(`${stateUnsnoozed} without it`);
  return parts.join("; ");
}

export function resultTable(results: readonly ResultLine[]): string {
  const rows = results.map((result) => {
    const { at, check, healthy, state, stateUnsnoozed, durationMs, reason = "" } = result;
    const held = stateUnsnoozed !== undefined && stateUnsnoozed !== state;
    return [
      formatWallTime(at),
      check,
      healthy ? "passed" : "failed",
      `${durationMs.toFixed(1)} ms`,
      held ? `${state} (${stateUnsnoozed} without the snooze)` : state,
      reason,
    ];
  });
  const header = ["AT", "CHECK", "RESULT", "TOOK", "STATE", "REASON"];
  return formatTable(header, rows, ["left", "left", "left", "right"]);
}

export function transitionTable(transitions: readonly TransitionLine[]): string {
  return formatTable(
    ["AT", "CHECK", "FROM", "TO", "REASON"],
    transitions.map(({ at, check, from, to, reason = "" }) => [formatWallTime(at), check, from, to, reason]),
  );
}

/** What is quoted may come from a service, or from a znode that anybody wrote. */
export function note(text: string): void {
  process.stderr.write(`borealis: ${printable(text)}\n`);
}
