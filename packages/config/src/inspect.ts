import {
  type BindContext,
  bindCommand,
  type Job,
  jobKeyOf,
  nextRuns,
  type Ports,
  type Problem,
  resolvePorts,
  serverSetPath,
  type Task,
} from "@borealis/schema";
import type { LoadedJob, LoadedTask } from "./api.ts";
import { type InspectedPort, inspectPorts } from "./inspect-ports.ts";
import { type EffectiveValue, effectiveValues } from "./inspect-values.ts";
import { portOf } from "./late-references.ts";
import { orderOf } from "./order-graph.ts";
import type { StructNode } from "./template/node.ts";

export interface InspectOptions {
  /** Binds late references as this instance would have them; without it they stay. */
  readonly instance?: number | undefined;
  readonly ports: Ports;
  readonly hostname: string;
  readonly serverSetRoot: string;
  /** From when the next runs of a cron job are counted, in milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/** What a configuration comes to: all that can be said of a job, or of a `.thermos` file's task, before it runs. */
export interface Inspection {
  /** `cluster/role/environment/name`, or the task's name. */
  readonly key: string;
  readonly path: string;
  readonly kind: JobKind | "task";
  readonly values: Job | Task;
  /** The same, one by one. */
  readonly effective: readonly EffectiveValue[];
  readonly task: Task;
  readonly order: readonly { readonly process: string; readonly after: readonly string[] }[];
  readonly ports: readonly InspectedPort[];
  readonly lateReferences: readonly { readonly reference: string; readonly value: string | null }[];
  /** Null for what is not announced. */
  readonly serverSet: string | null;
  readonly cron: { readonly schedule: string; readonly nextRunsMs: readonly number[] } | null;
  readonly warnings: readonly Problem[];
}

export type JobKind = "service" | "cron" | "ad hoc";

const NEXT_RUNS = 3;
/** What is made up when the task starts. */
const NO_TASK_ID = "<task id>";

export function inspectJob(
  loaded: LoadedJob,
  job: Job,
  options: InspectOptions,
): Inspection | { readonly problem: string } {
  const parts = inspectParts(job, job.task, loaded, loaded.lateReferences, options, {
    role: job.role,
    cluster: job.cluster,
  });
  if ("problem" in parts) return parts;
  const { announce, cron_schedule: schedule } = job;
  return {
    ...parts,
    key: loaded.key,
    kind: kindOf(job),
    serverSet: announce === undefined ? null : serverSetPath(jobKeyOf(job), options.serverSetRoot),
    cron:
      schedule === undefined ? null : { schedule, nextRunsMs: nextRuns(schedule, NEXT_RUNS, options.nowMs) },
    warnings: loaded.warnings,
  };
}

export function inspectTask(
  loaded: LoadedTask,
  task: Task,
  options: InspectOptions,
): Inspection | { readonly problem: string } {
  const unknown = { role: "<role>", cluster: "<cluster>" };
  const parts = inspectParts(task, task, loaded, loaded.lateReferences, options, unknown);
  if ("problem" in parts) return parts;
  return { ...parts, key: task.name, kind: "task", serverSet: null, cron: null, warnings: [] };
}

export function kindOf({ service, cron_schedule }: Pick<Job, "service" | "cron_schedule">): JobKind {
  if (cron_schedule !== undefined) return "cron";
  return service ? "service" : "ad hoc";
}

interface Loaded {
  readonly path: string;
  readonly tree: StructNode;
}

function inspectParts<T extends Job | Task>(
  checked: T,
  task: Task,
  { path, tree }: Loaded,
  lateReferences: readonly string[],
  { instance, ports: given, hostname }: InspectOptions,
  owner: { readonly role: string; readonly cluster: string },
) {
  const job: Partial<Job> = "task" in checked ? checked : {};
  const inspected = inspectPorts({ ...job, task }, given);
  const resolved = resolvePorts(job.announce?.portmap ?? {}, given);
  if ("problem" in inspected) return inspected;
  if ("problem" in resolved) return resolved;
  const context: BindContext | undefined =
    instance === undefined
      ? undefined
      : { instance, hostname, taskId: NO_TASK_ID, user: owner.role, ...owner, ports: resolved.ports };
  const values = context === undefined ? checked : bindTexts(checked, context);
  return {
    path,
    values,
    effective: effectiveValues(values, tree),
    task: context === undefined ? task : bindTexts(task, context),
    order: [...orderOf(task)].map(([process, after]) => ({ process, after: [...after] })),
    ports: inspected.ports,
    lateReferences: lateReferences.map((reference) => ({
      reference,
      value: lateValue(reference, resolved.ports, context),
    })),
  };
}

function lateValue(reference: string, ports: Ports, context: BindContext | undefined): string | null {
  const port = portOf(reference);
  if (port !== undefined) return Object.hasOwn(ports, port) ? String(ports[port]) : null;
  if (context === undefined) return null;
  const { text, unbound } = bindCommand(`{{${reference}}}`, context);
  return unbound.length === 0 ? text : null;
}

/** A copy in which every text is as the instance would have it. */
function bindTexts<T>(value: T, context: BindContext): T {
  return bound(value, context) as T;
}

function bound(value: unknown, context: BindContext): unknown {
  if (typeof value === "string") return bindCommand(value, context).text;
  if (Array.isArray(value)) return value.map((each) => bound(each, context));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, bound(each, context)]));
}
