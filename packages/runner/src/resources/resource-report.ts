import type { ResourceReport } from "@borealis/schema";
import type { NotEnforced, ResourceHost } from "./resource-host.ts";
import type { ResourceLimits, ResourceUse } from "./resources.ts";
import type { TaskCgroup } from "./task-cgroup.ts";

const WORDS: Record<NotEnforced["what"], string> = {
  cpu: "The cpu of tasks is not limited",
  ram: "The ram of tasks is not limited",
  swap: "The ram of tasks is limited, but they may use swap as well",
  processes: "The number of processes of a task is not limited",
};

/** What is to be said at start: what this host does not hold tasks to, and what it can only guess. */
export function hostSentences({ notEnforced, hierarchies, enforce }: ResourceHost): readonly string[] {
  const counted = hierarchies.flatMap(({ controllers }) => controllers);
  const isCounted =
    counted.includes("memory") &&
    (counted.includes("cpuacct") || hierarchies.some(({ version }) => version === 2));
  const guess = "What tasks use is estimated from /proc: processes that live shortly are not seen.";
  const limits = notEnforced.map(sentenceOf);
  return [...(enforce ? limits : []), ...(isCounted ? [] : [guess])];
}

function sentenceOf({ what, why }: NotEnforced): string {
  return `${WORDS[what]}: ${why}.`;
}

/** What a record shows of a task's resources. */
export function resourceReport(
  { cpu, ramBytes, processes, diskBytes }: ResourceUse,
  limits: ResourceLimits,
  { notEnforced }: Pick<TaskCgroup, "notEnforced">,
): ResourceReport {
  return {
    ...(cpu === undefined ? {} : { cpu }),
    ...(ramBytes === undefined ? {} : { ramBytes }),
    ...(diskBytes === undefined ? {} : { diskBytes }),
    ...(processes === undefined ? {} : { processes }),
    limits: { cpu: limits.cpu, ramBytes: limits.ramBytes, diskBytes: limits.diskBytes },
    ...(notEnforced.length === 0 ? {} : { notEnforced: notEnforced.map(sentenceOf) }),
  };
}

/** Why a run was ended by SIGKILL when `oomKills` has grown: that counts what the host's own want took, too. */
export function outOfMemory(
  { ramBytes }: ResourceLimits,
  { enforced }: Pick<TaskCgroup, "enforced"> = { enforced: ["ram"] },
): string {
  if (!enforced.includes("ram")) return "out of memory: the host had none left";
  return `out of memory: limit ${Math.round(ramBytes / 1024 ** 2)} MB`;
}
