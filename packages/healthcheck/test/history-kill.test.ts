import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { systemClock } from "@borealis/clock";
import { expect, onTestFinished, test } from "vitest";
import { openHistory } from "../src/history/history-store.ts";
import { ALL, CHECK, opened, passed, temporaryDirectory } from "./history-opened.ts";

const WRITER = join(import.meta.dirname, "fixtures/history-writer.ts");
/** At most so much may be lost. */
const LOST_MS = 1_000;

interface Written {
  readonly number: number;
  readonly at: number;
}

/** A process that writes; `until` resolves with all it has told when it has written that much more than at first. */
function startWriter(directory: string, rate: number, bytes = 64 * 1024 * 1024) {
  const child = spawn(process.execPath, [WRITER, directory, String(rate), String(bytes)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => kill(child));
  const told: Written[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    const [number = Number.NaN, at = Number.NaN] = line.split(" ").map(Number);
    // Else a problem: that a busy disk is slow changes nothing of what is promised.
    if (!Number.isNaN(number)) told.push({ number, at });
  });
  return {
    child,
    async until(count: number): Promise<void> {
      while ((told.at(-1)?.number ?? 0) - (told[0]?.number ?? 0) < count) await once(lines, "line");
    },
    /** What it had written a second before it was killed. */
    async killed(): Promise<number> {
      const now = systemClock.wallTime();
      await kill(child);
      return told.findLast(({ at }) => at < now - LOST_MS)?.number ?? -1;
    },
  };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

/** Every number, and what was told while it was opened. */
function remembered(directory: string, limits: { results: number; bytes?: number }) {
  const problems: string[] = [];
  const history = openHistory({
    directory,
    clock: systemClock,
    limits,
    onProblem: (text) => problems.push(text),
  });
  const perCheck = history
    .checks()
    .map((check) => history.results(check, ALL).map(({ durationMs }) => durationMs));
  history.close();
  return { problems, numbers: perCheck.flat().sort((a, b) => a - b) };
}

// At moments that differ within any second: one just after a write would miss that the next comes too late.
test.each([1_300, 1_700, 2_500, 3_900])(
  "of a process that writes 1,000 a second and is killed after %i, all but the last second is there",
  async (count) => {
    const directory = temporaryDirectory();
    const writer = startWriter(directory, 1_000);
    await writer.until(count);
    const safe = await writer.killed();
    const { numbers } = remembered(directory, { results: 10_000 });
    expect(safe).toBeGreaterThan(0);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, number) => number));
    expect(numbers.length).toBeGreaterThan(safe);
  },
);

test("so it is when it is killed again and again while files change", { timeout: 60_000 }, async () => {
  const directory = temporaryDirectory();
  // A file is full after 4,000 results: one changes about every 800 ms, and each life meets it at another moment.
  const bytes = 256 * 1024;
  let safe = -1;
  for (let life = 0; life < 6; life++) {
    const writer = startWriter(directory, 5_000, bytes);
    await writer.until(6_000 + life * 300);
    safe = Math.max(safe, await writer.killed());
    const { numbers, problems } = remembered(directory, { results: 20, bytes });
    const newest = numbers.at(-1) ?? -1;
    expect(newest).toBeGreaterThanOrEqual(safe);
    expect(numbers).toEqual(Array.from({ length: 200 }, (_, index) => newest - 199 + index));
    for (const text of problems) expect(text).toContain("not written completely");
  }
});

test("a second process remembers in memory, says so, and takes the history over when the first is gone", async () => {
  const directory = temporaryDirectory();
  const writer = startWriter(directory, 1_000);
  await writer.until(10);
  const { history, clock, problems } = opened({ directory });
  expect(problems).toEqual([
    `The history of health checks in ${directory} can not be written: another process writes it. Checks go on, and it is kept in memory and tried again every 5 s`,
  ]);
  clock.jumpWallTime(systemClock.wallTime() - clock.wallTime());
  history.result(CHECK, passed(clock.wallTime()));
  await clock.advance(5_000);
  expect(history.checks()).toEqual([CHECK]);
  await writer.until(1_500);
  await writer.killed();
  await clock.advance(5_000);
  await expect
    .poll(() => problems.slice(1))
    .toEqual([`The history of health checks in ${directory} is written again`]);
  expect(history.checks()).toHaveLength(11);
  history.close();
  const again = remembered(directory, { results: 10_000 });
  expect(again.numbers.length).toBeGreaterThan(500);
});

test("two histories of one process do not write one directory either", () => {
  const { directory, history } = opened();
  const second = opened({ directory });
  expect(second.problems).toEqual([expect.stringContaining("another process writes it")]);
  history.close();
  second.history.close();
  expect(opened({ directory }).problems).toEqual([]);
});
