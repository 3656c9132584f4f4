import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTestClock } from "@borealis/clock/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { watchDirectory } from "../../src/keeper/directory-watch.ts";
import { temporaryDirectory } from "./task-world.ts";

function watched(directory: string) {
  const clock = createTestClock();
  const changes: (string | undefined)[] = [];
  const problems: string[] = [];
  const stop = watchDirectory({
    directory,
    clock,
    onChange: (name) => changes.push(name),
    onProblem: (problem) => problems.push(problem),
  });
  onTestFinished(stop);
  return { clock, changes, problems, stop };
}

describe("a watched directory", () => {
  it("tells of a file that changes, and all the same every five seconds", async () => {
    const directory = temporaryDirectory();
    const { clock, changes, problems, stop } = watched(directory);
    writeFileSync(join(directory, "runs"), "");
    await expect.poll(() => changes).toContain("runs");
    await clock.advance(4_999);
    expect(changes).not.toContain(undefined);
    await clock.advance(5_001);
    expect(changes.filter((name) => name === undefined)).toHaveLength(2);
    stop();
    await clock.advance(60_000);
    expect(changes.filter((name) => name === undefined)).toHaveLength(2);
    expect(clock.armed).toBe(0);
    expect(problems).toEqual([]);
  });

  it("that can not be watched is looked at twice a second, and it is said", async () => {
    const { clock, changes, problems, stop } = watched("/nonesuch/directory");
    expect(problems).toEqual([
      "/nonesuch/directory can not be watched, and is looked at every 500 ms (ENOENT)",
    ]);
    await clock.advance(5_000);
    expect(changes).toEqual(Array.from({ length: 10 }, () => undefined));
    stop();
    expect(clock.armed).toBe(0);
  });
});
