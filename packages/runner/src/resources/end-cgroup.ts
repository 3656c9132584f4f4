import { join } from "node:path";
import type { Clock } from "@borealis/clock";
import { processesIn, readValue, writeValue } from "./cgroup-files.ts";

// SIGKILL takes effect within milliseconds, unless a process is stuck in the kernel: waiting longer would not help.
const DEADLINE_MS = 2_000;
const POLL_MS = 5;

/**
 * SIGKILLs all that is in these cgroups of one task, one in each hierarchy, and waits until they are empty.
 *
 * @returns who is still there
 */
export async function endCgroup(directories: readonly string[], clock: Clock): Promise<readonly number[]> {
  const givenUpAt = clock.now() + DEADLINE_MS;
  if (await endAtOnce(directories)) return await emptied(directories, givenUpAt, clock);

  const restore = await forbidForks(directories);
  try {
    return await emptied(directories, givenUpAt, clock, (pid) => kill(pid));
  } finally {
    await restore();
  }
}

/** Linux 5.14 ends a cgroup of version 2 together with all that is being forked in it. */
async function endAtOnce(directories: readonly string[]): Promise<boolean> {
  const endings = directories.map((directory) => writeValue(join(directory, "cgroup.kill"), "1"));
  return (await Promise.allSettled(endings)).some(({ status }) => status === "fulfilled");
}

/** Else what forks quickly is always ahead of who reads the list of it. */
async function forbidForks(directories: readonly string[]): Promise<() => Promise<void>> {
  const files: { readonly file: string; readonly before: string }[] = [];
  for (const directory of directories) {
    const before = await readValue(directory, "pids.max");
    if (before !== undefined) files.push({ file: join(directory, "pids.max"), before });
  }
  const write = (value: (before: string) => string) =>
    Promise.allSettled(files.map(({ file, before }) => writeValue(file, value(before))));
  await write(() => "0");
  return async () => void (await write((before) => before));
}

async function emptied(
  directories: readonly string[],
  givenUpAt: number,
  clock: Clock,
  end: (pid: number) => void = () => {},
): Promise<readonly number[]> {
  for (;;) {
    const left = new Set((await Promise.all(directories.map(processesIn))).flat());
    // A process that put itself into a cgroup of ours by mistake would end the executor with the task.
    left.delete(process.pid);
    if (left.size === 0 || clock.now() >= givenUpAt) return [...left];
    for (const pid of left) end(pid);
    await clock.sleep(POLL_MS);
  }
}

function kill(pid: number): void {
  // The number 0 stands for a process outside of our pid namespace, and would be our own process group.
  if (pid <= 1) return;
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone, or of a user we may not signal.
  }
}
