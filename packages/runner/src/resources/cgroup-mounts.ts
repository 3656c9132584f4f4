import { posix } from "node:path";

/** `cpuacct` is a controller of version 1 only: version 2 counts processor time without any. */
export const CONTROLLERS = ["cpu", "cpuacct", "memory", "pids"] as const;
export type Controller = (typeof CONTROLLERS)[number];

/** What a task can be held to by cgroups. */
export type Enforceable = "cpu" | "ram" | "processes";

export const CONTROLLER_OF = {
  cpu: "cpu",
  ram: "memory",
  processes: "pids",
} as const satisfies Record<Enforceable, Controller>;

export interface CgroupMount {
  readonly version: 1 | 2;
  /** Of version 1 only: what the hierarchy was mounted with. */
  readonly controllers: readonly string[];
  /** Which cgroup is to be seen at the mount point. */
  readonly root: string;
  readonly mountPoint: string;
  readonly writable: boolean;
}

/** A hierarchy that is of use, and where in it cgroups of ours could be made: best first. */
export interface HierarchyPlan {
  readonly version: 1 | 2;
  readonly controllers: readonly Controller[];
  readonly mountPoint: string;
  readonly places: readonly string[];
}

export interface CgroupPlan {
  readonly hierarchies: readonly HierarchyPlan[];
  /** Why a controller is in none of them; as part of a sentence. */
  readonly missing: ReadonlyMap<Controller, string>;
}

export interface CgroupFacts {
  /** Of /proc/self/mountinfo. */
  readonly mounts: readonly CgroupMount[];
  /** The text of /proc/self/cgroup. */
  readonly ownCgroups: string;
  /** What `cgroup.controllers` of version 2 names. */
  readonly unifiedControllers: readonly string[];
}

/** From /proc/self/mountinfo: `31 23 0:28 root mountPoint options … - type source superOptions`. */
export function cgroupMounts(mountinfo: string): readonly CgroupMount[] {
  return mountinfo.split("\n").flatMap((line) => {
    const [mount = "", fileSystem = ""] = line.split(" - ");
    const [type, , superOptions = ""] = fileSystem.split(" ");
    if (type !== "cgroup" && type !== "cgroup2") return [];
    const [, , , root = "/", mountPoint = "", options = ""] = mount.split(" ");
    const controllers = type === "cgroup" ? superOptions.split(",") : [];
    const writable = ![options, superOptions].some((all) => all.split(",").includes("ro"));
    return [
      {
        version: type === "cgroup" ? 1 : 2,
        controllers,
        root: unescaped(root),
        mountPoint: unescaped(mountPoint),
        writable,
      },
    ];
  });
}

/** Which hierarchies serve a task whose `wanted` are to be counted or limited. */
export function planCgroups(facts: CgroupFacts, wanted: readonly Controller[]): CgroupPlan {
  const missing = new Map<Controller, string>();
  const served = new Map<CgroupMount, Controller[]>();
  // Worth having without any controller as well: it ends all of a cgroup at once, and counts processor time.
  const unified = facts.mounts.find((mount) => mount.version === 2 && whyNot(mount, facts) === undefined);
  if (unified !== undefined) served.set(unified, []);

  for (const controller of wanted) {
    // On version 1 this one often comes with `cpu`, which changes how a task is scheduled: only where there is no other.
    if (controller === "cpuacct" && unified !== undefined) continue;
    const mounts = facts.mounts.filter((mount) => serves(mount, controller, facts));
    const usable = mounts.find((mount) => whyNot(mount, facts) === undefined);
    if (usable !== undefined) served.set(usable, [...(served.get(usable) ?? []), controller]);
    else missing.set(controller, reasonFor(controller, mounts[0], facts));
  }
  const hierarchies = [...served].map(([mount, controllers]) => ({
    version: mount.version,
    controllers,
    mountPoint: mount.mountPoint,
    places: placesIn(mount, ownCgroup(mount, facts.ownCgroups) ?? mount.root),
  }));
  return { hierarchies, missing };
}

function serves({ version, controllers }: CgroupMount, wanted: Controller, facts: CgroupFacts): boolean {
  return (version === 1 ? controllers : facts.unifiedControllers).includes(wanted);
}

/**
 * Beside our own cgroup rather than below it: version 2 limits no child of a cgroup that has processes itself, and
 * systemd ends what is below a service together with it. The slice it is in holds for its tasks either way.
 */
function placesIn({ root, mountPoint }: CgroupMount, own: string): readonly string[] {
  const below = posix.relative(root, own);
  const places = [posix.join(mountPoint, posix.dirname(below)), posix.join(mountPoint, below)];
  return [...new Set(places)];
}

function whyNot(mount: CgroupMount, { ownCgroups }: CgroupFacts): string | undefined {
  if (!mount.writable) return `${mount.mountPoint} is mounted read-only`;
  const own = ownCgroup(mount, ownCgroups);
  const isWithin =
    own !== undefined &&
    ![own, mount.root].some(isOutside) &&
    !`${posix.relative(mount.root, own)}/`.startsWith("../");
  return isWithin ? undefined : `our own cgroup is not below ${mount.mountPoint}`;
}

/** `/../x` is what a cgroup is called that is outside of our cgroup namespace. */
function isOutside(path: string): boolean {
  return `${path}/`.startsWith("/../");
}

function reasonFor(controller: Controller, mount: CgroupMount | undefined, facts: CgroupFacts): string {
  if (facts.mounts.length === 0) return "no cgroups are mounted";
  return (mount && whyNot(mount, facts)) ?? `no cgroups with the controller ${controller} are mounted`;
}

/** From /proc/self/cgroup: `4:cpu,cpuacct:/path`, and `0::/path` of version 2. */
function ownCgroup({ version, controllers }: CgroupMount, ownCgroups: string): string | undefined {
  for (const line of ownCgroups.split("\n")) {
    const [, number, names = "", path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    const isIt =
      version === 2
        ? number === "0" && names === ""
        : names.split(",").some((name) => name !== "" && controllers.includes(name));
    if (isIt) return path;
  }
  return undefined;
}

/** Blanks and the like are written as `\040`. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
