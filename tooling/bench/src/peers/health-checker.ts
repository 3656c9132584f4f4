import { createInterface } from "node:readline";
import { startChecks } from "./checks.ts";

/**
 * Checks ports from the first on: `add N` takes in N more, `begin` opens a window, `end` closes it and tells of it.
 * Told to go by the end of stdin.
 */
export interface CheckerWindow {
  readonly runs: number;
  readonly failures: number;
  /** What kind the first failure was of. */
  readonly failure: string | undefined;
  readonly late: number;
  readonly skipped: number;
  readonly delaysMs: readonly number[];
}

const [firstPort = "", connections = ""] = process.argv.slice(2);
let nextPort = Number(firstPort);
let runs = 0;
let failures = 0;
let failure: string | undefined;
let late = 0;
let skipped = 0;
let delaysMs: number[] = [];
let open = false;

const checks = startChecks({
  keepAlive: connections === "keepalive",
  onRun(failed) {
    runs += 1;
    if (failed === undefined) return;
    failures += 1;
    failure ??= failed;
  },
  onDelay(delayMs) {
    if (open) delaysMs.push(delayMs);
  },
  onLate() {
    late += 1;
  },
  onSkipped(count) {
    skipped += count;
  },
});

function begin(): string {
  runs = failures = late = skipped = 0;
  failure = undefined;
  delaysMs = [];
  open = true;
  return "begun";
}

function end(): string {
  open = false;
  const rounded = delaysMs.map((delayMs) => Number(delayMs.toFixed(2)));
  return JSON.stringify({
    runs,
    failures,
    failure,
    late,
    skipped,
    delaysMs: rounded,
  } satisfies CheckerWindow);
}

async function add(count: number): Promise<string> {
  for (let left = count; left > 0; left--) await checks.add(nextPort++);
  return "added";
}

process.stdout.write(`${process.pid}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const [command, count] = line.split(" ");
  const answer = command === "add" ? await add(Number(count)) : command === "begin" ? begin() : end();
  process.stdout.write(`${answer}\n`);
}
await checks.close();
process.exit();
