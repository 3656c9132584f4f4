import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** What /proc says now. A process may end while it is being read: then it is not in the answer. */
function pids(): number[] {
  return attempt(() => readdirSync("/proc"), [])
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number);
}

/** Members of a process group that are not zombies: those run nothing and hold nothing, but may never be reaped. */
export function liveMembers(group: number): number[] {
  return pids().filter((pid) => {
    const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, "utf8"), "");
    // pid (name) state parent group …; the name may hold anything, brackets included.
    const [state = "Z", , pgrp] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(pgrp) === group && state !== "Z" && state !== "X";
  });
}

/**
 * Processes that were started with this HOME. Every process of a task has its sandbox there, and children that made
 * themselves a session of their own have inherited it: it finds what signals to the group do not reach.
 *
 * `undecided` is how many could not be told: in the middle of an exec a process has no environment for a moment.
 */
export function processesAtHome(home: string): {
  readonly found: readonly number[];
  readonly undecided: number;
} {
  const others = pids().filter((pid) => pid !== process.pid);
  const found: number[] = [];
  let undecided = 0;
  for (const pid of others) {
    const environment = attempt(() => readFileSync(`/proc/${pid}/environ`, "utf8"), undefined);
    if (environment?.split("\0").includes(`HOME=${home}`)) found.push(pid);
    // Zombies and threads of the kernel never have one, and no program either.
    else if (environment === "" && attempt(() => readlinkSync(`/proc/${pid}/exe`), "") !== "") undecided++;
  }
  return { found, undecided };
}

function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
