import { CONTROLLER_OF, type Controller, type Enforceable } from "./cgroup-mounts.ts";
import type { ResourceLimits } from "./resources.ts";

/** What the kernel gives out processor time by; its own default. */
const CPU_PERIOD_US = 100_000;
/** It takes no less. */
const LEAST_CPU_QUOTA_US = 1_000;
/** In version 1 no limit is the greatest number of pages. */
const NO_LIMIT_V1 = 2 ** 62;

export interface LimitWrite {
  readonly what: Enforceable | "swap";
  readonly file: string;
  readonly value: string;
}

/** What to write so that the kernel holds a cgroup to its limits, in this order: version 1 takes `memsw` last only. */
export function limitWrites(
  version: 1 | 2,
  controllers: readonly Controller[],
  limits: ResourceLimits,
): readonly LimitWrite[] {
  const quota = String(Math.max(LEAST_CPU_QUOTA_US, Math.round(limits.cpu * CPU_PERIOD_US)));
  const ram = String(Math.floor(limits.ramBytes));
  const processes = limits.processes === undefined ? [] : [String(limits.processes)];
  const writes: readonly LimitWrite[] =
    version === 2
      ? [
          { what: "cpu", file: "cpu.max", value: `${quota} ${CPU_PERIOD_US}` },
          { what: "ram", file: "memory.max", value: ram },
          // Else a task would push what is over its limit out to the host's swap, and slow down all of the host.
          { what: "swap", file: "memory.swap.max", value: "0" },
          ...processes.map((value) => ({ what: "processes", file: "pids.max", value }) as const),
        ]
      : [
          { what: "cpu", file: "cpu.cfs_period_us", value: String(CPU_PERIOD_US) },
          { what: "cpu", file: "cpu.cfs_quota_us", value: quota },
          { what: "ram", file: "memory.limit_in_bytes", value: ram },
          { what: "swap", file: "memory.memsw.limit_in_bytes", value: ram },
          ...processes.map((value) => ({ what: "processes", file: "pids.max", value }) as const),
        ];
  return writes.filter(({ what }) => controllers.includes(CONTROLLER_OF[what === "swap" ? "ram" : what]));
}

/** The file that tells whether there is a limit, and what it holds when there is. */
export const LIMIT_FILES: Record<1 | 2, Record<Enforceable, string>> = {
  1: { cpu: "cpu.cfs_quota_us", ram: "memory.limit_in_bytes", processes: "pids.max" },
  2: { cpu: "cpu.max", ram: "memory.max", processes: "pids.max" },
};

export function isLimit(value: string | undefined): boolean {
  const first = Number.parseInt(value ?? "", 10);
  return first >= 0 && first < NO_LIMIT_V1;
}
