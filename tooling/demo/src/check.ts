import { systemClock } from "@borealis/clock";
import { connectZooKeeper, queryServerSet } from "@borealis/serverset";
import type { Demo } from "./demo.ts";

const DEADLINE_MS = 90_000;

/** How many members each ServerSet of the demo has when all is well. */
const EXPECTED = {
  "www-data/prod/hello": 3,
  "www-data/staging1/toggle": 1,
  "www-data/devel/flapper": 1,
  "batch/devel/worker": 1,
  "legacy/test/search": 1,
} as const;

/**
 * Waits until every job is healthy, announced and shown by the dashboard, each at least once: one of them flaps.
 * @throws Error that names what is missing, at the deadline or when a process of the demo ends.
 */
export async function checkDemo(
  demo: Demo,
  onProgress: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  await using session = connectZooKeeper({ servers: demo.zooKeeper });
  using deadline = systemClock.deadline(DEADLINE_MS, signal);
  const missing = new Set<string>(Object.keys(EXPECTED));
  for (;;) {
    for (const job of [...missing]) {
      const expected = EXPECTED[job as keyof typeof EXPECTED];
      const { members } = await queryServerSet(session, `/aurora/${job}`, deadline.signal);
      if (members.length !== expected || !(await isShown(demo, job, expected, deadline.signal))) continue;
      missing.delete(job);
      onProgress(`${job}: ${expected} of ${expected} healthy, announced and shown`);
    }
    if (missing.size === 0) return;
    const dead = demo.children.find(({ ended }) => ended !== undefined);
    if (dead !== undefined) throw new Error(`${dead.name} ${dead.ended}:\n${await dead.tail(20)}`);
    if (deadline.signal.aborted) {
      signal.throwIfAborted();
      throw new Error(
        `not healthy, announced and shown within ${DEADLINE_MS / 1000} s: ${[...missing].join(", ")}`,
      );
    }
    await systemClock.sleep(100);
  }
}

/** Asks the dashboard, as a browser does. */
async function isShown(demo: Demo, job: string, expected: number, signal: AbortSignal): Promise<boolean> {
  const response = await fetch(`${demo.dashboardUrl}/api/trpc/jobs.list`, { signal });
  const body = (await response.json()) as {
    result: { data: { rows: readonly { id: string; announced: number }[] } };
  };
  return body.result.data.rows.some(({ id, announced }) => id === job && announced === expected);
}
