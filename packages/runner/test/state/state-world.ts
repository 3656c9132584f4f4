import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export function newState(): string {
  const directory = mkdtempSync(join(tmpdir(), "borealis-state-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A directory of a task with a checkpoint that was last written `at`, and a sandbox with logs. */
export function leaveTask(
  state: string,
  taskId: string,
  { finished = true, endedAt = 0, bytes = 0 }: { finished?: boolean; endedAt?: number; bytes?: number } = {},
): void {
  const directory = join(state, "tasks", finished ? "finished" : "active", taskId);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "checkpoint"), "of no interest");
  utimesSync(join(directory, "checkpoint"), endedAt / 1000, endedAt / 1000);
  leaveSandbox(state, taskId, bytes);
}

export function leaveSandbox(state: string, taskId: string, bytes = 0): string {
  const sandbox = join(state, "sandboxes", taskId);
  mkdirSync(join(sandbox, ".logs", "web", "0"), { recursive: true });
  writeFileSync(join(sandbox, ".logs", "web", "0", "stdout"), "hello\n");
  writeFileSync(join(sandbox, "core"), Buffer.alloc(bytes, 1));
  return sandbox;
}
