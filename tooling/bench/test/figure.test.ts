import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { figureOf, formatFigure, median } from "../src/figure.ts";

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, "../src/main.ts");
const about = { name: "x.y", unit: "ms", goal: 2 } as const;

test("the median of an even number of values is the middle of the two in the middle", () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([9, 1, 5])).toBe(5);
});

test("the ratio is to the peer, or to the floor where there is no peer", () => {
  expect(figureOf({ ...about, peerName: "p" }, { ours: [6], peer: [2], floor: [1] })).toMatchObject({
    ratio: 3,
    met: false,
  });
  expect(figureOf(about, { ours: [6], floor: [3] })).toMatchObject({
    ratio: 2,
    met: true,
    peer: null,
    peerName: null,
  });
  expect(figureOf(about, { ours: [6], peer: [] })).toMatchObject({ ratio: null, met: false });
});

test("a percentile is of everybody's samples, and further peers have ratios of their own", () => {
  const values = Array.from({ length: 200 }, (_, index) => index + 1);
  const figure = figureOf(
    { ...about, statistic: "p99", goalOf: "ours", goal: 198 },
    { ours: values, peer: values.map((value) => value * 2), others: { c: values.map((value) => value * 4) } },
  );
  expect(figure).toMatchObject({
    ours: 198,
    ratio: 0.5,
    met: true,
    others: [{ name: "c", value: 792, ratio: 0.25 }],
  });
  expect(formatFigure(figure)).toContain("p99 198 ms");
  expect(formatFigure(figure)).toContain("c 792 ms, ratio 0.25");
});

test("nine of ten samples are at most the p90", () => {
  const values = Array.from({ length: 50 }, (_, index) => index + 1);
  expect(figureOf({ ...about, statistic: "p90" }, { ours: values, floor: values })).toMatchObject({
    ours: 45,
    floor: 45,
  });
});

test("a figure says whether its goal is met", () => {
  expect(formatFigure(figureOf(about, { ours: [6], floor: [2] }))).toContain("NOT met");
  expect(formatFigure(figureOf(about, { ours: [2], floor: [2] }))).toMatch(/goal ≤ 2: met/);
});

test("--list names every figure, and a name that does not exist is a plain error", async () => {
  const { stdout } = await run(process.execPath, [MAIN, "--list"]);
  expect(stdout).toContain("health.withdraw");
  expect(stdout).toContain("serverset.read");
  const failed = await run(process.execPath, [MAIN, "--only", "nope"]).catch(
    (error: { code: number; stderr: string }) => error,
  );
  expect(failed).toMatchObject({ code: 2, stderr: expect.stringContaining("no figure begins with nope") });
});
