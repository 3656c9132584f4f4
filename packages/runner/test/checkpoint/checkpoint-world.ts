import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "borealis-checkpoint-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export function fileOf(directory: string): string {
  return join(directory, "checkpoint");
}

export function contentsOf(directory: string): Buffer {
  return readFileSync(fileOf(directory));
}
