import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { directoriesIn, isFree, isRunning, keepersOf } from "./traces.ts";

let temporary: string;

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), "borealis-test-"));
});

afterEach(() => {
  rmSync(temporary, { recursive: true });
});

for (const servers of [1, 3]) {
  test(`a parent that is killed outright leaves nothing of ${servers} servers behind`, async () => {
    const { holder, pids, ports } = await startHolder(servers);
    expect(pids.map(isRunning)).toEqual(pids.map(() => true));
    expect(directoriesIn(temporary)).toHaveLength(1);

    holder.kill("SIGKILL");

    await untilNothingIsLeft(pids);
    for (const port of ports) expect(await isFree(port)).toBe(true);
  });
}

test("a paused server goes with its killed parent as well", async () => {
  const { holder, pids } = await startHolder(1);
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  holder.kill("SIGKILL");
  await untilNothingIsLeft(pids);
});

test("a parent that is killed while its servers start leaves nothing behind", async () => {
  const holder = spawnHolder(1);
  await expect.poll(() => directoriesIn(temporary), { timeout: 10_000 }).toHaveLength(1);
  holder.kill("SIGKILL");
  await untilNothingIsLeft([]);
});

interface Held {
  readonly holder: ChildProcess;
  readonly pids: readonly number[];
  readonly ports: readonly number[];
}

async function startHolder(servers: number): Promise<Held> {
  const holder = spawnHolder(servers);
  const [line] = await once(createInterface({ input: holder.stdout }), "line");
  return { holder, ...JSON.parse(line) };
}

function spawnHolder(servers: number) {
  return spawn(process.execPath, [join(import.meta.dirname, "holder.ts"), String(servers)], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function untilNothingIsLeft(pids: readonly number[]): Promise<void> {
  const left = () => ({
    servers: pids.filter(isRunning),
    directories: directoriesIn(temporary),
    keepers: keepersOf(temporary),
  });
  await expect.poll(left, { timeout: 15_000 }).toEqual({ servers: [], directories: [], keepers: [] });
}
