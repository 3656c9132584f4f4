import type { Clock } from "@borealis/clock";
import { GarbageCollector, type GarbagePolicy } from "@borealis/runner";
import type { EventLog } from "./event-log.ts";

/** Not at once: what is started now is more urgent. */
const FIRST_MS = 60_000;
const INTERVAL_MS = 3_600_000;

/** Removes what finished tasks have left, round by round, until it is disposed of. */
export function collectGarbage(
  stateDirectory: string,
  policy: GarbagePolicy,
  { clock, log }: { readonly clock: Clock; readonly log: EventLog },
): Disposable {
  const stopped = new AbortController();
  void collectOnAndOn(new GarbageCollector(stateDirectory, clock), policy, { clock, log }, stopped.signal);
  return { [Symbol.dispose]: () => stopped.abort() };
}

async function collectOnAndOn(
  collector: GarbageCollector,
  policy: GarbagePolicy,
  { clock, log }: { readonly clock: Clock; readonly log: EventLog },
  signal: AbortSignal,
): Promise<void> {
  await clock.sleep(FIRST_MS, signal).catch(() => {});
  while (!signal.aborted) {
    let left = 0;
    try {
      const report = await collector.collect(policy, signal);
      left = report.left;
      for (const { taskId, why } of report.failed) log.warn("task", `${taskId} can not be removed: ${why}`);
      if (report.removed.length > 0) {
        const megabytes = (report.bytes / 1e6).toFixed(1);
        log.tell("task", `removed what ${report.removed.length} finished tasks had left: ${megabytes} MB`);
      }
    } catch (error) {
      log.warn("task", `finished tasks can not be looked through: ${(error as Error).message}`);
    }
    await clock.sleep(left > 0 ? FIRST_MS : INTERVAL_MS, signal).catch(() => {});
  }
}
