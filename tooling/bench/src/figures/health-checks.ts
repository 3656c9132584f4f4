import { type Cost, sleep, type Watched, watchHaProxy, watchOurs } from "../check-window.ts";
import { type Bench, type Figure, figureOf } from "../figure.ts";
import { findHaProxy, HaProxy } from "../haproxy.ts";
import { type Connections, HealthChecker } from "../health-checker.ts";
import type { CheckerWindow } from "../peers/health-checker.ts";
import { freePorts } from "../port-range.ts";
import { memoryOf } from "../process-stat.ts";

const FEW = 1_000;
const MANY = 5_000;
const ROUNDS = 2;
/** V8 compiles what is called often, and that takes as many calls; a checker runs for weeks. */
const WARM_UP_MS = 20_000;
const FEW_SETTLE_MS = 5_000;
const CONNECTIONS: readonly Connections[] = ["fresh", "keepalive"];
/** Of the CPU of HAProxy's check, which makes a new connection every time. */
const CPU_GOALS: Readonly<Record<Connections, number>> = { fresh: 3, keepalive: 1.2 };
const DELAY_GOAL_MS = 20;
const MEMORY_GOAL_MB = 120;
/** Nobody has promised it; a client of its own for every target takes ten times as much. */
const MEMORY_PER_THOUSAND_GOAL_MB = 20;

/** Asked once a second over loopback: 1,000 targets, which one HAProxy serves. */
export const healthCheck: Bench = {
  name: "health.check",
  about: `${FEW} targets a second, over new and kept connections: CPU per check beside HAProxy's, delay p99, memory`,
  async run(tell) {
    const peerName = await findHaProxy(tell);
    if (peerName === undefined) return undefined;
    const ports = await freePorts(FEW);
    await using server = await HaProxy.serving(ports);
    await using fresh = await HealthChecker.start(ports, "fresh");
    await using keepalive = await HealthChecker.start(ports, "keepalive");
    const checkers: Record<Connections, HealthChecker> = { fresh, keepalive };
    for (const checker of [fresh, keepalive]) await checker.add(FEW);
    await sleep(WARM_UP_MS);
    for (const checker of [fresh, keepalive]) checker.rest();
    const peers: Cost[] = [];
    const ours: Record<Connections, Watched[]> = { fresh: [], keepalive: [] };
    for (let round = 0; round < ROUNDS; round++) {
      const peer = await watchHaProxy(server, ports);
      peers.push(peer);
      tell(`${peerName}: ${inWords(peer)}`);
      for (const connections of CONNECTIONS) {
        const checker = checkers[connections];
        checker.wake();
        const watched = await watchOurs(server, ports, checker);
        checker.rest();
        ours[connections].push(watched);
        tell(`${connections}: ${inWords(watched.cost)}, ${outcome(watched.window)}`);
      }
    }
    return CONNECTIONS.flatMap((connections) => {
      const watched = ours[connections];
      const name = `${this.name}.${connections}`;
      const costs = watched.map(({ cost }) => cost);
      const delays = watched.flatMap(({ window }) => window.delaysMs);
      return [
        cpuFigure(name, connections, peerName, costs, peers),
        figureOf(
          { name: `${name}.delay.p50`, unit: "ms", goal: DELAY_GOAL_MS, goalOf: "ours" },
          { ours: delays },
        ),
        figureOf(
          { name: `${name}.delay`, unit: "ms", goal: DELAY_GOAL_MS, goalOf: "ours", statistic: "p99" },
          { ours: delays },
        ),
        figureOf(
          { name: `${name}.memory`, unit: "MB", goal: MEMORY_GOAL_MB, goalOf: "ours", peerName },
          { ours: costs.map(({ rssMb }) => rssMb), peer: peers.map(({ rssMb }) => rssMb) },
        ),
      ];
    });
  },
};

/** The same with 5,000: whether every one of them is asked in time, and what the further 4,000 cost. */
export const healthCheckMany: Bench = {
  name: "health.check.5000",
  about: `${MANY} targets a second: runs skipped, CPU per check beside HAProxy's, memory for each 1,000 more`,
  async run(tell) {
    const peerName = await findHaProxy(tell);
    if (peerName === undefined) return undefined;
    const ports = await freePorts(MANY);
    await using server = await HaProxy.serving(ports);
    const peer = await watchHaProxy(server, ports);
    tell(`${peerName}: ${inWords(peer)}`);
    const figures: Figure[] = [];
    for (const connections of CONNECTIONS) {
      await using checker = await HealthChecker.start(ports, connections);
      await checker.add(FEW);
      await sleep(FEW_SETTLE_MS);
      const few = await memoryOf(checker.pid);
      await checker.add(MANY - FEW);
      const { cost, window } = await watchOurs(server, ports, checker);
      tell(`${connections}: ${inWords(cost)}, ${outcome(window)}`);
      const name = `${this.name}.${connections}`;
      const grown = (cost.rssMb - few.rssMb) / ((MANY - FEW) / 1_000);
      figures.push(
        figureOf(
          { name: `${name}.skipped`, unit: "checks", goal: 0, goalOf: "ours" },
          { ours: [window.skipped] },
        ),
        cpuFigure(name, connections, peerName, [cost], [peer]),
        figureOf(
          { name: `${name}.delay`, unit: "ms", goal: DELAY_GOAL_MS, goalOf: "ours", statistic: "p99" },
          { ours: window.delaysMs },
        ),
        figureOf(
          { name: `${name}.memory`, unit: "MB", goal: MEMORY_PER_THOUSAND_GOAL_MB, goalOf: "ours" },
          { ours: [grown] },
        ),
      );
    }
    return figures;
  },
};

function cpuFigure(
  name: string,
  connections: Connections,
  peerName: string,
  ours: readonly Cost[],
  peers: readonly Cost[],
): Figure {
  return figureOf(
    { name, unit: "µs", goal: CPU_GOALS[connections], peerName },
    {
      ours: ours.map(({ cpuUsPerCheck }) => cpuUsPerCheck),
      peer: peers.map(({ cpuUsPerCheck }) => cpuUsPerCheck),
    },
  );
}

function inWords({ cpuUsPerCheck, checksPerSecond, waited, rssMb, peakMb }: Cost): string {
  return (
    `${Math.round(cpuUsPerCheck)} µs of CPU per check, ${checksPerSecond.toFixed(1)} checks/s, ` +
    `${Math.round(rssMb)} MB, at most ${Math.round(peakMb)} MB, waited for a processor ${(waited * 100).toFixed(1)} % of the time`
  );
}

function outcome({ runs, failures, failure, late, skipped }: CheckerWindow): string {
  const failed = failure === undefined ? "none failed" : `${failures} failed (${failure})`;
  return `${runs} runs, ${failed}, ${late} late, ${skipped} skipped`;
}
