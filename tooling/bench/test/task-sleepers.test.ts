import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { leftOf } from "../src/task-left.ts";
import { Sleepers, TASK_ID } from "../src/task-sleepers.ts";

test("sleepers survive their executor, are known to the next, and are gone when all is over", async () => {
  const sleepers = await Sleepers.ready();
  let sandbox = "";
  try {
    const held = await sleepers.start(3);
    sandbox = held.sandbox;
    const first = sleepers.executor;
    for (const pid of Object.values(held.pids)) {
      // It is a bash first.
      await expect.poll(() => readFile(`/proc/${pid}/cmdline`, "utf8")).toBe("sleep\x001000\0");
    }
    // Three keepers and three that sleep.
    expect(await leftOf(TASK_ID, sandbox)).toHaveLength(6);
    await sleepers.replace();
    expect(sleepers.executor).not.toBe(first);
    await sleepers.endOne();
  } finally {
    await sleepers[Symbol.asyncDispose]();
  }
  expect(await leftOf(TASK_ID, sandbox)).toEqual([]);
});
