import { readdir, readFile, readlink } from "node:fs/promises";

/** What /proc says now. A process may end while it is being read: then it is not in the answer. */
async function pids(): Promise<number[]> {
  const entries = await attempt(readdir("/proc"), []);
  return entries.filter((entry) => /^\d+$/.test(entry)).map(Number);
}

// Never synchronously: on a host with thousands of processes that would keep ZooKeeper waiting for its pings, and
// the kernel lets nobody read of a process that is stuck in it. So few at once leave room for other files.
const AT_ONCE = 8;

async function forEach(processes: readonly number[], look: (pid: number) => Promise<void>): Promise<void> {
  const left = processes.values();
  const worker = async () => {
    for (const pid of left) await look(pid);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/**
 * Members of a process group that are not zombies: those run nothing and hold nothing, but may never be reaped.
 * Who was not `among` the members when the group was sent SIGKILL does not become one: the dying do not fork.
 */
export async function liveMembers(group: number, among?: readonly number[]): Promise<readonly number[]> {
  const members: number[] = [];
  await forEach(among ?? (await pids()), async (pid) => {
    const { state, processGroup } = await statusOf(pid);
    if (processGroup === group && state !== "Z" && state !== "X") members.push(pid);
  });
  return members;
}

export interface Marked {
  /** By marker. */
  readonly found: ReadonlyMap<string, readonly number[]>;
  /** Could not be told: in the middle of an exec a process has no environment for a moment. */
  readonly undecided: readonly number[];
}

/**
 * Processes that were started with one of these `NAME=value` in their environment. Children that made themselves a
 * session of their own have inherited it: it finds what signals to the group do not reach.
 */
export async function processesMarked(markers: ReadonlySet<string>): Promise<Marked> {
  const found = new Map<string, number[]>([...markers].map((marker) => [marker, []]));
  const undecided: number[] = [];
  const others = (await pids()).filter((pid) => pid !== process.pid);
  await forEach(others, async (pid) => {
    const environment = await attempt(readFile(`/proc/${pid}/environ`, "utf8"), undefined);
    for (const variable of environment?.split("\0") ?? []) found.get(variable)?.push(pid);
    // Zombies and threads of the kernel never have one, and no program either.
    if (environment === "" && (await attempt(readlink(`/proc/${pid}/exe`), "")) !== "") {
      // Someone else's `env -i` would otherwise be waited for at the end of every task.
      if (!(await statusOf(pid)).startedWithoutEnvironment) undecided.push(pid);
    }
  });
  return { found, undecided };
}

async function statusOf(pid: number) {
  const stat = await attempt(readFile(`/proc/${pid}/stat`, "utf8"), "");
  // pid (name) state parent group …; the name may hold anything, brackets included.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // Where its environment lies: 0 until an exec has put it there, or when the kernel does not tell.
  const [from, to] = fields.slice(47, 49).map(Number);
  return {
    state: fields[0] || "Z",
    processGroup: Number(fields[2]),
    startedWithoutEnvironment: from === to && from !== undefined && from !== 0,
  };
}

async function attempt<T>(reading: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await reading;
  } catch {
    return otherwise;
  }
}
