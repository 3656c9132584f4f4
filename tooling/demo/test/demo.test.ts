import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { filesIn, processesOf } from "./traces.ts";

const MAIN = join(import.meta.dirname, "../src/main.ts");
const UP_MS = 90_000;

/** Runs the demo with a temporary directory of its own, so that whatever it leaves can be found. */
function runDemo(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const directory = mkdtempSync(join(tmpdir(), "borealis-demo-test-"));
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, TMPDIR: directory, BOREALIS_ZK: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { text: "" };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output.text += text;
    });
  }
  const exit = new Promise<number | string>((resolve) => {
    child.on("close", (code, signal) => resolve(signal ?? code ?? -1));
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exit;
    rmSync(directory, { recursive: true, force: true });
  });
  return { child, directory, exit, output };
}

async function untilUp(demo: { output: { text: string }; child: ChildProcess }): Promise<void> {
  await expect.poll(() => demo.output.text, { timeout: UP_MS, interval: 100 }).toContain("Borealis is up.");
}

function expectNothingLeft(directory: string): Promise<void> {
  const left = () => ({ processes: processesOf(directory), files: filesIn(directory) });
  return expect.poll(left, { timeout: 30_000, interval: 100 }).toEqual({ processes: [], files: [] });
}

test("--check brings everything up, sees it healthy, announced and shown, and leaves nothing", async () => {
  const { exit, output, directory } = runDemo(["--check"]);
  expect(await exit, output.text).toBe(0);
  expect(output.text).toContain("everything is healthy, announced and shown");
  await expectNothingLeft(directory);
}, 180_000);

test("it says where to look and what to try, the curl it prints works, and Ctrl-C leaves nothing", async () => {
  const demo = runDemo();
  await untilUp(demo);
  const url = /curl -X POST (\S+\/break)/.exec(demo.output.text)?.[1] ?? "";
  expect((await fetch(url, { method: "POST" })).status).toBe(200);
  const dashboard = /Dashboard\s+(\S+)/.exec(demo.output.text)?.[1] ?? "";
  expect((await fetch(`${dashboard}/jobs`)).status).toBe(200);
  expect(processesOf(demo.directory).length).toBeGreaterThan(5);

  demo.child.kill("SIGINT");
  await demo.exit;
  await expectNothingLeft(demo.directory);
  await expect(fetch(dashboard)).rejects.toThrow();
}, 180_000);

test("killed outright, its processes end all the same", async () => {
  const demo = runDemo();
  await untilUp(demo);
  demo.child.kill("SIGKILL");
  await demo.exit;
  await expect.poll(() => processesOf(demo.directory), { timeout: 30_000, interval: 100 }).toEqual([]);
}, 180_000);

test("a ZooKeeper that is named and not there is one sentence, and nothing is started", async () => {
  const { exit, output, directory } = runDemo([], { BOREALIS_ZK: "127.0.0.1:1" });
  expect(await exit).toBe(4);
  expect(output.text).toContain(
    "can not reach ZooKeeper at 127.0.0.1:1: connection refused; unset BOREALIS_ZK",
  );
  await expectNothingLeft(directory);
});
