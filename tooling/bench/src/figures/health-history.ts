import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "@borealis/clock";
import { type History, openHistory, type RecordedResult } from "@borealis/healthcheck";
import { type Bench, type Figure, figureOf } from "../figure.ts";

const CHECKS = 5_000;
const RING = 120;
/** A round is a result of every check: what a second brings. Soon after so many a file is full, which is measured too. */
const FILLED = 180;
const ROUNDS = 20;
/** Enough for everything that waits to be written at the pace of the history. */
const PAUSE_MS = 700;
const FAILING = 50;
const GOALS = { result: 10, stall: 20, open: 2_000 };

const names = Array.from({ length: CHECKS }, (_, number) => `www-data/prod/job${number}/0/http`);

/**
 * Ours: what 5,000 checks with full rings cost per result, as CPU of the whole process with the writing, and the longest
 * that the event loop stood still for it. Beside it the same into SQLite, one transaction a second, a ring of rows that
 * replace each other.
 */
export const healthHistory: Bench = {
  name: "health.history",
  about: `remember 5,000 results a second of ${CHECKS} checks, beside SQLite in this process`,
  async run(tell) {
    const directory = await mkdtemp(join(tmpdir(), "borealis-bench-"));
    try {
      return await measure(directory, tell);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};

async function measure(directory: string, tell: (progress: string) => void): Promise<readonly Figure[]> {
  const ours = { cpu: [] as number[], stalls: [] as number[] };
  const sqlite = { cpu: [] as number[], stalls: [] as number[] };
  let task = 0;
  const clock = {
    ...systemClock,
    after: (delayMs: number, run: () => void) =>
      systemClock.after(delayMs, () => {
        task = Math.max(task, timed(run));
      }),
  };
  const open = () =>
    openHistory({ directory: join(directory, "ours"), clock, onProblem: (text) => tell(text) });
  const history = open();
  const table = openTable(join(directory, "peer.db"));
  tell("filling the rings");
  for (let round = 0; round < FILLED; round++) {
    const results = resultsOf(round);
    addAll(history, results);
    table.add(results, round);
    if (round % 10 === 9) await systemClock.sleep(PAUSE_MS / 5);
  }
  await systemClock.sleep(2 * PAUSE_MS);
  for (let round = FILLED; round < FILLED + ROUNDS; round++) {
    const results = resultsOf(round);
    task = 0;
    const idle = await cpuOf(() => systemClock.sleep(PAUSE_MS));
    const busy = await cpuOf(async () => {
      addAll(history, results);
      await systemClock.sleep(PAUSE_MS);
    });
    ours.cpu.push(Math.max(0, busy - idle) / CHECKS);
    ours.stalls.push(task);
    const stall = { ms: 0 };
    const peer = await cpuOf(async () => {
      stall.ms = timed(() => table.add(results, round));
    });
    sqlite.cpu.push(peer / CHECKS);
    sqlite.stalls.push(stall.ms);
  }
  history.close();
  table.close();
  tell("opening again");
  const opening: number[] = [];
  for (let run = 0; run < 5; run++) {
    opening.push(timed(() => open().close()));
  }
  const peerName = "SQLite";
  return [
    figureOf(
      { name: "health.history.result", unit: "µs", goal: GOALS.result, goalOf: "ours", peerName },
      { ours: ours.cpu, peer: sqlite.cpu },
    ),
    figureOf(
      {
        name: "health.history.stall",
        unit: "ms",
        goal: GOALS.stall,
        goalOf: "ours",
        statistic: "p99",
        peerName,
      },
      { ours: ours.stalls, peer: sqlite.stalls },
    ),
    figureOf(
      { name: "health.history.open", unit: "ms", goal: GOALS.open, goalOf: "ours" },
      { ours: opening },
    ),
  ];
}

function resultsOf(round: number): readonly RecordedResult[] {
  const at = systemClock.wallTime();
  return names.map((_, number) =>
    number % FAILING === 0
      ? {
          at,
          durationMs: 1 + round / 100,
          healthy: false,
          state: "failing",
          kind: "status",
          statusCode: 503,
          reason: "the status is 503 instead of 200",
          output: "no healthy upstream ".repeat(10),
        }
      : { at, durationMs: 1 + round / 100, healthy: true, state: "healthy", statusCode: 200 },
  );
}

function addAll(history: History, results: readonly RecordedResult[]): void {
  for (const [number, result] of results.entries()) history.result(names[number] ?? "", result);
}

function openTable(path: string) {
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    CREATE TABLE result (
      check_id INT, slot INT, at INT, duration REAL, healthy INT, code INT, reason TEXT, output TEXT,
      PRIMARY KEY (check_id, slot)
    ) WITHOUT ROWID`);
  const insert = database.prepare("INSERT OR REPLACE INTO result VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  return {
    add(results: readonly RecordedResult[], round: number): void {
      database.exec("BEGIN");
      for (const [number, { at, durationMs, healthy, statusCode, reason, output }] of results.entries()) {
        insert.run(
          number,
          round % RING,
          at,
          durationMs,
          healthy ? 1 : 0,
          statusCode ?? null,
          reason ?? null,
          output ?? null,
        );
      }
      database.exec("COMMIT");
    },
    close: () => database.close(),
  };
}

async function cpuOf(task: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await task();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function timed(task: () => void): number {
  const before = performance.now();
  task();
  return performance.now() - before;
}
