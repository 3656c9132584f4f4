import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { ALL, CHECK, failed, logs, opened, passed } from "./history-opened.ts";

const DAY = 24 * 60 * 60 * 1000;

describe("what is remembered", () => {
  test("comes newest first and in pages, the same before and after a restart", () => {
    const { history, clock, directory } = opened();
    const now = clock.wallTime();
    const written = [
      passed(now, { durationMs: 0.125 }),
      passed(now + 1, { state: "grace", stateUnsnoozed: "failing" }),
      failed(now + 2, { output: "overloaded: ünïcode" }),
      failed(now + 3, { kind: "timeout", reason: "no answer within 500 ms" }),
      passed(now + 4),
    ];
    for (const result of written) history.result(CHECK, result);
    history.transition(CHECK, { at: now + 2, from: "healthy", to: "failing", reason: "503" });
    history.transition(CHECK, { at: now + 4, from: "failing", to: "healthy" });
    const look = ({ history }: ReturnType<typeof opened>) => ({
      results: history.results(CHECK, ALL),
      page: history.results(CHECK, { limit: 2, before: now + 4 }),
      transitions: history.transitions(CHECK, ALL),
      checks: history.checks(),
    });
    const before = look({ history } as ReturnType<typeof opened>);
    expect(before.results).toEqual(written.toReversed());
    expect(before.page).toEqual([written[3], written[2]]);
    expect(before.transitions).toEqual([
      { at: now + 4, from: "failing", to: "healthy" },
      { at: now + 2, from: "healthy", to: "failing", reason: "503" },
    ]);
    expect(before.checks).toEqual([CHECK]);
    history.close();
    const again = opened({ directory, clock });
    expect(look(again)).toEqual(before);
    expect(again.problems).toEqual([]);
  });

  test("is, of a passing check, not its output", () => {
    const { history, clock } = opened();
    history.result(CHECK, passed(clock.wallTime(), { output: "ok" }));
    expect(history.results(CHECK, ALL)[0]).not.toHaveProperty("output");
  });

  test("is nothing of a check that nobody made", () => {
    const { history } = opened();
    expect(history.results("no/such/check/0/http", ALL)).toEqual([]);
    expect(history.transitions("no/such/check/0/http", ALL)).toEqual([]);
    expect(history.checks()).toEqual([]);
  });

  test("is for its user alone to read", async () => {
    const { history, clock, directory } = opened();
    history.result(CHECK, passed(clock.wallTime()));
    history.close();
    expect(readdirSync(directory).sort()).toEqual(["health.000001.log", "health.lock"]);
    for (const name of readdirSync(directory))
      expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
  });

  test("is written within half a second of the first that waits, and nothing is armed while nothing waits", async () => {
    const { history, clock, directory } = opened();
    const [path = ""] = logs(directory);
    const empty = statSync(path).size;
    expect(clock.armed).toBe(0);
    history.result(CHECK, passed(clock.wallTime()));
    expect(clock.armed).toBe(1);
    await clock.advance(499);
    expect(statSync(path).size).toBe(empty);
    await clock.advance(1);
    await expect.poll(() => statSync(path).size).toBeGreaterThan(empty);
    await expect.poll(() => clock.armed).toBe(0);
  });

  test("says nothing new after it is closed", () => {
    const { history, clock, directory } = opened();
    history.close();
    history.result(CHECK, passed(clock.wallTime()));
    history.transition(CHECK, { at: clock.wallTime(), from: "grace", to: "healthy" });
    history.close();
    expect(history.checks()).toEqual([]);
    expect(clock.armed).toBe(0);
    expect(opened({ directory, clock }).history.checks()).toEqual([]);
  });
});

describe("limits", () => {
  test("120 results and 500 transitions are kept unless told otherwise", () => {
    const { history, clock } = opened();
    for (let number = 0; number < 600; number++) {
      history.result(CHECK, passed(clock.wallTime() + number));
      history.transition(CHECK, { at: clock.wallTime() + number, from: "healthy", to: "failing" });
    }
    expect(history.results(CHECK, ALL)).toHaveLength(120);
    expect(history.transitions(CHECK, ALL)).toHaveLength(500);
    expect(history.results(CHECK, ALL).at(-1)?.at).toBe(clock.wallTime() + 480);
  });

  test("what is older than the age is not there, but for the latest transition of a check that goes on", () => {
    const { history, clock, directory } = opened();
    const start = clock.wallTime();
    const other = "www-data/prod/gone/0/http";
    for (const check of [CHECK, other]) {
      history.result(check, passed(start));
      history.transition(check, { at: start - 1, from: "healthy", to: "grace" });
      history.transition(check, { at: start, from: "grace", to: "healthy" });
    }
    clock.jumpWallTime(7 * DAY);
    history.result(CHECK, passed(clock.wallTime()));
    clock.jumpWallTime(7 * DAY + 1);
    history.result(CHECK, passed(clock.wallTime()));
    for (const { history: looked } of [{ history }, reopened()]) {
      expect(looked.results(CHECK, ALL).map(({ at }) => at)).toEqual([clock.wallTime(), start + 7 * DAY]);
      expect(looked.transitions(CHECK, ALL).map(({ at }) => at)).toEqual([start]);
      expect(looked.checks()).toEqual([CHECK]);
      expect(looked.results(other, ALL)).toEqual([]);
      expect(looked.transitions(other, ALL)).toEqual([]);
    }
    function reopened() {
      history.close();
      return opened({ directory, clock });
    }
  });

  test("files stay below the size however much is written, and the newest is there", {
    timeout: 60_000,
  }, async () => {
    const bytes = 128 * 1024;
    const { history, clock, directory, problems } = opened({ limits: { bytes } });
    let largest = 0;
    const size = () =>
      logs(directory).reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
    const checks = Array.from({ length: 50 }, (_, number) => `role/prod/job/${number}/http`);
    const newest = () => Number(/(\d+)\.log$/.exec(logs(directory).at(-1) ?? "")?.[1]);
    let round = 0;
    // Until files have changed a few times; how soon depends on the disk.
    for (; round < 200 || newest() < 6; round++) {
      for (const check of checks) {
        history.result(
          check,
          failed(clock.wallTime(), { durationMs: round, output: `${"x".repeat(500)} ${round}` }),
        );
      }
      await clock.advance(500);
      await setImmediate();
      largest = Math.max(largest, size());
    }
    expect(largest).toBeLessThanOrEqual(bytes);
    for (const path of logs(directory)) {
      expect(statSync(path, { throwIfNoEntry: false })?.mode ?? 0o600).toSatisfy(
        (mode) => (mode & 0o777) === 0o600,
      );
    }
    // 50 checks with 120 results each do not fit; fewer of each do.
    expect(problems.join()).toMatch(/too many health checks to remember 120 results/);
    history.close();
    const again = opened({ directory, clock, limits: { bytes } });
    for (const check of checks) {
      const [latest] = again.history.results(check, ALL);
      expect(latest?.durationMs).toBe(round - 1);
    }
    expect(size()).toBeLessThanOrEqual(bytes);
  });

  test("the words of the oldest failures go first when outputs become too large", () => {
    const { history, clock } = opened({ limits: { bytes: 1024 * 1024 } });
    const outputs = Array.from({ length: 100 }, (_, number) => `${number} ${"x".repeat(4000)}`);
    for (const [number, output] of outputs.entries()) {
      history.result(CHECK, failed(clock.wallTime() + number, { output }));
    }
    const results = history.results(CHECK, ALL);
    expect(results).toHaveLength(100);
    const withOutput = results.filter(({ output }) => output !== undefined);
    expect(withOutput.length).toBeGreaterThan(10);
    expect(withOutput.map(({ output }) => output)).toEqual(outputs.toReversed().slice(0, withOutput.length));
    expect(results.at(-1)).toMatchObject({ healthy: false, kind: "status", statusCode: 503 });
  });

  test("a check that comes again after a silence longer than the age begins anew", () => {
    const { history, clock, directory } = opened();
    history.result(CHECK, passed(clock.wallTime()));
    history.transition(CHECK, { at: clock.wallTime(), from: "grace", to: "healthy" });
    clock.jumpWallTime(14 * DAY + 1);
    history.result(CHECK, passed(clock.wallTime()));
    expect(history.transitions(CHECK, ALL)).toEqual([]);
    history.close();
    const again = opened({ directory, clock }).history;
    expect(again.transitions(CHECK, ALL)).toEqual([]);
    expect(again.results(CHECK, ALL)).toHaveLength(1);
  });

  test("the words of results that are gone do not count", () => {
    const { history, clock } = opened({ limits: { bytes: 1024 * 1024, results: 2 } });
    history.result("a", failed(clock.wallTime(), { output: "kept" }));
    for (let number = 0; number < 100; number++) {
      history.result(CHECK, failed(clock.wallTime(), { output: `${number} ${"x".repeat(4000)}` }));
    }
    expect(history.results("a", ALL)[0]?.output).toBe("kept");
  });

  test("5,000 checks come back from disk", () => {
    const { history, clock, directory, problems } = opened();
    const checks = Array.from({ length: 5000 }, (_, number) => `www-data/prod/job${number}/0/http`);
    for (let round = 0; round < 120; round++) {
      const at = clock.wallTime() + round;
      for (const check of checks) history.result(check, passed(at));
    }
    history.close();
    expect(problems).toEqual([]);
    const again = opened({ directory, clock });
    expect(again.history.checks()).toHaveLength(5000);
    for (const check of checks) expect(again.history.results(check, ALL)).toHaveLength(120);
    expect(again.problems).toEqual([]);
  });
});
