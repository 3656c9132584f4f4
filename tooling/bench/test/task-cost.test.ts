import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { memoryOf } from "../src/process-stat.ts";
import { cpuMsOfAll, cpuMsWithChildrenOf, memoryOfAll, parentOf } from "../src/task-cost.ts";

const BUSY = "for ((i = 0; i < 200000; i++)); do :; done";

/** Has printed a line when it resolves, and ends with its stdin. */
async function shell(script: string): Promise<ChildProcess & { pid: number }> {
  const child = spawn("/bin/bash", ["-c", `${script}; echo; read -r line`], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(createInterface({ input: child.stdout }), "line");
  return child as ChildProcess & { pid: number };
}

test("what a child has computed counts for who has waited for it, and only there", async () => {
  const { pid } = await shell(`(${BUSY})`);
  const [own, all] = [await cpuMsOfAll([pid]), await cpuMsWithChildrenOf(pid)];
  expect(own).toBeGreaterThan(0);
  expect(all).toBeGreaterThan(2 * own);
});

test("the CPU of several is that of each, also of one that has not computed for a tick", async () => {
  const [one, other] = [await shell(BUSY), await shell("true")];
  const ofEach = async () => [await cpuMsOfAll([one.pid]), await cpuMsOfAll([other.pid])] as const;
  const before = await ofEach();
  const both = await cpuMsOfAll([one.pid, other.pid]);
  const after = await ofEach();
  expect(before[1]).toBeGreaterThan(0);
  // They may compute a little longer. Nanoseconds can be compared: fractions are not added up to the last digit.
  const ns = (ms: number) => Math.round(ms * 1e6);
  expect(ns(both)).toBeGreaterThanOrEqual(ns(before[0] + before[1]));
  expect(ns(both)).toBeLessThanOrEqual(ns(after[0] + after[1]));
});

test("what is shared is no process's own, and counts for each in part", async () => {
  const { pid } = await shell("true");
  const { pss, own } = await memoryOfAll([pid]);
  const residentKb = ((await memoryOf(pid)).rssMb * 1e6) / 1_024;
  expect(own).toBeGreaterThan(0);
  expect(own).toBeLessThan(pss);
  expect(pss).toBeLessThan(residentKb);
});

test("memory of several is added up", async () => {
  const pids = [(await shell("true")).pid, (await shell("true")).pid];
  const each = await Promise.all(pids.map(async (pid) => (await memoryOfAll([pid])).own));
  expect((await memoryOfAll(pids)).own).toBeGreaterThan(Math.max(...each));
});

test("a parent is who has started it", async () => {
  expect(await parentOf((await shell("true")).pid)).toBe(process.pid);
});
