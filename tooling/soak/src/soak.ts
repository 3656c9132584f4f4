import { setTimeout as sleep } from "node:timers/promises";
import { faultsOf } from "./faults.ts";
import { inject } from "./inject.ts";
import { Invariants } from "./invariants.ts";
import type { Journal } from "./journal.ts";
import { startWorld, type World } from "./world.ts";

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly servers: 1 | 3;
  readonly signal: AbortSignal;
  readonly tell: (progress: string) => void;
}

export interface Outcome {
  readonly faults: number;
  /** Empty when all went well. */
  readonly violated: readonly string[];
}

const FAULT_EVERY_MS = 5_000;
const CHECK_EVERY_MS = 1_000;
const TELL_EVERY_CHECKS = 10;

/** Runs until the time is over or something is violated. */
export async function soak(options: SoakOptions, journal: Journal): Promise<Outcome> {
  const { minutes, seed, servers, tell } = options;
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  const violated: string[] = [];
  const violate = (what: string) => {
    violated.push(what);
    journal.note(`VIOLATED: ${what}`);
    ended.abort();
  };
  const onUncaught = (error: unknown) => violate(`uncaught: ${error instanceof Error ? error.stack : error}`);
  process.on("uncaughtException", onUncaught).on("unhandledRejection", onUncaught);
  let faults = 0;
  try {
    await using world = await startWorld(servers, violate);
    const unsubscribe = world.session.subscribe(({ state, generation, error }) =>
      journal.note(`our session ${generation} is ${state}${error === undefined ? "" : `: ${error}`}`),
    );
    const invariants = new Invariants(world);
    const lastsMs = minutes * 60_000;
    const planned = Math.max(1, Math.floor(lastsMs / FAULT_EVERY_MS));
    const checking = check(world, invariants, { signal, violate, tell, journal, count: () => faults });
    const startedAt = performance.now();
    for (const [index, fault] of faultsOf(seed, planned).entries()) {
      await sleep(until(startedAt + index * FAULT_EVERY_MS), undefined, { signal }).catch(() => {});
      // A fault that lasts pushes the others back; it is over when the time is, not when the list is.
      if (signal.aborted || performance.now() - startedAt >= lastsMs) break;
      journal.note(`${fault.kind} begins, for ${fault.forMs} ms`);
      faults += 1;
      const what = await inject(world, fault).catch((error: Error) => `not possible now: ${error.message}`);
      journal.note(`${fault.kind} is over (${what})`);
    }
    await sleep(until(startedAt + lastsMs), undefined, { signal }).catch(() => {});
    ended.abort();
    await checking;
    unsubscribe();
    for (const each of invariants.conclude(performance.now() - startedAt)) violate(each);
    tell(
      `checked ${invariants.checks} times, ${invariants.told} of them against the truth; ` +
        `memory ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MB, ${invariants.megabytesPerHour.toFixed(1)} MB an hour`,
    );
    if (violated.length === 0 && !options.signal.aborted && invariants.told === 0)
      violated.push("nothing was ever checked against the truth");
  } catch (error) {
    if (violated.length === 0) throw error;
  } finally {
    // What is left over from the run may still fail now, and must not do so unseen.
    await sleep(0);
    process.off("uncaughtException", onUncaught).off("unhandledRejection", onUncaught);
  }
  return { faults, violated };
}

interface CheckOptions {
  readonly signal: AbortSignal;
  readonly violate: (what: string) => void;
  readonly tell: (progress: string) => void;
  readonly journal: Journal;
  readonly count: () => number;
}

async function check(world: World, invariants: Invariants, options: CheckOptions): Promise<void> {
  const { signal, violate, tell, journal, count } = options;
  let last = journal.elapsedMs;
  while (!signal.aborted) {
    await sleep(CHECK_EVERY_MS, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const now = journal.elapsedMs;
    for (const each of await invariants.check(now - last, now)) violate(each);
    last = now;
    if (invariants.checks % TELL_EVERY_CHECKS !== 0) continue;
    const { follower, session } = world;
    tell(
      `${(now / 1_000).toFixed(0)} s: ${count()} faults, ${follower.names.size} of ${invariants.members} members shown, ` +
        `${follower.events} events, session ${session.status.generation} ${session.status.state}`,
    );
  }
}

function until(time: number): number {
  return Math.max(0, time - performance.now());
}
