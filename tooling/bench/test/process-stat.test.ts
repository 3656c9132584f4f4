import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { cpuMsOf, memoryOf, waitedMsOf } from "../src/process-stat.ts";

test("the CPU of a process is read right, whatever the process is called", async () => {
  const directory = await mkdtemp(join(tmpdir(), "borealis-stat-"));
  const program = join(directory, "a) R 9 (b");
  await copyFile("/bin/bash", program);
  // Says what it has used once it has computed a while, in the kernel too, and waits.
  const busy =
    "for ((i = 0; i < 15000; i++)); do for j in {1..10}; do :; done; read -r line < /proc/self/status; done";
  const child = spawn(program, ["-c", `${busy}; times; read -r line`]);
  try {
    const times: number[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      times.push(
        ...[...line.matchAll(/(\d+)m([\d.]+)s/g)].map(([, m, s]) => Number(m) * 60_000 + Number(s) * 1_000),
      );
      if (times.length === 4) break;
    }
    const [user = 0, system = 0] = times;
    const told = user + system;
    expect(Math.min(user, system)).toBeGreaterThan(50);
    // Ticks of 10 ms, one for each of user and system.
    expect(Math.abs((await cpuMsOf(child.pid ?? 0)) - told)).toBeLessThanOrEqual(30);
  } finally {
    child.kill();
    await rm(directory, { recursive: true, force: true });
  }
});

test("memory is the resident one, and never more than its peak", async () => {
  const { rssMb, peakMb } = await memoryOf(process.pid);
  expect(rssMb / (process.memoryUsage.rss() / 1e6)).toBeCloseTo(1, 0);
  expect(rssMb).toBeLessThanOrEqual(peakMb);
});

test("a process has waited for a processor once there are more that compute than processors", async () => {
  const children = Array.from({ length: availableParallelism() + 1 }, () =>
    spawn("/bin/bash", ["-c", "for ((i = 0; i < 100000; i++)); do :; done; echo; read -r line"]),
  );
  try {
    await Promise.all(children.map(({ stdout }) => once(stdout, "data")));
    const waits = await Promise.all(children.map(({ pid }) => waitedMsOf(pid ?? 0)));
    expect(Math.max(...waits)).toBeGreaterThan(10);
  } finally {
    for (const child of children) child.kill();
  }
});
