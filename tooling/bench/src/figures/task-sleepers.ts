import { spawn } from "node:child_process";
import { once } from "node:events";
import { sleep } from "../check-window.ts";
import { type Bench, figureOf } from "../figure.ts";
import { nowMs } from "../monotonic.ts";
import { cpuMsOfAll, type Memory, memoryOfAll, parentOf } from "../task-cost.ts";
import { Sleepers } from "../task-sleepers.ts";

const SLEEPERS = 1_000;
const SETTLE_MS = 5_000;
const IDLE_MS = 20_000;
const SHELLS = 100;
const GOALS = { memoryMb: 1, cpuPercent: 1 };

/**
 * What keeps a thousand sleeping processes, besides them: a keeper each, and what their executor and its launcher have
 * grown by. Beside it a bash that waits for one child, the least that people put in front of a process.
 */
export const taskSleepers: Bench = {
  name: "task.sleepers",
  about: `${SLEEPERS} processes that sleep: memory for each besides its own, CPU of all that keeps them while idle`,
  async run(tell) {
    const shells = await memoryOfShells();
    await using sleepers = await Sleepers.ready();
    await sleep(SETTLE_MS);
    const before = await memoryOfAll([sleepers.executor]);
    const startedAt = nowMs();
    const { launcher, pids, atMs } = await sleepers.start(SLEEPERS);
    tell(`${SLEEPERS} run after ${Math.round(atMs - startedAt)} ms`);
    await sleep(SETTLE_MS);
    const keepers = await Promise.all(Object.values(pids).map(parentOf));
    if (new Set(keepers).size !== SLEEPERS) throw new Error("not every process has a keeper of its own");
    const executor = await memoryOfAll([sleepers.executor]);
    const kept = await memoryOfAll([launcher, ...keepers]);
    tell(
      `the executor has grown from ${before.pss} to ${executor.pss} kB (PSS), keepers have ${kept.pss} kB`,
    );
    const perProcess = (of: keyof Memory) => inMb((kept[of] + executor[of] - before[of]) / SLEEPERS);
    const idle = await idlePercents([[sleepers.executor], [launcher, ...keepers]]);
    tell(
      `idle, the executor takes ${idle[0]?.toFixed(2)} % of a processor, keepers ${idle[1]?.toFixed(2)} %`,
    );
    const memory = { unit: "MB", goal: GOALS.memoryMb, goalOf: "ours", peerName: "a waiting bash" } as const;
    return [
      figureOf(
        { name: `${this.name}.pss`, ...memory },
        { ours: [perProcess("pss")], peer: [inMb(shells.pss)] },
      ),
      figureOf(
        { name: `${this.name}.private`, ...memory },
        { ours: [perProcess("own")], peer: [inMb(shells.own)] },
      ),
      figureOf(
        { name: `${this.name}.cpu`, unit: "%", goal: GOALS.cpuPercent, goalOf: "ours" },
        { ours: [sum(idle)] },
      ),
    ];
  },
};

/** Of one, where there are many: what they share is divided. */
async function memoryOfShells(): Promise<Memory> {
  const shells = Array.from({ length: SHELLS }, () =>
    spawn("/bin/bash", ["-c", "echo; cat; exit"], { stdio: ["pipe", "pipe", "ignore"] }),
  );
  try {
    await Promise.all(shells.map(({ stdout }) => once(stdout, "data")));
    const { pss, own } = await memoryOfAll(shells.flatMap(({ pid }) => pid ?? []));
    return { pss: pss / SHELLS, own: own / SHELLS };
  } finally {
    await Promise.all(
      shells.map(async (shell) => {
        shell.stdin.end();
        await once(shell, "exit");
      }),
    );
  }
}

/** Percent of one processor, of each group of processes. */
async function idlePercents(groups: readonly (readonly number[])[]): Promise<readonly number[]> {
  const read = async () => ({ ms: await Promise.all(groups.map(cpuMsOfAll)), at: nowMs() });
  const before = await read();
  await sleep(IDLE_MS);
  const after = await read();
  return after.ms.map((ms, group) => ((ms - (before.ms[group] ?? 0)) / (after.at - before.at)) * 100);
}

function inMb(kib: number): number {
  return (kib * 1_024) / 1e6;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
