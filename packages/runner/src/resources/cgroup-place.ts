import { readdir } from "node:fs/promises";
import { isErrno } from "../errors.ts";
import { processesIn, readEntry, readNumber } from "./cgroup-files.ts";
import type { Controller } from "./cgroup-mounts.ts";

/** A task's cgroup in one hierarchy. */
export interface CgroupPlace {
  readonly directory: string;
  readonly version: 1 | 2;
  readonly controllers: readonly Controller[];
}

const FILES_OF: Record<Controller, readonly string[]> = {
  cpu: ["cpu.max", "cpu.cfs_quota_us"],
  cpuacct: ["cpuacct.usage"],
  memory: ["memory.max", "memory.limit_in_bytes"],
  pids: ["pids.max"],
};

/** What kind of cgroup it is, by the files that the kernel put into it; undefined when there is none. */
export async function placeAt(directory: string): Promise<CgroupPlace | undefined> {
  let files: readonly string[];
  try {
    files = await readdir(directory);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
  const controllers = (Object.keys(FILES_OF) as Controller[]).filter((controller) =>
    FILES_OF[controller].some((file) => files.includes(file)),
  );
  return { directory, version: files.includes("cgroup.events") ? 2 : 1, controllers };
}

export function placeOf(controller: Controller, places: readonly CgroupPlace[]): CgroupPlace | undefined {
  return places.find(({ controllers }) => controllers.includes(controller));
}

export async function usedCpuMs(places: readonly CgroupPlace[]): Promise<number | undefined> {
  const unified = places.find(({ version }) => version === 2);
  const micros = unified && (await readEntry(unified.directory, "cpu.stat", "usage_usec"));
  if (micros !== undefined) return micros / 1_000;
  const place = placeOf("cpuacct", places);
  const nanos = place && (await readNumber(place.directory, "cpuacct.usage"));
  return nanos === undefined ? undefined : nanos / 1_000_000;
}

/** Without the files that the kernel would forget before it runs out of memory. */
export async function usedRamBytes(places: readonly CgroupPlace[]): Promise<number | undefined> {
  const place = placeOf("memory", places);
  if (place === undefined) return undefined;
  const [file, forgettable] =
    place.version === 2
      ? ["memory.current", "inactive_file"]
      : ["memory.usage_in_bytes", "total_inactive_file"];
  const bytes = await readNumber(place.directory, file);
  if (bytes === undefined) return undefined;
  return Math.max(0, bytes - ((await readEntry(place.directory, "memory.stat", forgettable)) ?? 0));
}

/** Not `pids.current`, which counts threads. */
export async function processCount([place]: readonly CgroupPlace[]): Promise<number | undefined> {
  return place && (await processesIn(place.directory)).length;
}

/** How often the kernel ended a process for want of memory. */
export async function oomKills(places: readonly CgroupPlace[]): Promise<number> {
  const place = placeOf("memory", places);
  if (place === undefined) return 0;
  const file = place.version === 2 ? "memory.events" : "memory.oom_control";
  return (await readEntry(place.directory, file, "oom_kill")) ?? 0;
}
