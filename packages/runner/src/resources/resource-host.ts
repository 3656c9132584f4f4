import { constants } from "node:fs";
import { access, mkdir, readFile, rmdir } from "node:fs/promises";
import { join, posix } from "node:path";
import type { Clock } from "@borealis/clock";
import { isErrno, reasonOf } from "../errors.ts";
import { readValue, removeCgroup, writeValue } from "./cgroup-files.ts";
import {
  type CgroupMount,
  type CgroupPlan,
  CONTROLLER_OF,
  CONTROLLERS,
  type Controller,
  cgroupMounts,
  type Enforceable,
  type HierarchyPlan,
  planCgroups,
} from "./cgroup-mounts.ts";
import { createProcessTable, type ProcessTable } from "./process-table.ts";

/** The cgroup that all of ours are in, in each hierarchy. */
export const OURS = "borealis";

/** A hierarchy in which this program may make cgroups: it did, and removed them again. */
export interface Hierarchy {
  readonly version: 1 | 2;
  readonly mountPoint: string;
  /** Where a task's cgroup is made; not there while there is no task. */
  readonly home: string;
  readonly controllers: readonly Controller[];
}

export interface NotEnforced {
  readonly what: Enforceable | "swap";
  readonly why: string;
}

/** What the tasks of one executor share: what this host lets us count and limit. */
export interface ResourceHost {
  /** Whether tasks are to be held to their limits; what they use is counted either way. */
  readonly enforce: boolean;
  readonly hierarchies: readonly Hierarchy[];
  /** Where cgroups of tasks may be, also such as an executor with other wishes made. */
  readonly homes: readonly string[];
  readonly notEnforced: readonly NotEnforced[];
  readonly processTable: ProcessTable;
  readonly clock: Clock;
}

export interface ResourceHostOptions {
  readonly enforce: boolean;
  readonly clock: Clock;
  /** The text of /proc/self/mountinfo: which hierarchies there are. */
  readonly mountinfo?: string;
}

/** Asks this host by trying: who is root in a container may still not do it. Never throws. */
export async function openResourceHost(options: ResourceHostOptions): Promise<ResourceHost> {
  const { enforce, clock } = options;
  const mountinfo = options.mountinfo ?? (await textOf("/proc/self/mountinfo"));
  const mounts = cgroupMounts(mountinfo);
  const facts = {
    mounts,
    ownCgroups: await textOf("/proc/self/cgroup"),
    unifiedControllers: await unifiedControllers(mounts),
  };
  // A cgroup with the controller `cpu` is scheduled as one: not without a reason.
  const wanted = CONTROLLERS.filter((controller) => enforce || controller !== "cpu");
  const plan = planCgroups(facts, wanted);
  const trials = await Promise.all(plan.hierarchies.map(tryHierarchy));
  return {
    enforce,
    hierarchies: trials.flatMap(({ hierarchy }) => hierarchy ?? []),
    homes: planCgroups(facts, CONTROLLERS).hierarchies.flatMap(({ places }) =>
      places.map((place) => join(place, OURS)),
    ),
    notEnforced: (["cpu", "ram"] as const).flatMap((what) => {
      const why = enforce ? whyNot(CONTROLLER_OF[what], plan, trials) : "limits are not asked for";
      return why === undefined ? [] : { what, why };
    }),
    processTable: createProcessTable(clock),
    clock,
  };
}

function whyNot(controller: Controller, plan: CgroupPlan, trials: readonly Trial[]): string | undefined {
  const missing = plan.missing.get(controller);
  if (missing !== undefined) return missing;
  return trials.map(({ problems }) => problems.get(controller)).find((problem) => problem !== undefined);
}

interface Trial {
  readonly hierarchy?: Hierarchy;
  readonly problems: ReadonlyMap<Controller, string>;
}

async function tryHierarchy(plan: HierarchyPlan): Promise<Trial> {
  let problem = "";
  for (const place of plan.places) {
    const home = join(place, OURS);
    const hierarchy = {
      version: plan.version,
      mountPoint: plan.mountPoint,
      home,
      controllers: plan.controllers,
    };
    // Of two programs that try at once, neither may take the other's for its own and remove it.
    const trial = join(home, `trial-${process.pid}`);
    try {
      // Who puts a process into a cgroup must be allowed to take it out of the one it is in, and up to where they part.
      await access(join(place, "cgroup.procs"), constants.W_OK);
      const problems = await makeCgroup(hierarchy, trial);
      const controllers = plan.controllers.filter((controller) => !problems.has(controller));
      // Version 1 without its controller is no use.
      if (controllers.length === 0 && plan.version === 1) return { problems };
      return { hierarchy: { ...hierarchy, controllers }, problems };
    } catch (error) {
      problem ||= `${place} may not be used (${reasonOf(error)})`;
    } finally {
      await removeCgroup(trial).catch(() => {});
      await removeHome(home);
    }
  }
  return { problems: new Map(plan.controllers.map((controller) => [controller, problem])) };
}

/**
 * Makes a cgroup in its hierarchy's home, which is made as well when it is not there.
 *
 * @returns why controllers do not work in it
 * @throws when it can not be made
 */
export async function makeCgroup(
  hierarchy: Hierarchy,
  directory: string,
): Promise<ReadonlyMap<Controller, string>> {
  for (let attempts = 3; ; attempts -= 1) {
    try {
      await mkdir(directory, { recursive: true });
      break;
    } catch (error) {
      // Somebody's last task ended, and home was removed between one mkdir and the next.
      if (attempts === 0 || !isErrno(error, "ENOENT")) throw error;
    }
  }
  const problems = new Map<Controller, string>();
  if (hierarchy.version === 1) return problems;
  if ((await readValue(directory, "cgroup.type")) === "domain invalid") {
    throw new Error("its cgroups are for threads only");
  }
  for (const controller of hierarchy.controllers) {
    const problem = await enable(controller, hierarchy);
    if (problem !== undefined) problems.set(controller, problem);
  }
  return problems;
}

/** No task's cgroup is in it any more, or it stays. */
export async function removeHome(home: string): Promise<void> {
  await rmdir(home).catch(() => {});
}

/** In version 2 a cgroup has the controllers that each one above it lets its children have. */
async function enable(controller: Controller, { mountPoint, home }: Hierarchy): Promise<string | undefined> {
  const isOn = async (directory: string) =>
    (await readValue(directory, "cgroup.subtree_control"))?.split(" ").includes(controller);
  if (await isOn(home)) return undefined;
  const steps = posix.relative(mountPoint, home).split("/");
  for (let depth = 0; depth <= steps.length; depth += 1) {
    const directory = posix.join(mountPoint, ...steps.slice(0, depth));
    if (await isOn(directory)) continue;
    try {
      await writeValue(join(directory, "cgroup.subtree_control"), `+${controller}`);
    } catch (error) {
      const why = isErrno(error, "EBUSY") ? "it has processes itself" : reasonOf(error);
      return `${directory} does not give the controller ${controller} to the cgroups below it (${why})`;
    }
  }
  return undefined;
}

/** What is in version 1 already is in no list of version 2. */
async function unifiedControllers(mounts: readonly CgroupMount[]): Promise<readonly string[]> {
  const mount = mounts.find(({ version }) => version === 2);
  return (mount && (await readValue(mount.mountPoint, "cgroup.controllers")))?.split(" ") ?? [];
}

async function textOf(file: string): Promise<string> {
  return await readFile(file, "utf8").catch(() => "");
}
