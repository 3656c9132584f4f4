import { createTestClock } from "@borealis/clock/testing";
import type { ProcessReport } from "@borealis/schema";
import pino from "pino";
import { expect, test } from "vitest";
import { EventLog } from "../src/event-log.ts";
import { tellProcesses } from "../src/process-news.ts";

function told(before: readonly ProcessReport[], after: readonly ProcessReport[]): readonly string[] {
  const log = new EventLog(createTestClock(), pino({ enabled: false }));
  tellProcesses(log, before, after, "/sandbox");
  return log.events.map(({ text }) => text);
}

const running = { name: "a", state: "RUNNING", run: 0, pid: 12 } as const;

test.each<[string, ProcessReport, readonly string[]]>([
  ["a start", running, ["a run 0 RUNNING (pid 12)"]],
  ["a success", { ...running, state: "SUCCESS", exitCode: 0 }, ["a run 0 SUCCESS (exit 0)"]],
  [
    "a failure, with where to look",
    { ...running, state: "FAILED", exitCode: 3 },
    ["a run 0 FAILED (exit 3); what it wrote: /sandbox/.logs/a/0"],
  ],
  [
    "a failure that is followed by another run",
    { name: "a", state: "WAITING", run: 1, exitCode: 3, failures: 1 },
    ["a run 0 ended (exit 3) and will run again, after 1 failures; what it wrote: /sandbox/.logs/a/0"],
  ],
  [
    "a run that was lost, and is followed by another",
    { name: "a", state: "WAITING", run: 1, reason: "its keeper was killed" },
    [
      "a run 0 ended (lost, its keeper was killed) and will run again, after 0 failures; what it wrote: /sandbox/.logs/a/0",
    ],
  ],
  ["nothing of one that has not run", { name: "a", state: "WAITING", run: 0 }, []],
])("the log is told of %s", (_, report, texts) => {
  const before = report.state === "RUNNING" || texts.length === 0 ? [] : [running];
  expect(told(before, [report])).toEqual(texts);
  expect(told([report], [report])).toEqual([]);
});
