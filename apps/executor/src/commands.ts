import { randomUUID } from "node:crypto";
import {
  announcerSchema,
  formatInstanceKey,
  healthCheckConfigSchema,
  type InstanceKey,
  type Job,
  type Ports,
  parseJobKey,
} from "@borealis/schema";
import { ExecutorError } from "./errors.ts";
import { EventLog } from "./event-log.ts";
import { Executor } from "./executor.ts";
import { taskExitCode } from "./exit-code.ts";
import type { Instance, InstanceEnd } from "./instance.ts";
import { type InstanceSpec, newTaskId, resolveOrThrow, specOfJob } from "./instance-spec.ts";
import { createLogger, type LogFormat } from "./logger.ts";
import { readManifests } from "./manifest.ts";
import { JobReader, type JobRequest } from "./read-job.ts";
import type { ExecutorSettings } from "./settings.ts";
import { StopSignals } from "./stop-signals.ts";
import type { TaskView } from "./task-view.ts";

export interface RunCommand extends JobRequest {
  readonly instance: number;
  readonly ports: Ports;
}

/** `job` is not needed when `file` holds one job. */
export interface SidecarCommand extends Omit<JobRequest, "file"> {
  readonly file: string | undefined;
  readonly instance: number;
  readonly ports: Ports;
  /** Used without `file`: which port is announced, aliases, and how health is checked. */
  readonly primaryPort: string | undefined;
  readonly portmap: Readonly<Record<string, string>> | undefined;
  readonly health: Readonly<Record<string, number>>;
}

/** Runs one instance in the foreground. Resolves with the process's exit code: the task's result. */
export async function run(
  command: RunCommand,
  settings: ExecutorSettings,
  format: LogFormat,
  view?: TaskView,
): Promise<number> {
  const read = async (reader: JobReader) => {
    const job = await reader.read(command);
    return [specOf(job, command.instance, command.ports, settings, false)];
  };
  return supervise(read, settings, format, { view });
}

/** Checks and announces what something else runs, until it is told to stop. */
export async function sidecar(
  command: SidecarCommand,
  settings: ExecutorSettings,
  format: LogFormat,
): Promise<number> {
  return supervise(async (reader) => [await sidecarSpec(command, settings, reader)], settings, format);
}

/** Runs what a directory of task manifests names; the directory is read once, at start. */
export async function agent(
  directory: string,
  settings: ExecutorSettings,
  format: LogFormat,
): Promise<number> {
  const read = async (reader: JobReader) => {
    const manifests = await readManifests(directory, reader);
    const specs = manifests.map(({ job, instance, ports, sidecar }) =>
      specOf(job, instance, ports, settings, sidecar),
    );
    refuseTwice(specs, directory);
    return specs;
  };
  return supervise(read, settings, format, { owner: settings.id });
}

function refuseTwice(specs: readonly InstanceSpec[], directory: string): void {
  const seen = new Set<string>();
  for (const { key } of specs) {
    const name = formatInstanceKey(key);
    if (seen.has(name))
      throw new ExecutorError("BAD_CONFIG", `${directory} names ${name} twice; an instance runs once`);
    seen.add(name);
  }
}

function specOf(
  job: Job,
  instance: number,
  given: Ports,
  { host, allowCustomServerSetPath }: ExecutorSettings,
  sidecar: boolean,
): InstanceSpec {
  const key = { role: job.role, environment: job.environment, name: job.name, instance };
  const newId = (of: InstanceKey) => newTaskId(of, randomUUID());
  return specOfJob(job, {
    instance,
    given,
    host,
    taskId: newId(key),
    newId,
    sidecar,
    allowCustomServerSetPath,
  });
}

async function sidecarSpec(
  command: SidecarCommand,
  settings: ExecutorSettings,
  reader: JobReader,
): Promise<InstanceSpec> {
  if (command.file !== undefined) {
    const job = await reader.read({ ...command, file: command.file });
    return specOf(job, command.instance, command.ports, settings, true);
  }
  if (command.job === undefined) {
    throw new ExecutorError(
      "USAGE",
      "name the job, role/environment/name, or give its configuration with --config FILE",
    );
  }
  const parsed = parseJobKey(command.job);
  if ("problem" in parsed) throw new ExecutorError("USAGE", parsed.problem);
  const key: InstanceKey = { ...parsed.key, instance: command.instance };
  const given = Object.keys(command.ports);
  const primary = command.primaryPort ?? (given.includes("http") ? "http" : given[0]);
  if (primary === undefined) {
    throw new ExecutorError(
      "UNBOUND_PORT",
      "a sidecar needs the port of the service: give it with -P http:<port>",
    );
  }
  const announce = announcerSchema.safeParse({
    primary_port: primary,
    ...(command.portmap && { portmap: command.portmap }),
  });
  if (!announce.success) {
    const [issue] = announce.error.issues;
    throw new ExecutorError(
      "USAGE",
      `--primary-port or --portmap: ${issue?.path.join(".")} ${issue?.message}`,
    );
  }
  const ports = resolveOrThrow(key, announce.data, command.ports);
  const healthCheck = healthCheckConfigSchema.parse(command.health);
  const spec: InstanceSpec = {
    key,
    taskId: newTaskId(key, randomUUID()),
    ports,
    given: command.ports,
    healthCheck,
    healthChecks: [],
    lifecycle: undefined,
    announce: announce.data,
    job: undefined,
    run: undefined,
    again: () => spec,
  };
  return spec;
}

function ownerOf(specs: readonly InstanceSpec[]): InstanceKey {
  const [only] = specs;
  if (only === undefined) throw new Error("there is no instance to run");
  return only.key;
}

/** Reads what there is to start, starts it, waits for all to end or for a signal, and stops in order. */
async function supervise(
  read: (reader: JobReader) => Promise<readonly InstanceSpec[]>,
  settings: ExecutorSettings,
  format: LogFormat,
  { owner, view }: { readonly owner?: string; readonly view?: TaskView | undefined } = {},
): Promise<number> {
  const log = new EventLog(settings.clock, createLogger(format, view));
  using signals = new StopSignals();
  const executor = new Executor(settings, log, view);
  const failures: unknown[] = [];
  let ends: readonly InstanceEnd[] = [];
  try {
    const specs = await read(new JobReader(signals.first, (text) => log.warn("task", text)));
    await executor.open(signals.first, owner ?? ownerOf(specs));
    signals.onSignal((name) => {
      log.tell("stop", `${name} received`);
      executor.stop();
    });
    const instances: Instance[] = [];
    for (const spec of specs) {
      signals.first.throwIfAborted();
      try {
        instances.push(await executor.start(spec, signals.first));
      } catch (error) {
        if (signals.first.aborted) throw error;
        // One that can not start does not take down those that run.
        failures.push(error);
        log.warn("task", `not started: ${(error as Error).message}`, formatInstanceKey(spec.key));
      }
    }
    if (owner !== undefined) await executor.tellOfLeftTasks();
    ends = await Promise.all(instances.map(({ ended }) => ended));
  } catch (error) {
    if (error !== signals.first.reason) throw error;
  } finally {
    view?.end();
    await executor.close();
  }
  return exitCodeOf(ends, failures, signals.received);
}

/** @throws what kept an instance from starting or took it from us: that is the exit code, and the sentence, that count. */
function exitCodeOf(
  ends: readonly InstanceEnd[],
  failures: readonly unknown[],
  signal: NodeJS.Signals | undefined,
): number {
  const lost = ends.flatMap(({ error }) => error ?? []);
  const [cause] = [...failures, ...lost];
  if (cause !== undefined) throw cause;
  return taskExitCode(
    ends.map(({ taskState }) => taskState),
    signal,
  );
}
