import { readdir, readFile } from "node:fs/promises";
import { sleep } from "./check-window.ts";
import { nowMs } from "./monotonic.ts";

const LOOK_EVERY_MS = 50;

/**
 * Whatever runs for a task: its processes and all they have started have the sandbox as their HOME, and a keeper's
 * command line names the task.
 */
export async function leftOf(taskId: string, sandbox: string): Promise<readonly number[]> {
  const left: number[] = [];
  for (const entry of await readdir("/proc")) {
    const pid = Number(entry);
    if (Number.isNaN(pid) || pid === process.pid) continue;
    const [environment, commandLine] = await Promise.all(
      ["environ", "cmdline"].map((file) => read(pid, file)),
    );
    const isKeeper = commandLine?.startsWith(`borealis-keeper ${taskId} `) ?? false;
    if (isKeeper || environment?.split("\0").includes(`HOME=${sandbox}`)) left.push(pid);
  }
  return left;
}

async function read(pid: number, file: string): Promise<string | undefined> {
  try {
    return await readFile(`/proc/${pid}/${file}`, "latin1");
  } catch {
    // It has ended meanwhile, or is another user's.
    return undefined;
  }
}

/**
 * Waits for its last processes, and ends what stays: a figure must leave nothing behind, whatever went wrong.
 * @returns how many there were to end
 */
export async function endLeftOf(taskId: string, sandbox: string, patienceMs = 5_000): Promise<number> {
  const givenUpAt = nowMs() + patienceMs;
  for (;;) {
    const left = await leftOf(taskId, sandbox);
    if (left.length === 0) return 0;
    if (nowMs() > givenUpAt) return left.filter(endOne).length;
    await sleep(LOOK_EVERY_MS);
  }
}

function endOne(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
    return false;
  }
}
