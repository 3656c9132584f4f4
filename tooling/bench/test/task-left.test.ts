import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { endLeftOf, leftOf } from "../src/task-left.ts";

function newSandbox(): string {
  const sandbox = mkdtempSync(join(tmpdir(), "borealis-left-"));
  onTestFinished(() => rmSync(sandbox, { recursive: true }));
  return sandbox;
}

/** Runs what its script ends with when it resolves. */
async function running(home: string, script: string): Promise<ChildProcess & { pid: number }> {
  const child = spawn("/bin/bash", ["-c", script], {
    env: { HOME: home, PATH: "/usr/bin:/bin" },
    stdio: ["pipe", "pipe", "ignore"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(createInterface({ input: child.stdout }), "line");
  return child as ChildProcess & { pid: number };
}

test("a task's processes are those with its sandbox as their home, and no other's", async () => {
  const sandbox = newSandbox();
  const its = await running(sandbox, "echo; read -r line");
  await running(`${sandbox}-2`, "echo; read -r line");
  expect(await leftOf("t", sandbox)).toEqual([its.pid]);
});

test("a keeper is known by the task it names, and no other's is", async () => {
  const keeperOf = (task: string) =>
    running("/", `exec -a 'borealis-keeper ${task} p 0' /bin/bash -c 'echo; read -r line; :'`);
  const its = await keeperOf("left-7");
  await keeperOf("left-77");
  await expect.poll(() => leftOf("left-7", "/nowhere")).toEqual([its.pid]);
});

test("what stays is ended, and counted", async () => {
  const sandbox = newSandbox();
  const its = await running(sandbox, "trap '' TERM; echo; while :; do read -r line; done");
  const ended = once(its, "exit");
  expect(await endLeftOf("t", sandbox, 0)).toBe(1);
  expect(await ended).toEqual([null, "SIGKILL"]);
});

test("what ends by itself is waited for, and not counted", async () => {
  const sandbox = newSandbox();
  const its = await running(sandbox, "echo; read -r line");
  const left = endLeftOf("t", sandbox, Number.POSITIVE_INFINITY);
  // It has looked by then as well.
  expect(await leftOf("t", sandbox)).toEqual([its.pid]);
  its.stdin?.end();
  expect(await left).toBe(0);
});
