import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";

const BIN = join(import.meta.dirname, "../bin/borealis.mjs");

export interface Running {
  readonly child: ChildProcess;
  readonly stdout: string;
  readonly stderr: string;
  /** Exit code, or the signal's name. */
  readonly exit: Promise<number | NodeJS.Signals>;
}

/** Starts the real command, as a user would; it is ended with the test if it still runs. */
export function borealis(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [BIN, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
  });
  const exit = new Promise<number | NodeJS.Signals>((resolve) => {
    child.on("close", (code, signal) => resolve(signal ?? code ?? -1));
  });
  onTestFinished(async () => {
    // Orderly first, so that its own children go with it.
    if (child.exitCode === null) child.kill("SIGTERM");
    await exit;
  });
  return {
    child,
    get stdout() {
      return output.stdout;
    },
    get stderr() {
      return output.stderr;
    },
    exit,
  };
}

/** Runs the command to its end. */
export async function finished(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const running = borealis(args, env);
  const code = await running.exit;
  return { code, stdout: running.stdout, stderr: running.stderr };
}

/** What a person may be shown when something is wrong: a few plain lines, no stack trace. */
export function expectPlainError(stderr: string): void {
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr).not.toContain("unexpected:");
  expect(stderr).toMatch(/borealis: |error: /);
}
