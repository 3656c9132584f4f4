import { once } from "node:events";
import { systemClock } from "@borealis/clock";
import type { TailOptions } from "./executor-tail.ts";
import { EXIT } from "./exit-codes.ts";
import { CliError } from "./fail.ts";
import { note } from "./health-text.ts";
import { findTask } from "./task-find.ts";
import { LogFiles, type Stream } from "./task-log-files.ts";
import { LogReader } from "./task-log-reader.ts";
import { WatchedProcess } from "./task-watch.ts";

const LOOK_MS = 100;

/** Raw, as it was written. */
export async function tail(name: string, wanted: string | undefined, options: TailOptions): Promise<void> {
  const watched = WatchedProcess.of(options.stateDir, await findTask(options.stateDir, name), wanted);
  const stop = new AbortController();
  let interrupted = false;
  const end = (signal: NodeJS.Signals) => {
    interrupted = signal === "SIGINT";
    stop.abort();
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  try {
    await show(watched, options, stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    process.off("SIGINT", end);
    process.off("SIGTERM", end);
  }
  if (interrupted) process.exitCode = EXIT.interrupted;
}

async function show(watched: WatchedProcess, options: TailOptions, signal: AbortSignal): Promise<void> {
  const stream = options.stderr === true ? "stderr" : "stdout";
  const { active } = watched;
  const follow = options.follow ?? (active && process.stdout.isTTY);
  let run = options.run ?? watched.latestRun;
  let reader = await readerOf(watched, run, stream, options.lines);
  try {
    for (;;) {
      // Before it is read: what a run wrote before it ended is there then.
      const { ended, over, nextStarted } = watched.look(run);
      const any = await copy(reader, signal);
      if (!any && !follow && !reader.found) throw nothing(watched, run, stream);
      if (!follow || (ended && (options.run !== undefined || (over && !nextStarted)))) return;
      if (ended && nextStarted) {
        await reader.close();
        run += 1;
        reader = await readerOf(watched, run, stream, Number.POSITIVE_INFINITY);
      } else await systemClock.sleep(LOOK_MS, signal);
    }
  } finally {
    await reader.close();
  }
}

async function readerOf(
  { sandbox, process: name }: WatchedProcess,
  run: number,
  stream: Stream,
  lines: number,
): Promise<LogReader> {
  const reader = new LogReader(new LogFiles(sandbox, name, run, stream));
  await reader.seek(lines);
  return reader;
}

/** Whether there was anything. */
async function copy(reader: LogReader, signal: AbortSignal): Promise<boolean> {
  let any = false;
  for await (const bytes of reader.read()) {
    signal.throwIfAborted();
    any = true;
    // A reader that is slower than the disk is waited for: a log may be larger than our memory.
    if (!process.stdout.write(bytes)) await once(process.stdout, "drain", { signal });
  }
  if (reader.gap) note("some of it may be missing: it was rotated away before it could be read");
  reader.gap = false;
  return any;
}

function nothing({ process: name }: WatchedProcess, run: number, stream: Stream): CliError {
  return new CliError(`there is no ${stream} of process "${name}", run ${run}`, EXIT.negative);
}
