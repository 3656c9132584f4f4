import { constants } from "node:os";
import type { Exit } from "../core/process-run.ts";
import type { ProcessIdentity, RunNews } from "./keeper.ts";
import type { RunLine } from "./runs-line.ts";

/**
 * A run that is not over.
 *
 *   announced ──► kept ──► started ──► exited ──► over: its `gone` was read
 *       │           └─────────────────────────► over: startFailed
 *       └──► any time: over, by `lost`
 */
export interface LiveRun {
  readonly process: string;
  readonly run: number;
  readonly keeper?: ProcessIdentity;
  readonly command?: ProcessIdentity;
  readonly bootId?: string;
  readonly exited?: { readonly at: number; readonly exit: Exit };
}

/** What is known of a task's runs, from the lines of `runs`. */
export class RunLedger {
  readonly #live = new Map<string, LiveRun>();
  /** Runs of a process are numbered upwards: the last one tells of all. */
  readonly #latest = new Map<string, number>();

  get live(): readonly LiveRun[] {
    return [...this.#live.values()];
  }

  find(process: string, run: number): LiveRun | undefined {
    return this.#live.get(keyOf(process, run));
  }

  launched(process: string, run: number): boolean {
    return (this.#latest.get(process) ?? -1) >= run;
  }

  announce(process: string, run: number): void {
    this.#latest.set(process, Math.max(run, this.#latest.get(process) ?? -1));
    this.#live.set(keyOf(process, run), { process, run });
  }

  /** @returns what is news in it. */
  take(line: RunLine): RunNews | undefined {
    const { process, run, at } = line;
    // Without a keeper of its own: it was refused before there was one, or by whoever had the task before us.
    if (!this.launched(process, run)) this.announce(process, run);
    const live = this.find(process, run);
    if (live === undefined) return undefined;
    switch (line.type) {
      case "kept": {
        const { keeper, command, bootId } = line;
        this.#live.set(keyOf(process, run), { ...live, keeper, command, bootId });
        return undefined;
      }
      case "started":
        return { type: "started", process, run, at, pid: line.pid };
      case "exited":
        this.#live.set(keyOf(process, run), { ...live, exited: { at, exit: exitOf(line.status) } });
        return undefined;
      case "gone":
        return this.#over(live, gone(live, line.leftBehind));
      case "startFailed":
      case "lost":
        return this.#over(live, { type: line.type, process, run, at, reason: line.reason });
      case "problem":
        return undefined;
    }
  }

  #over(live: LiveRun, news: RunNews | undefined): RunNews | undefined {
    if (news !== undefined) this.#live.delete(keyOf(live.process, live.run));
    return news;
  }
}

function gone({ process, run, exited }: LiveRun, leftBehind: readonly number[]): RunNews | undefined {
  if (exited === undefined) return undefined;
  const left = leftBehind.length === 0 ? {} : { leftBehind: leftBehindSentence(leftBehind) };
  return { type: "exited", process, run, ...exited, ...left };
}

export function leftBehindSentence(pids: readonly number[]): string {
  const what = pids.length === 1 ? `process ${pids[0]}` : `processes ${pids.join(", ")}`;
  return `${what} could not be ended: stuck in the kernel, or of a user that we may not signal`;
}

// Some have two names: the first is the usual one.
const SIGNALS = new Map(
  Object.entries(constants.signals)
    .reverse()
    .map(([name, number]) => [number as number, name]),
);

function exitOf(status: number): Exit {
  const signal = status & 0x7f;
  return signal === 0 ? { exitCode: status >> 8 } : { signal: SIGNALS.get(signal) ?? `signal ${signal}` };
}

export function keyOf(process: string, run: number): string {
  return `${run} ${process}`;
}
