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
  readonly healthCheck: HealthCheckConfig;
  readonly healthChecks: readonly HealthCheck[];
  readonly announce: Announcer | undefined;
  /** The whole job; undefined for a sidecar that was not given one. */
  readonly job: Job | undefined;
  /** What this executor runs itself; undefined for a sidecar. */
  readonly run: { readonly task: Task; readonly commands: ReadonlyMap<string, string> } | undefined;
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
  const checks = { health_check_config: job.health_check_config, health_checks: job.health_checks ?? [] };
  const { data: bound, unbound } = bindTexts(checks, { ...context, ports });
  if (unbound.length > 0) throw unboundReference(`health checks of ${formatInstanceKey(key)}`, unbound);
  return {
    key,
    taskId: options.taskId,
    ports,
    healthCheck: bound.health_check_config,
    healthChecks: bound.health_checks,
    announce,
    job,
    run: options.sidecar ? undefined : bindTask(job, key, { ...context, ports }),
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

function bindTask(job: Job, key: InstanceKey, context: BindContext) {
  const missing = job.task.processes
    .flatMap(({ cmdline }) => portReferences(cmdline))
    .filter((name) => !Object.hasOwn(context.ports, name));
  if (missing.length > 0) {
    const names = [...new Set(missing)];
    const how = names.map((name) => `-P ${name}:<port>`).join(" ");
    throw new ExecutorError(
      "UNBOUND_PORT",
      `${formatInstanceKey(key)}: Task requires unbound port ${names.join(", ")}! Give it with ${how}`,
    );
  }
  for (const process of job.task.processes) {
    const { unbound } = bindTexts(process, context);
    if (unbound.length > 0) {
      throw unboundReference(`process "${process.name}" of ${formatInstanceKey(key)}`, unbound);
    }
  }
  const { data: task } = bindTexts(job.task, context);
  const commands = new Map(task.processes.map(({ name, cmdline }) => [name, cmdline]));
  if (commands.size < task.processes.length) {
    const message = `${formatInstanceKey(key)}: two of its processes have the same name once that is filled in`;
    throw new ExecutorError("BAD_CONFIG", message);
  }
  return { task, commands };
}

function unboundReference(where: string, unbound: readonly string[]): ExecutorError {
  return new ExecutorError("UNBOUND_REFERENCE", `${where} can not be bound, missing: ${unbound.join(", ")}`);
}

/** `<role>-<env>-<job>-<instance>-<uuid>`, as Aurora names tasks: usable as a file name. */
export function newTaskId(key: InstanceKey, uuid: string): string {
  return `${key.role}-${key.environment}-${key.name}-${key.instance}-${uuid}`.replace(/[^\w-]/g, "-");
}
