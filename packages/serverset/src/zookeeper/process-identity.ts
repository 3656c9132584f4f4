import { readFile } from "node:fs/promises";

/** A process number alone is given to another process some day; with the moment of its start it is not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Undefined where the system does not tell. */
  readonly startedAt: string | undefined;
}

export async function identityOf(pid: number): Promise<ProcessIdentity> {
  return { pid, startedAt: (await processStat(pid))?.startedAt };
}

/** True as well when it can not be told from another process with its number. */
export async function isRunning({ pid, startedAt }: ProcessIdentity): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: somebody else's, and alive.
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const now = await processStat(pid);
  if (now === undefined) return true;
  return !now.ended && (startedAt === undefined || now.startedAt === startedAt);
}

async function processStat(pid: number): Promise<{ startedAt: string; ended: boolean } | undefined> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, "utf8"),
      readFile("/proc/sys/kernel/random/boot_id", "utf8"),
    ]);
    // The command in parentheses may hold blanks and parentheses itself; the state is the first field after it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // Ended, and its parent has not asked how.
    const ended = fields[0] === "Z" || fields[0] === "X";
    return { startedAt: `${boot.trim()} ${fields[19]}`, ended };
  } catch {
    return undefined;
  }
}
