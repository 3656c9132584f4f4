import type { InstanceRecord } from "@borealis/schema";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, test } from "vitest";
import { RenderedAt } from "../src/components/now.ts";
import { TaskCell } from "../src/features/job/instance-cells.tsx";
import { InstanceDetails } from "../src/features/job/instance-details.tsx";
import { MINUTE, NOW, record } from "./znodes.ts";

const MB = 1024 ** 2;

function rowsOf(html: string): string[] {
  const rows = html.match(/<(tr|p)[ >].*?<\/\1>/g) ?? [];
  return rows.map((row) => row.replaceAll(/<\/t[hd]>/g, " | ").replaceAll(/<[^>]*>/g, ""));
}

function details(over: Partial<InstanceRecord>): string[] {
  const instance = { kind: "reported", name: "0", tone: "good", record: record(0, over) } as const;
  return rowsOf(
    renderToStaticMarkup(
      <RenderedAt value={NOW}>
        <InstanceDetails instance={instance} />
      </RenderedAt>,
    ),
  );
}

test("an executor that tells none of it is shown as ever", () => {
  expect(details({})).toEqual([
    "task task-0 · executor http://127.0.0.1:1338",
    "Process | State | Run | PID | Exit | ",
    "server | RUNNING | 0 | 1 | – | ",
  ]);
});

test("processes have times, and those that wait tell how the last run ended", () => {
  const processes: InstanceRecord["processes"] = [
    {
      name: "live",
      state: "RUNNING",
      run: 2,
      pid: 7,
      exitCode: 1,
      failures: 2,
      startedAt: NOW - MINUTE + 0.25,
    },
    {
      name: "ended",
      state: "SUCCESS",
      run: 0,
      exitCode: 0,
      startedAt: NOW - MINUTE,
      endedAt: NOW - 58_800.5,
    },
    {
      name: "again",
      state: "WAITING",
      run: 1,
      signal: "SIGKILL",
      failures: 1,
      startedAt: NOW - 9_000,
      endedAt: NOW,
    },
    { name: "lost", state: "LOST", run: 0, startedAt: NOW - MINUTE, reason: "nobody saw it end" },
    { name: "first", state: "WAITING", run: 0 },
  ];
  expect(details({ processes }).slice(1)).toEqual([
    "Process | State | Run | PID | Exit | Started | Took | ",
    "live | RUNNINGfailed 2 times | 2 | 7 | 1 | 59 s ago | 59 s | ",
    "ended | SUCCESS | 0 | – | 0 | 1 min ago | 1.2 s | ",
    "again | WAITINGfailed once | 1 | – | SIGKILL | 9 s ago | 9 s | ",
    "lost | LOSTnobody saw it end | 0 | – | – | 1 min ago | – | ",
    "first | WAITING | 0 | – | – | – | – | ",
  ]);
});

test("a stop is its steps: the most each may take, what it took, and what came of it", () => {
  const stopping = [
    { step: "UNANNOUNCE", startedAt: NOW - 3_000, plannedMs: 5_000, endedAt: NOW - 2_980, outcome: "gone" },
    { step: "DRAIN", startedAt: NOW - 2_980, plannedMs: 90_000 },
  ];
  expect(details({ stopping }).slice(-3)).toEqual([
    "Stop | Planned | Took | Outcome | ",
    "UNANNOUNCE | 5 s | 0.02 s | gone | ",
    "DRAIN | 1 min 30 s | 2 s | under way | ",
  ]);
});

describe("restarts and resources", () => {
  const last = {
    taskId: "task-before",
    taskState: "FAILED",
    reason: "exit status 1",
    at: NOW - MINUTE,
  } as const;

  test("are a line each, with the age of what was measured", () => {
    const limits = { cpu: 1, ramBytes: 256 * MB, diskBytes: 64 * MB };
    const resources = {
      cpu: 0.31,
      ramBytes: 300 * MB,
      limits,
      notEnforced: ["cpu: no cgroup", "ram: no cgroup"],
    };
    expect(details({ restarts: { count: 4, last }, resources }).slice(1, 4)).toEqual([
      "restarted 4 times; the last one FAILED 1 min ago: exit status 1 · task task-before",
      "cpu 0.31 of 1 core · ram 300 of 256 MB · disk up to 64 MB · as of 10 min ago",
      "not enforced here: cpu: no cgroup; ram: no cgroup",
    ]);
  });

  test("what waits to be started again is THROTTLED, with its reasons where one points", () => {
    const restarts = { count: 4, throttledUntil: NOW + 23_000, last };
    const throttled = record(0, { taskState: "FAILED", restarts });
    const html = renderToStaticMarkup(
      <RenderedAt value={NOW}>
        <TaskCell record={throttled} />
      </RenderedAt>,
    );
    expect(
      html
        .replaceAll(/<[^>]*>/g, " ")
        .trim()
        .split(/ {2,}/),
    ).toEqual(["THROTTLED", "next task in 23 s"]);
    expect(html).toContain(
      'title="next task in 23 s, restarted 4 times; the last one FAILED: exit status 1"',
    );
  });
});
