import { spawn } from "node:child_process";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { createTestClock } from "@borealis/clock/testing";
import type { ShownTask } from "@borealis/executor";
import type { ProcessReport } from "@borealis/schema";
import { expect, onTestFinished, test } from "vitest";
import { liveModel } from "../src/live-model.ts";
import { LiveScreen } from "../src/live-screen.ts";
import { renderSummary, renderView } from "../src/live-view.ts";
import { BEGAN } from "./task-world.ts";

const WIDE = { columns: 120, rows: 24, color: false };
const NOW = BEGAN + 75_000;

const mapper = (n: number, state: ProcessReport["state"]): ProcessReport => ({
  name: `mapper${String(n).padStart(3, "0")}`,
  state,
  run: 0,
  ...(state === "WAITING" ? {} : { startedAt: BEGAN + 1_000, pid: 1_000 + n }),
  ...(state === "SUCCESS" ? { endedAt: BEGAN + 3_400, exitCode: 0 } : {}),
});

const MIXED: ShownTask = {
  title: "www-data/prod/hello/0",
  taskState: "ACTIVE",
  health: "healthy",
  announced: "announced",
  processes: [
    { name: "setup", state: "SUCCESS", run: 0, startedAt: BEGAN, endedAt: BEGAN + 400, exitCode: 0 },
    { name: "server", state: "RUNNING", run: 2, pid: 4_242, startedAt: BEGAN + 10_000, failures: 2 },
    { name: "flappy", state: "WAITING", run: 4, startedAt: BEGAN, endedAt: BEGAN + 1_000, exitCode: 3 },
    { name: "hungry", state: "KILLED", run: 0, startedAt: BEGAN, endedAt: BEGAN + 61_000, signal: "SIGKILL" },
    {
      name: "gone",
      state: "LOST",
      run: 1,
      startedAt: BEGAN,
      endedAt: BEGAN + 1_000,
      reason: "its keeper was killed",
    },
    { name: "cleanup", state: "WAITING", run: 0 },
  ],
};

const began = (shown: ShownTask) => liveModel(undefined, shown, BEGAN);

test("a view has a line for the task and a row for each process, as it fares", () => {
  expect(renderView(began(MIXED), { ...WIDE, now: NOW })).toMatchInlineSnapshot(`
    [
      "www-data/prod/hello/0  ACTIVE 1m 15s · healthy · announced",
      "  PROCESS  STATE    RUN   PID     FOR  LAST END",
      "  setup    SUCCESS    0          0.4s  exit 0",
      "  server   RUNNING    2  4242  1m 05s",
      "  flappy   WAITING    4          1.0s  exit 3",
      "  hungry   KILLED     0        1m 01s  SIGKILL",
      "  gone     LOST       1          1.0s  its keeper was killed",
      "  cleanup  WAITING",
    ]
  `);
});

test("what does not fit is counted; what runs and what went wrong is shown before the rest, in the file's order", () => {
  const states = Array.from({ length: 181 }, (_, n): ProcessReport["state"] =>
    n < 20 ? "SUCCESS" : n === 20 ? "FAILED" : n < 29 ? "RUNNING" : "WAITING",
  );
  const shown = {
    title: "sine",
    taskState: "ACTIVE",
    processes: states.map((state, n) => mapper(n, state)),
  } as const;
  expect(renderView(began(shown), { ...WIDE, rows: 16, now: NOW })).toMatchInlineSnapshot(`
    [
      "sine  ACTIVE 1m 15s",
      "  PROCESS    STATE    RUN   PID     FOR  LAST END",
      "  mapper020  FAILED     0        1m 14s",
      "  mapper021  RUNNING    0  1021  1m 14s",
      "  mapper022  RUNNING    0  1022  1m 14s",
      "  mapper023  RUNNING    0  1023  1m 14s",
      "  mapper024  RUNNING    0  1024  1m 14s",
      "  mapper025  RUNNING    0  1025  1m 14s",
      "  mapper026  RUNNING    0  1026  1m 14s",
      "  mapper027  RUNNING    0  1027  1m 14s",
      "  mapper028  RUNNING    0  1028  1m 14s",
      "  mapper029  WAITING",
      "  mapper030  WAITING",
      "  mapper031  WAITING",
      "  … and 169 more (20 SUCCESS, 149 WAITING)",
    ]
  `);
});

test.for([
  [0, 1],
  [2, 1],
  [4, 2],
  [5, 4],
  [24, 23],
] as const)("of a terminal of %i lines it takes %i, so that the cursor has one", ([rows, lines]) => {
  const processes = Array.from({ length: 50 }, (_, n) => mapper(n, "WAITING"));
  const view = renderView(began({ title: "sine", taskState: "ACTIVE", processes }), {
    ...WIDE,
    rows,
    now: NOW,
  });
  expect(view).toHaveLength(lines);
});

test("no line is wider than the terminal, and none is cut within a character", () => {
  const shown = { ...MIXED, title: "\u{1f40c}".repeat(30) };
  for (const columns of [0, 1, 5, 20, 40]) {
    for (const line of renderView(began(shown), { ...WIDE, columns, now: NOW })) {
      expect([...line].length).toBeLessThanOrEqual(columns);
      expect(line.isWellFormed()).toBe(true);
    }
  }
});

test("colours change nothing but the colours, and are there only when they are wanted", () => {
  const plain = renderView(began(MIXED), { ...WIDE, now: NOW });
  const colored = renderView(began(MIXED), { ...WIDE, color: true, now: NOW });
  expect(plain.join("")).not.toContain("\u001b");
  expect(colored.map(stripVTControlCharacters)).toEqual(plain);
  expect(colored.find((line) => line.includes("RUNNING"))).toContain("\u001b[32m");
});

test("what a name or a reason holds does not drive the terminal", () => {
  const processes: ProcessReport[] = [{ name: "a\u001b[2J\nb", state: "LOST", run: 0, reason: "x\ry" }];
  const view = renderView(began({ title: "t\u0007", taskState: "FAILED", reason: "\u009b1A", processes }), {
    ...WIDE,
    now: NOW,
  });
  expect(view.join("")).not.toMatch(/\p{Cc}/u);
});

test("time counts until a task has ended, and begins anew with the task after it", () => {
  const active = began(MIXED);
  const ended = liveModel(active, { ...MIXED, taskState: "FAILED", reason: "too bad" }, BEGAN + 5_000);
  const again = liveModel(
    ended,
    { ...MIXED, taskState: "FAILED", throttledUntil: BEGAN + 30_000 },
    BEGAN + 9_000,
  );
  expect(renderSummary(again, BEGAN + 18_000)[0]).toBe(
    "www-data/prod/hello/0  FAILED after 5.0s · THROTTLED: starts again in 12s · healthy · announced",
  );
  const next = liveModel(again, MIXED, BEGAN + 30_000);
  expect(renderSummary(next, BEGAN + 31_000)[0]).toContain("ACTIVE 1.0s");
});

/** A terminal of this size that a screen is drawn on, and everything that was written to it. */
async function onTerminal(scene: string, size: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const fixture = join(import.meta.dirname, "task-live-scene.ts");
  const command = `stty ${size} && exec '${process.execPath}' '${fixture}' ${scene}`;
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { PATH: process.env["PATH"], TERM: "xterm-256color", ...env },
  });
  onTestFinished(() => void child.kill());
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const [code] = await new Promise<[number | null]>((resolve) =>
    child.on("close", (code) => resolve([code])),
  );
  expect(code, output).toBe(0);
  return output;
}

/** What a terminal shows in the end: cursor up, return, line feed, clear to the end of the line or of all. */
function screenAfter(output: string): string[] {
  const lines: string[] = [""];
  let [row, column] = [0, 0];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  for (const [token = ""] of output.matchAll(/\u001b\[\??[\d;]*[A-Za-z]|[\s\S]/gu)) {
    const line = lines[row] ?? "";
    const [, up] = /^.\[(\d+)A$/.exec(token) ?? [];
    if (token === "\r") column = 0;
    else if (token === "\n") row += 1;
    else if (up !== undefined) row = Math.max(0, row - Number(up));
    else if (token === "\u001b[K") lines[row] = line.slice(0, column);
    else if (token === "\u001b[J") {
      lines.splice(row + 1);
      lines[row] = line.slice(0, column);
    } else if (!token.startsWith("\u001b")) {
      lines[row] = line.slice(0, column).padEnd(column) + token + line.slice(column + 1);
      column += 1;
    }
    lines[row] ??= "";
  }
  return lines.map((line) => line.trimEnd()).filter((line) => line !== "");
}

test("on a terminal lines are printed above the view, which is drawn in place and leaves a summary", async () => {
  const output = await onTerminal("story", "rows 24 cols 80");
  expect(screenAfter(output)).toEqual([
    "first line",
    "second line",
    ...Array.from({ length: 30 }, (_, n) => `line ${n}`),
    expect.stringMatching(/^story {2}SUCCESS after \S+ · every process has finished$/),
    expect.stringMatching(/^ {2}PROCESS +STATE +RUN +PID +FOR +LAST END$/),
    expect.stringMatching(/^ {2}one +SUCCESS +0 .* exit 0$/),
    expect.stringMatching(/^ {2}two +SUCCESS +1 .* exit 0$/),
  ]);
  // It was coloured while it ran, and the summary is not.
  expect(output).toContain("\u001b[32m");
  expect(output.slice(output.lastIndexOf("SUCCESS after"))).not.toContain("\u001b[3");
});

test("NO_COLOR is honoured, and so is a terminal that knows none", async () => {
  for (const env of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what colours are made of
    expect(await onTerminal("story", "rows 24 cols 80", env)).not.toMatch(/\u001b\[\d+m/);
  }
});

test("a hundred changes at once are drawn once, and what counts up once a second", async () => {
  const clock = createTestClock();
  const frames: string[] = [];
  const terminal = {
    columns: 80,
    rows: 24,
    hasColors: () => false,
    on: () => process.stderr,
    off: () => process.stderr,
    write: (text: string | Uint8Array) => frames.push(String(text)) > 0,
  };
  const screen = new LiveScreen(terminal, clock);
  const change = (n: number) => {
    screen.show({ title: "storm", taskState: "ACTIVE", processes: [mapper(n, "RUNNING")] });
    screen.print(`line ${n}\n`);
  };
  for (let n = 0; n < 100; n += 1) change(n);
  await clock.advance(0);
  expect(frames).toHaveLength(1);
  expect(frames[0]).toMatch(/line 0\n(line \d+\n){98}line 99\n.*mapper099/s);
  change(100);
  await clock.advance(99);
  expect(frames).toHaveLength(1);
  await clock.advance(1);
  expect(frames).toHaveLength(2);
  await clock.advance(3_000);
  expect(frames).toHaveLength(5);
  screen.end();
  await clock.advance(3_000);
  expect(frames).toHaveLength(6);
});

test("after a resize the view is drawn anew in the new size, from where its broken lines begin", async () => {
  const output = await onTerminal("resize", "rows 24 cols 80");
  const frames = output.split("\u001b[?7l").slice(1);
  const linesOf = (frame = "") => stripVTControlCharacters(frame.split("\u001b[?7h")[0] ?? "").split(/\r?\n/);
  expect(linesOf(frames[0]).map((line) => line.length)).toContain(80);
  expect(linesOf(frames.at(-1)).every((line) => line.length <= 40)).toBe(true);
  // Three lines, two of which take two by now.
  expect(frames.some((frame) => frame.includes("\u001b[5A"))).toBe(true);
});
