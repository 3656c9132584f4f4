import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { systemClock } from "@borealis/clock";
import { createTaskCgroup, openTaskCgroup } from "../../src/resources/make-task-cgroup.ts";
import { openResourceHost, type ResourceHost } from "../../src/resources/resource-host.ts";
import type { ResourceLimits } from "../../src/resources/resources.ts";
import type { TaskCgroup } from "../../src/resources/task-cgroup.ts";

export const MB = 1024 ** 2;
export const LIMITS: ResourceLimits = { cpu: 4, ramBytes: 512 * MB, diskBytes: MB };

const mountinfo = readFileSync("/proc/self/mountinfo", "utf8");
const version1 = mountinfo
  .split("\n")
  .filter((line) => !line.includes(" - cgroup2 "))
  .join("\n");

/** This host, as it is and as if it had only what is older. */
export const HERE = await openResourceHost({ enforce: true, clock: systemClock, mountinfo });
export const HERE_V1 = await openResourceHost({ enforce: true, clock: systemClock, mountinfo: version1 });

let made = 0;

/** Cgroups and processes of one test; all are gone when it is disposed of. */
export class CgroupWorld implements AsyncDisposable {
  readonly #children: ChildProcess[] = [];
  readonly #cgroups: TaskCgroup[] = [];

  async cgroup(host: ResourceHost, limits: Partial<ResourceLimits> = {}) {
    made += 1;
    const taskId = `test-${process.pid}-${made}-${systemClock.wallTime()}`;
    const cgroup = await createTaskCgroup(host, taskId, { ...LIMITS, ...limits });
    this.#cgroups.push(cgroup);
    return { taskId, cgroup };
  }

  /** As a keeper starts it: the process joins, then becomes the command. */
  start(cgroup: Pick<TaskCgroup, "procs">, command: string): ChildProcess {
    const join =
      'command=$1; shift; for procs; do echo 0 > "$procs" || exit 99; done; exec bash -c "$command"';
    const child = spawn("bash", ["-c", join, "join", command, ...cgroup.procs], {
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    });
    this.#children.push(child);
    return child;
  }

  /** How many processes are in it. */
  static async processes(cgroup: TaskCgroup): Promise<number | undefined> {
    return (await cgroup.sample()).processes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { pid, exitCode, signalCode } of this.#children) {
      if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, "SIGKILL");
    }
    for (const cgroup of this.#cgroups) {
      await cgroup.kill();
      await cgroup.remove();
    }
  }
}

/** `[exit code, signal]` */
export async function endOf(child: ChildProcess): Promise<readonly [number | null, string | null]> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return [child.exitCode, child.signalCode];
}

/** As another executor finds it. */
export async function adopt(host: ResourceHost, taskId: string): Promise<TaskCgroup> {
  const cgroup = await openTaskCgroup(host, taskId);
  if (cgroup === undefined) throw new Error(`nothing of ${taskId} is there`);
  return cgroup;
}
