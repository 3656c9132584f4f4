import {
  type Announcer,
  type BindContext,
  bindTexts,
  formatInstanceKey,
  type HealthCheck,
  type HealthCheckConfig,
  type InstanceKey,
  type Job,
  jobKeyOf,
  type Ports,
  parseServerSetRoot,
  portReferences,
  resolvePorts,
  type Task,
} from "@borealis/schema";
import { ExecutorError } from "./errors.ts";
import { unsupported } from "./not-yet.ts";

/** Everything that is known of an instance before it starts. */
export interface InstanceSpec {
  readonly key: InstanceKey;
  readonly taskId: string;
  /** Every name that leads to a number: given ports, aliases and static ones. */
  readonly ports: Ports;
  /** Those that it was given. */
  readonly given: Ports;
  readonly healthCheck: HealthCheckConfig;
  readonly healthChecks: readonly HealthCheck[];
  /** How it is asked to stop; undefined for a sidecar that was not given a job. */
  readonly lifecycle: Job["lifecycle"] | undefined;
  readonly announce: Announcer | undefined;
  /** The whole job; undefined for a sidecar that was not given one. */
  readonly job: Job | undefined;
  /** What this executor runs itself; undefined for a sidecar. */
  readonly run: { readonly task: Task } | undefined;
  /** The same instance with another task: a new one, or one that is there already. */
  readonly again: (task?: { readonly taskId: string; readonly given: Ports }) => InstanceSpec;
}

/**
 * Binds a job to one instance: resolves its ports and fills the late references in, in the task, its health checks and
 * its announcement.
 * @throws ExecutorError BAD_CONFIG, UNBOUND_PORT or UNBOUND_REFERENCE, naming what is missing.
 */
export function specOfJob(
  job: Job,
  options: {
    readonly instance: number;
    readonly given: Ports;
    readonly host: string;
    readonly taskId: string;
    readonly sidecar: boolean;
    readonly allowCustomServerSetPath: boolean;
    /** For the task after this one. */
    readonly newId: (key: InstanceKey) => string;
  },
): InstanceSpec {
  const key = { ...jobKeyOf(job), instance: options.instance };
  if (options.instance >= job.instances) {
    const range = job.instances === 1 ? "only 0" : `0 to ${job.instances - 1}`;
    throw new ExecutorError(
      "BAD_CONFIG",
      `${formatInstanceKey(key)}: the job has ${job.instances} instance(s), ${range}`,
    );
  }
  const missing = unsupported(job, options);
  if (missing !== undefined) throw new ExecutorError("BAD_CONFIG", `${formatInstanceKey(key)} ${missing}`);
  const context = {
    instance: key.instance,
    hostname: options.host,
    taskId: options.taskId,
    user: job.role,
    role: job.role,
    cluster: job.cluster,
  };
  const announce = withCheckedPath(key, bindTexts(job.announce, { ...context, ports: {} }).data);
  const ports = resolveOrThrow(key, announce, options.given);
  const { health_check_config, health_checks = [], lifecycle } = job;
  const { data: bound, unbound } = bindTexts(
    { health_check_config, health_checks, lifecycle },
    { ...context, ports },
  );
  if (unbound.length > 0)
    throw unboundReference(`health checks or lifecycle of ${formatInstanceKey(key)}`, unbound);
  return {
    key,
    taskId: options.taskId,
    ports,
    given: options.given,
    healthCheck: bound.health_check_config,
    healthChecks: bound.health_checks,
    lifecycle: bound.lifecycle,
    announce,
    job,
    run: options.sidecar
      ? undefined
      : { task: bindTask(job.task, formatInstanceKey(key), { ...context, ports }) },
    again: (task = { taskId: options.newId(key), given: options.given }) =>
      specOfJob(job, { ...options, ...task }),
  };
}

/** References are filled in by now; one that is left would become a znode's name. */
function withCheckedPath(key: InstanceKey, announce: Announcer | undefined): Announcer | undefined {
  const path = announce?.zk_path;
  if (announce === undefined || path === undefined) return announce;
  if (path.includes("{{")) throw unboundReference(`announce.zk_path of ${formatInstanceKey(key)}`, [path]);
  const parsed = parseServerSetRoot(path);
  if (!("problem" in parsed)) return { ...announce, zk_path: parsed.root };
  throw new ExecutorError("BAD_CONFIG", `announce.zk_path of ${formatInstanceKey(key)}: ${parsed.problem}`);
}

export function resolveOrThrow(key: InstanceKey, announce: Announcer | undefined, given: Ports): Ports {
  const resolved = resolvePorts(announce?.portmap ?? {}, given);
  if ("problem" in resolved)
    throw new ExecutorError("BAD_CONFIG", `${formatInstanceKey(key)}: ${resolved.problem}`);
  const primary = announce?.primary_port;
  const known = `given: ${Object.keys(given).join(", ") || "none"}`;
  if (primary !== undefined && !Object.hasOwn(resolved.ports, primary)) {
    const message = `${formatInstanceKey(key)} announces its port "${primary}", which has no number (${known}): give it with -P ${primary}:<port>`;
    throw new ExecutorError("UNBOUND_PORT", message);
  }
  // Aurora left such an alias out; a mistyped one would turn health checks off without a word.
  const [alias] = resolved.unresolved;
  if (alias !== undefined) {
    const message = `${formatInstanceKey(key)}: the portmap's "${alias}" stands for "${announce?.portmap[alias]}", which has no number (${known})`;
    throw new ExecutorError("UNBOUND_PORT", message);
  }
  return resolved.ports;
}

/**
 * Fills the late references of a task in.
 * @param whose named in errors
 * @throws ExecutorError BAD_CONFIG, UNBOUND_PORT or UNBOUND_REFERENCE
 */
export function bindTask(unbound: Task, whose: string, context: BindContext): Task {
  const missing = unbound.processes
    .flatMap(({ cmdline }) => portReferences(cmdline))
    .filter((name) => !Object.hasOwn(context.ports, name));
  if (missing.length > 0) {
    const names = [...new Set(missing)];
    const how = names.map((name) => `-P ${name}:<port>`).join(" ");
    throw new ExecutorError(
      "UNBOUND_PORT",
      `${whose}: Task requires unbound port ${names.join(", ")}! Give it with ${how}`,
    );
  }
  for (const process of unbound.processes) {
    const { unbound: references } = bindTexts(process, context);
    if (references.length > 0) throw unboundReference(`process "${process.name}" of ${whose}`, references);
  }
  const { data: task } = bindTexts(unbound, context);
  const names = new Set(task.processes.map(({ name }) => name));
  if (names.size < task.processes.length) {
    const message = `${whose}: two of its processes have the same name once that is filled in`;
    throw new ExecutorError("BAD_CONFIG", message);
  }
  return task;
}

function unboundReference(where: string, unbound: readonly string[]): ExecutorError {
  return new ExecutorError("UNBOUND_REFERENCE", `${where} can not be bound, missing: ${unbound.join(", ")}`);
}

/** `<role>-<env>-<job>-<instance>-<uuid>`, as Aurora names tasks: usable as a file name. */
export function newTaskId(key: InstanceKey, uuid: string): string {
  return `${key.role}-${key.environment}-${key.name}-${key.instance}-${uuid}`.replace(/[^\w-]/g, "-");
}
