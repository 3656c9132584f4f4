import type { Clock } from "@borealis/clock";
import { search } from "@borealis/processes";
import type { ProcessIdentity } from "./keeper.ts";
import { everyProcess, isAlive, isZombie, type ProcessStat, statOf } from "./proc.ts";

const DEADLINE_MS = 2_000;
const POLL_MS = 20;

export interface OrphansOptions {
  /** Commands whose keepers are dead. */
  readonly commands: readonly ProcessIdentity[];
  /** `NAME=value` that is in the environment of every process of the task. */
  readonly marker: string;
  /** The task's keepers that live, read anew at each call: what descends from one is in good hands. */
  readonly keepers: () => readonly ProcessIdentity[];
  readonly clock: Clock;
}

/**
 * SIGKILLs what keepers that died have left: the trees and sessions of their commands, as far as those still hang
 * together, and whoever has the task's marker and is in no living keeper's tree.
 * @returns those that could not be ended.
 */
export async function endOrphans({
  commands,
  marker,
  keepers,
  clock,
}: OrphansOptions): Promise<readonly number[]> {
  const doomed = new Map<number, ProcessIdentity>();
  for (const command of commands) if (isAlive(command)) doomed.set(command.pid, command);
  for (const givenUpAt = clock.now() + DEADLINE_MS; ; await clock.sleep(POLL_MS)) {
    addTrees(doomed);
    const { found, undecided } = await search(marker);
    const kept = new Set(keepers().map(({ pid }) => pid));
    for (const pid of found) {
      const orphan = orphaned(pid, kept);
      if (orphan !== undefined) doomed.set(pid, orphan);
    }
    const alive = [...doomed.values()].filter(isAlive);
    for (const { pid } of alive) kill(pid);
    if (alive.length + undecided.length === 0) return [];
    if (clock.now() >= givenUpAt) return alive.map(({ pid }) => pid);
  }
}

/** Of doomed that are alive: a number that is free again tells nothing of who descends from it. */
function addTrees(doomed: Map<number, ProcessIdentity>): void {
  const alive = new Set([...doomed.values()].filter(isAlive).map(({ pid }) => pid));
  if (alive.size === 0) return;
  const all = everyProcess();
  for (let before = -1; before < alive.size; ) {
    before = alive.size;
    for (const process of all) {
      if (alive.has(process.pid) || !(alive.has(process.parent) || alive.has(process.session))) continue;
      alive.add(process.pid);
      doomed.set(process.pid, process);
    }
  }
}

/** Undefined when it has gone, or descends from one of these. */
function orphaned(pid: number, keepers: ReadonlySet<number>): ProcessStat | undefined {
  for (;;) {
    const process = statOf(pid);
    if (process === undefined || isZombie(process)) return undefined;
    let ancestor: ProcessStat | undefined = process;
    while (ancestor !== undefined && ancestor.parent > 0) {
      if (keepers.has(ancestor.pid)) return undefined;
      ancestor = statOf(ancestor.parent);
    }
    // Where the chain broke an ancestor ended just now, and the keeper has become the parent of what is below it.
    if (ancestor !== undefined) return process;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone, or of a user we may not signal.
  }
}
