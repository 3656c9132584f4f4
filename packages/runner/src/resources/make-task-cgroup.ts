import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { reasonOf } from "../errors.ts";
import { readValue, writeValue } from "./cgroup-files.ts";
import { isLimit, LIMIT_FILES, limitWrites } from "./cgroup-limits.ts";
import { CONTROLLER_OF, type Controller, type Enforceable } from "./cgroup-mounts.ts";
import { type CgroupPlace, placeAt, placeOf } from "./cgroup-place.ts";
import { makeCgroup, type NotEnforced, OURS, type ResourceHost } from "./resource-host.ts";
import type { ResourceLimits } from "./resources.ts";
import { TaskCgroup } from "./task-cgroup.ts";

const ENFORCEABLE = ["cpu", "ram", "processes"] as const satisfies readonly Enforceable[];

/** Never throws: a task runs as well without what its host refuses, which is then in `notEnforced`. */
export async function createTaskCgroup(
  host: ResourceHost,
  taskId: string,
  limits: ResourceLimits,
  pids: () => readonly number[] = () => [],
): Promise<TaskCgroup> {
  const refused = new Map(host.notEnforced.map(({ what, why }) => [what, why]));
  const places: CgroupPlace[] = [];
  for (const hierarchy of host.hierarchies) {
    const directory = join(hierarchy.home, cgroupName(taskId));
    try {
      const problems = await makeCgroup(hierarchy, directory);
      for (const [controller, problem] of problems) refuse(refused, controller, problem);
      const place = await placeAt(directory);
      if (place !== undefined) places.push(place);
    } catch (error) {
      const problem = `the cgroup ${directory} could not be made (${reasonOf(error)})`;
      for (const controller of hierarchy.controllers) refuse(refused, controller, problem);
    }
  }
  if (host.enforce) await limit(places, limits, refused);
  const wanted = ENFORCEABLE.filter((what) => what !== "processes" || limits.processes !== undefined);
  const enforced = host.enforce ? wanted.filter((what) => !refused.has(what)) : [];
  const notEnforced = [...refused].map(([what, why]) => ({ what, why }));
  return new TaskCgroup({ host, places, enforced, notEnforced, pids });
}

/**
 * The cgroup of a task that an earlier executor started. Its limits stay what they were.
 *
 * @param directories what its `directories` were, if they are known: that executor may have been started from elsewhere
 * @returns undefined when nothing of it is there
 */
export async function openTaskCgroup(
  host: ResourceHost,
  taskId: string,
  pids: () => readonly number[] = () => [],
  directories: readonly string[] = [],
): Promise<TaskCgroup | undefined> {
  const name = cgroupName(taskId);
  const usual = host.homes.map((home) => join(home, name));
  // All that is in them is killed one day: that must never be the cgroup of somebody else, or the topmost.
  const ours = directories.filter((directory) => directory.endsWith(join("/", OURS, name)));
  const found = await Promise.all(
    [...new Set([...usual, ...ours])].map((directory) => placeAt(directory).catch(() => undefined)),
  );
  const places = found.filter((place) => place !== undefined);
  if (places.length === 0) return undefined;
  const enforced: Enforceable[] = [];
  for (const what of ENFORCEABLE) if (await isHeldTo(what, places)) enforced.push(what);
  const notEnforced = (["cpu", "ram"] as const)
    .filter((what) => !enforced.includes(what))
    .map((what) => {
      const why = host.notEnforced.find((each) => each.what === what)?.why;
      return { what, why: why ?? "the task was started without" };
    });
  return new TaskCgroup({ host, places, enforced, notEnforced, pids });
}

async function limit(
  places: readonly CgroupPlace[],
  limits: ResourceLimits,
  refused: Map<NotEnforced["what"], string>,
): Promise<void> {
  if (limits.processes !== undefined && placeOf("pids", places) === undefined) {
    refuse(refused, "pids", "no cgroup with the controller pids may be made");
  }
  for (const { directory, version, controllers } of places) {
    for (const { what, file, value } of limitWrites(version, controllers, limits)) {
      try {
        await writeValue(join(directory, file), value);
      } catch (error) {
        if (what === "swap" && !(await hasSwap())) continue;
        refused.set(what, `${join(directory, file)} does not take ${value} (${reasonOf(error)})`);
      }
    }
  }
}

function refuse(refused: Map<NotEnforced["what"], string>, controller: Controller, why: string): void {
  const what = ENFORCEABLE.find((each) => CONTROLLER_OF[each] === controller);
  if (what !== undefined && !refused.has(what)) refused.set(what, why);
}

async function isHeldTo(what: Enforceable, places: readonly CgroupPlace[]): Promise<boolean> {
  const place = placeOf(CONTROLLER_OF[what], places);
  return place !== undefined && isLimit(await readValue(place.directory, LIMIT_FILES[place.version][what]));
}

async function hasSwap(): Promise<boolean> {
  const swaps = await readFile("/proc/swaps", "utf8").catch(() => "");
  return swaps.trim().split("\n").length > 1;
}

/** Task ids are good names as they are. Others could lead elsewhere, or meet a file of the kernel's. */
export function cgroupName(taskId: string): string {
  const isPlain = /^[A-Za-z0-9][\w-]{0,199}$/.test(taskId);
  return isPlain ? taskId : `task-${createHash("sha256").update(taskId).digest("hex").slice(0, 32)}`;
}
