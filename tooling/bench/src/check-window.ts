import { HaProxy } from "./haproxy.ts";
import type { HealthChecker } from "./health-checker.ts";
import { nowMs } from "./monotonic.ts";
import type { CheckerWindow } from "./peers/health-checker.ts";
import type { PortRange } from "./port-range.ts";
import { cpuMsOf, memoryOf, waitedMsOf } from "./process-stat.ts";

/** Until first runs are spread and connections are kept. */
const SETTLE_MS = 3_000;
const WINDOW_MS = 10_000;
/** Of the checks that there should be: those of a busy moment may be made up for in the next. */
const MOST_CHECKS = 1.15;

/** What a checker cost while it was watched. Checks are counted by the server that answered them. */
export interface Cost {
  readonly cpuUsPerCheck: number;
  readonly checksPerSecond: number;
  /** Part of the time for which it was ready and had no processor. Much of it: the machine is busy, its delays are not its own. */
  readonly waited: number;
  readonly rssMb: number;
  readonly peakMb: number;
}

/** What ours came to while it was watched. */
export interface Watched {
  readonly cost: Cost;
  readonly window: CheckerWindow;
}

/** HAProxy asks every port of the server. */
export async function watchHaProxy(server: HaProxy, ports: PortRange): Promise<Cost> {
  await using checker = await HaProxy.checking(ports);
  const cost = await watch(checker.pid, server, ports);
  const up = await checker.serversUp();
  if (up !== ports.count) throw new Error(`HAProxy holds ${up} of ${ports.count} targets to be up`);
  return cost;
}

/** Ours, which has taken in every port of the server. */
export async function watchOurs(server: HaProxy, ports: PortRange, checker: HealthChecker): Promise<Watched> {
  const cost = await watch(checker.pid, server, ports, () => checker.begin());
  return { cost, window: await checker.end() };
}

export function sleep(ms: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, ms));
}

async function watch(
  pid: number,
  server: HaProxy,
  { count }: PortRange,
  begin?: () => Promise<void>,
): Promise<Cost> {
  await sleep(SETTLE_MS);
  await begin?.();
  const before = await reading(pid, server);
  await sleep(WINDOW_MS);
  const after = await reading(pid, server);
  const tookMs = after.atMs - before.atMs;
  const checks = after.requests - before.requests;
  const checksPerSecond = (checks * 1_000) / tookMs;
  if (checks === 0) throw new Error("nothing was checked");
  // Their CPU would be divided by checks that are not theirs.
  if (checksPerSecond > count * MOST_CHECKS) throw new Error("somebody else asks the same ports");
  return {
    cpuUsPerCheck: ((after.cpuMs - before.cpuMs) * 1_000) / checks,
    checksPerSecond,
    waited: (after.waitedMs - before.waitedMs) / tookMs,
    ...(await memoryOf(pid)),
  };
}

async function reading(pid: number, server: HaProxy) {
  const [atMs, cpuMs, waitedMs] = [nowMs(), await cpuMsOf(pid), await waitedMsOf(pid)];
  return { atMs, cpuMs, waitedMs, requests: await server.requests() };
}
