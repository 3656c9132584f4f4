import { expect, test } from "vitest";
import { formatAgo, formatDuration, formatTime } from "../src/components/duration.ts";
import { healthSentence } from "../src/features/job/health-sentence.ts";
import { readiness } from "../src/features/source/readiness.ts";

test.each([
  [0, "0 s"],
  [999, "0 s"],
  [59_999, "59 s"],
  [4 * 60_000, "4 min"],
  [3_600_000, "1 h"],
  [49 * 3_600_000, "2 d"],
])("%d ms is %s", (ms, text) => expect(formatDuration(ms)).toBe(text));

test("a clock that runs ahead does not make ages of less than nothing", () => {
  expect(formatAgo(2_000, 1_000)).toBe("now");
  expect(formatTime(Number.NaN)).toBe("unknown time");
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
