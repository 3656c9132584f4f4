import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestClock, type TestClock } from "@borealis/clock/testing";
import { onTestFinished } from "vitest";
import type { History, RecordedResult } from "../src/history/history.ts";
import type { HistoryLimits } from "../src/history/history-memory.ts";
import { openHistory } from "../src/history/history-store.ts";

export const ALL = { limit: 1_000_000 };
export const CHECK = "www-data/prod/hello/0/http";

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "borealis-history-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export interface Opened {
  readonly history: History;
  readonly clock: TestClock;
  readonly problems: string[];
  readonly directory: string;
}

/** Closed when the test ends, unless the test has done so. */
export function opened(
  options: { directory?: string; clock?: TestClock; limits?: Partial<HistoryLimits> } = {},
): Opened {
  const { directory = temporaryDirectory(), clock = createTestClock(), limits } = options;
  const problems: string[] = [];
  const history = openHistory({
    directory,
    clock,
    ...(limits && { limits }),
    onProblem: (text) => problems.push(text),
  });
  onTestFinished(() => history.close());
  return { history, clock, problems, directory };
}

export function passed(at: number, over: Partial<RecordedResult> = {}): RecordedResult {
  return { at, durationMs: 1.25, healthy: true, state: "healthy", statusCode: 200, ...over };
}

export function failed(at: number, over: Partial<RecordedResult> = {}): RecordedResult {
  const reason = "the status is 503 instead of 200";
  return {
    at,
    durationMs: 2.5,
    healthy: false,
    state: "failing",
    kind: "status",
    statusCode: 503,
    reason,
    ...over,
  };
}

/** The files with records, oldest first. */
export function logs(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(".log"))
    .sort()
    .map((name) => join(directory, name));
}
