import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cronProblem, nextRuns } from "../src/index.ts";

const THURSDAY = Date.UTC(2026, 0, 1, 12, 0);
const runsOf = (schedule: string, count = 3) =>
  nextRuns(schedule, count, THURSDAY).map((ms) => new Date(ms).toISOString().slice(0, 16));

describe("a cron schedule", () => {
  it.each([
    ["*/5 * * * *", ["2026-01-01T12:05", "2026-01-01T12:10", "2026-01-01T12:15"]],
    ["1-50/2 * * * *", ["2026-01-01T12:01", "2026-01-01T12:03", "2026-01-01T12:05"]],
    ["0 17 * * FRI", ["2026-01-02T17:00", "2026-01-09T17:00", "2026-01-16T17:00"]],
    ["* 17 * * fri", ["2026-01-02T17:00", "2026-01-02T17:01", "2026-01-02T17:02"]],
    ["0 0 29 2 *", ["2028-02-29T00:00", "2032-02-29T00:00", "2036-02-29T00:00"]],
    ["30 8 * JAN-mar,12 MON-WED", ["2026-01-05T08:30", "2026-01-06T08:30", "2026-01-07T08:30"]],
    ["0 0 * * 0", ["2026-01-04T00:00", "2026-01-11T00:00", "2026-01-18T00:00"]],
    ["0 0 */1 * SUN", ["2026-01-04T00:00", "2026-01-11T00:00", "2026-01-18T00:00"]],
    ["0 0 1 * 0-6", ["2026-02-01T00:00", "2026-03-01T00:00", "2026-04-01T00:00"]],
    ["0\t0 31 */3 *", ["2026-01-31T00:00", "2026-07-31T00:00", "2026-10-31T00:00"]],
  ])("may be %j", (schedule, runs) => {
    expect(cronProblem(schedule)).toBeUndefined();
    expect(runsOf(schedule)).toEqual(runs);
  });

  it.each([
    ["", /five fields/],
    ["* * * *", /five fields/],
    ["0 * * * * *", /five fields/],
    [" * * * * *", /five fields/],
    ["@daily", /names like @daily are not known/],
    ["60 * * * *", /^minute "60": "60" is not from 0 to 59$/],
    ["0 24 * * *", /^hour "24": /],
    ["0 0 0 * *", /^day of month "0": /],
    ["0 0 * 13 *", /^month "13": "13" is not from 1 to 12, or JAN to DEC$/],
    ["0 0 * * 7", /^day of week "7": 7 is not Sunday here: write 0 or SUN$/],
    ["0 0 * * FRIDAY", /^day of week "FRIDAY": /],
    ["MON * * * *", /^minute "MON": /],
    ["0 0 * * MON-7", /7 is not Sunday/],
    ["0 0 15 * FRI", /can not restrict both/],
    ["50-10 * * * *", /runs backwards/],
    ["*/0 * * * *", /a step must be at least 1/],
    ["5/15 * * * *", /a step needs a range, as in 5-59\/15/],
    ["0 0 L * *", /^day of month "L": /],
    ["0 0 ? * *", /^day of month "\?": /],
    ["1,,2 * * * *", /^minute "1,,2": /],
    ["1-2-3 * * * *", /^minute "1-2-3": /],
    ["-1 * * * *", /^minute "-1": /],
    ["0 0 31 2 *", /^never runs/],
    ["0 0 30-31 2 *", /^never runs/],
    ["0 0 31 APR,JUN,sep,11 *", /^never runs/],
  ])("may not be %j", (schedule, problem) => {
    expect(cronProblem(schedule)).toMatch(problem);
  });

  it("is told when it is a page", () => {
    expect(cronProblem(`${"0,".repeat(1_000_000)}0 * * * *`)).toBe("is too long for a schedule");
  });

  it("that is wrong has no next runs", () => {
    expect(nextRuns("0 0 * * 7", 3, THURSDAY)).toEqual([]);
  });

  it("may be any text: it gets next runs or a sentence", () => {
    const field = fc.string({ unit: fc.constantFrom(..."0123456789*,-/ LSUNMON?#"), maxLength: 4 });
    const texts = fc.oneof(
      fc.string(),
      fc.array(field, { maxLength: 6 }).map((fields) => fields.join(" ")),
    );
    fc.assert(
      fc.property(texts, (schedule) => {
        const runs = nextRuns(schedule, 2, THURSDAY);
        expect(runs.length === 0).toBe(cronProblem(schedule) !== undefined);
        expect(runs.every((run, index) => run > (runs[index - 1] ?? THURSDAY))).toBe(true);
      }),
    );
  });
});
