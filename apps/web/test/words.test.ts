import type { InstanceRecord, ResourceReport } from "@borealis/schema";
import { expect, test } from "vitest";
import { formatAgo, formatDuration, formatSpan, formatTime } from "../src/components/duration.ts";
import { healthSentence } from "../src/features/job/health-sentence.ts";
import { resourceWords } from "../src/features/job/resource-words.ts";
import { restartSentence } from "../src/features/job/restart-sentence.ts";
import { readiness } from "../src/features/source/readiness.ts";
import { MINUTE, NOW, record } from "./znodes.ts";

test.each([
  [0, "0 s"],
  [999, "0 s"],
  [59_999, "59 s"],
  [4 * 60_000, "4 min"],
  [3_600_000, "1 h"],
  [49 * 3_600_000, "2 d"],
])("%d ms is %s", (ms, text) => expect(formatDuration(ms)).toBe(text));

test.each([
  [0, "0 s"],
  [20, "0.02 s"],
  [1_234, "1.2 s"],
  [45_100, "45 s"],
  [60_000, "1 min"],
  [4 * 60_000 + 12_400, "4 min 12 s"],
  [3_600_000 + 12 * 60_000, "1 h 12 min"],
])("%d ms took %s", (ms, text) => expect(formatSpan(ms)).toBe(text));

test("a clock that runs ahead does not make ages of less than nothing", () => {
  expect(formatAgo(2_000, 1_000)).toBe("now");
  expect(formatTime(Number.NaN)).toBe("unknown time");
});

const FAILED = { taskId: "t", taskState: "FAILED", reason: "exit status 1", at: NOW } as const;

test.each<[InstanceRecord["restarts"], string]>([
  [undefined, ""],
  [
    { count: 4, throttledUntil: NOW + 23_000, last: FAILED },
    "next task in 23 s, restarted 4 times; the last one FAILED: exit status 1",
  ],
  [{ count: 0, throttledUntil: NOW + 4_001 }, "next task in 5 s"],
  [{ count: 1, throttledUntil: NOW }, "next task is due, restarted once"],
  [{ count: 1, throttledUntil: NOW - MINUTE }, "next task is due, restarted once"],
  [
    { count: 0, throttledUntil: NOW + 5 * MINUTE, last: { ...FAILED, reason: "" } },
    "next task in 5 min; the last one FAILED",
  ],
  [{ count: 1_200, last: FAILED }, "restarted 1,200 times; the last one FAILED: exit status 1"],
])("restarts %j", (restarts, sentence) => {
  const { restarts: _, ...without } = record(0);
  expect(restartSentence(restarts === undefined ? without : { ...without, restarts }, NOW)).toBe(sentence);
});

const MB = 1024 ** 2;
const LIMITS = { cpu: 1, ramBytes: 256 * MB, diskBytes: 64 * MB };

test.each<[ResourceReport, string]>([
  [{}, ""],
  [
    { cpu: 0.312, ramBytes: 120 * MB, diskBytes: 12 * MB, processes: 5, limits: LIMITS },
    "cpu 0.31 of 1 core · ram 120 of 256 MB · disk 12 of 64 MB · 5 processes",
  ],
  [{ limits: LIMITS }, "cpu up to 1 core · ram up to 256 MB · disk up to 64 MB"],
  [{ cpu: 1, ramBytes: 1.5 * 1024 * MB, processes: 1 }, "cpu 1 core · ram 1.5 GB · 1 process"],
  [
    { cpu: 0, ramBytes: 0, diskBytes: 3_000, limits: { ...LIMITS, cpu: 0.5 } },
    "cpu 0 of 0.5 cores · ram 0 of 256 MB · disk 2.9 KB of 64 MB",
  ],
  [
    { ramBytes: 120 * MB, limits: { ...LIMITS, ramBytes: 2048 * MB } },
    "cpu up to 1 core · ram 120 MB of 2 GB · disk up to 64 MB",
  ],
])("resources %j", (resources, text) => {
  expect(
    resourceWords(resources)
      .map(({ words }) => words)
      .join(" · "),
  ).toBe(text);
});

test("memory and disk over their limits are marked, a processor that is free is not", () => {
  const resources = { cpu: 2, ramBytes: 257 * MB, diskBytes: 64 * MB, limits: LIMITS };
  expect(
    resourceWords(resources)
      .filter(({ over }) => over)
      .map(({ name }) => name),
  ).toEqual(["ram"]);
});

test.each([
  [0, 15, "every 10 s, 1 s limit, first check after 15 s, fails at the 1st miss in a row"],
  [1, 0, "every 10 s, 1 s limit, first check at once, fails at the 2nd miss in a row"],
  [10, 0.5, "every 10 s, 1 s limit, first check after 0.5 s, fails at the 11th miss in a row"],
])("%d failures tolerated", (max_consecutive_failures, initial_interval_secs, sentence) => {
  const config = { interval_secs: 10, timeout_secs: 1, initial_interval_secs, max_consecutive_failures };
  expect(healthSentence(config)).toBe(sentence);
});

test("the policies of a check are told where they are not the default", () => {
  const config = {
    interval_secs: 10,
    timeout_secs: 1,
    initial_interval_secs: 15,
    max_consecutive_failures: 0,
  };
  expect(healthSentence({ ...config, policy: "grace", on_unhealthy: "withdraw" })).toBe(
    "every 10 s, 1 s limit, first check at once and the first 2 may fail, fails at the 1st miss in a row, which only withdraws it",
  );
});

test.each([
  ["live", true, "ready: live from ZooKeeper zk:2181"],
  ["loading", false, "not ready: reading from ZooKeeper zk:2181"],
  ["connecting", false, "not ready: no session with ZooKeeper zk:2181 yet: refused"],
  ["stale", false, "not ready: the session with ZooKeeper zk:2181 is lost: refused"],
  ["unconfigured", false, "not ready: refused"],
  ["refused", false, "not ready: ZooKeeper zk:2181 can not be read: refused"],
] as const)("%s", (state, ready, sentence) => {
  const status = {
    state,
    sinceMs: 0,
    servers: "zk:2181",
    error: "refused",
    serverSetRoot: "/aurora",
    executors: 0,
    nowMs: 0,
  };
  expect(readiness(status)).toEqual({ ready, sentence });
});

test("old because reading is refused is told from old because the session is lost", () => {
  const old = { state: "stale", sinceMs: 0, servers: "zk:2181", serverSetRoot: "/aurora" } as const;
  const status = { ...old, executors: 0, nowMs: 0, server: "zk:2181", error: "NO_AUTH" };
  expect(readiness(status).sentence).toBe("not ready: ZooKeeper zk:2181 can not be read any more: NO_AUTH");
  expect(readiness({ ...old, executors: 0, nowMs: 0, server: "zk:2181" }).sentence).toBe(
    "not ready: the session with ZooKeeper zk:2181 is lost",
  );
});
