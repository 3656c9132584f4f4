import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@borealis/clock";
import { createTestClock } from "@borealis/clock/testing";
import { expect, it } from "vitest";
import { diskUse } from "../../src/state/disk-use.ts";
import { watchDisk } from "../../src/state/disk-watch.ts";
import { newState } from "./state-world.ts";

it("looks at once and then again and again, and says once that there is too much", async () => {
  const clock = createTestClock();
  const sizes = [5, 11, 3, 12];
  const heard: string[] = [];
  using _ = watchDisk({
    directory: "/nowhere",
    clock,
    intervalMs: 60_000,
    limitBytes: 10,
    measure: async () => sizes.shift() ?? 0,
    onSample: (bytes) => heard.push(`sample ${bytes}`),
    onOver: (bytes) => heard.push(`over ${bytes}`),
  });
  await clock.advance(0);
  expect(heard).toEqual(["sample 5"]);
  await clock.advance(59_999);
  expect(heard).toEqual(["sample 5"]);
  await clock.advance(1);
  await clock.advance(120_000);
  expect(heard).toEqual(["sample 5", "sample 11", "over 11", "sample 3", "sample 12"]);
});

it("spends no more than a twentieth of the time on looking", async () => {
  const clock = createTestClock();
  const looks: number[] = [];
  using _ = watchDisk({
    directory: "/nowhere",
    clock,
    intervalMs: 1000,
    measure: async (_, signal) => {
      looks.push(clock.now());
      await clock.sleep(10_000, signal);
      return 0;
    },
    onSample: () => {},
  });
  await clock.advance(1_000_000);
  expect(looks).toEqual([0, 200_000, 400_000, 600_000, 800_000, 1_000_000]);
});

it("goes on when it could not look, having said so once", async () => {
  const clock = createTestClock();
  const heard: string[] = [];
  let looks = 0;
  using _ = watchDisk({
    directory: "/nowhere",
    clock,
    intervalMs: 1000,
    measure: async () => {
      looks += 1;
      if (looks < 3) throw new Error("spawn du ENOENT");
      return 7;
    },
    onSample: (bytes) => heard.push(`sample ${bytes}`),
    onProblem: (problem) => heard.push(problem),
  });
  await clock.advance(2000);
  expect(heard).toEqual(["the disk use of /nowhere is not known: spawn du ENOENT", "sample 7"]);
});

it("stops in the middle of a look, and says nothing any more", async () => {
  const clock = createTestClock();
  const heard: string[] = [];
  let finish = (_: number) => {};
  const watch = watchDisk({
    directory: "/nowhere",
    clock,
    intervalMs: 1000,
    limitBytes: 1,
    measure: () => new Promise((resolve) => (finish = resolve)),
    onSample: (bytes) => heard.push(`sample ${bytes}`),
    onOver: (bytes) => heard.push(`over ${bytes}`),
  });
  watch[Symbol.dispose]();
  finish(5);
  await clock.advance(10_000);
  expect(heard).toEqual([]);
  expect(clock.armed).toBe(0);
});

it("takes a look that was cut short for no problem", async () => {
  const heard: string[] = [];
  const watch = watchDisk({
    directory: newState(),
    clock: createTestClock(),
    intervalMs: 1000,
    measure: (directory, signal) => diskUse(directory, signal).finally(() => heard.push("cut short")),
    onSample: (bytes) => heard.push(`sample ${bytes}`),
    onProblem: (problem) => heard.push(problem),
  });
  watch[Symbol.dispose]();
  await expect.poll(() => heard).toContain("cut short");
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toEqual(["cut short"]);
});

it("sees a real directory pass its limit", async () => {
  const directory = newState();
  const over = Promise.withResolvers<number>();
  const limitBytes = 1024 ** 2;
  let samples = 0;
  using _ = watchDisk({
    directory,
    clock: systemClock,
    intervalMs: 1,
    limitBytes,
    onSample: () => {
      samples += 1;
      if (samples === 2) writeFileSync(join(directory, "large"), Buffer.alloc(2 * limitBytes, 1));
    },
    onOver: over.resolve,
  });
  expect(await over.promise).toBeGreaterThan(limitBytes);
});
