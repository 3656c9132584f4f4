// Draws on the terminal it is started on; task-live.test.ts looks at what comes of it.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { systemClock } from "@borealis/clock";
import type { ProcessReport } from "@borealis/schema";
import { LiveScreen } from "../src/live-screen.ts";

const [scene = ""] = process.argv.slice(2);
const screen = new LiveScreen(process.stderr, systemClock);
const now = () => Date.now();

function show(taskState: "ACTIVE" | "SUCCESS", ...processes: ProcessReport[]): void {
  const reason = taskState === "SUCCESS" ? { reason: "every process has finished" } : {};
  screen.show({ title: scene, taskState, ...reason, processes });
}

const live = (name: string, run = 0): ProcessReport => ({
  name,
  state: "RUNNING",
  run,
  pid: process.pid,
  startedAt: now(),
});
const done = (name: string, run = 0): ProcessReport => ({
  name,
  state: "SUCCESS",
  run,
  exitCode: 0,
  startedAt: now(),
  endedAt: now(),
});

const write = process.stderr.write.bind(process.stderr);
let onWrite = () => {};
process.stderr.write = (text: string | Uint8Array) => {
  onWrite();
  return write(text);
};

/** Until what was shown is on the screen. */
const drawn = () =>
  new Promise<void>((resolve) => {
    onWrite = resolve;
  });

const scenes: Record<string, () => Promise<void>> = {
  story: async () => {
    screen.print("first line\n");
    show("ACTIVE", live("one"), { name: "two", state: "WAITING", run: 0 });
    await drawn();
    screen.print("second line\n");
    show("ACTIVE", done("one"), live("two", 1));
    await drawn();
    // More than the terminal is high.
    for (let n = 0; n < 30; n += 1) screen.print(`line ${n}\n`);
    await drawn();
    show("SUCCESS", done("one"), done("two", 1));
  },
  resize: async () => {
    show("ACTIVE", live("a name that is rather long for a process, but then who counts the letters"));
    await drawn();
    const resized = once(process.stderr, "resize");
    spawnSync("stty", ["rows", "10", "cols", "40"], { stdio: "inherit" });
    await resized;
  },
};
await scenes[scene]?.();
screen.end();
