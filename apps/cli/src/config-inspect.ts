import { statSync } from "node:fs";
import { formatWallTime, systemClock } from "@borealis/clock";
import {
  type Inspection,
  type InspectOptions,
  inspectJob,
  inspectTask,
  type LoadedConfig,
  pickJob,
} from "@borealis/config";
import { formatPath } from "@borealis/schema";
import type { InspectFlags } from "./config-command.ts";
import { inspectionText } from "./config-inspect-text.ts";
import { badConfig, load, noteAll } from "./config-load.ts";
import { env } from "./env.ts";
import { EXIT } from "./exit-codes.ts";
import { CliError } from "./fail.ts";
import { serverSetRoot } from "./root.ts";

/** Shows what one job comes to. The file and the job may be given in either order. */
export async function inspect(first: string, second: string | undefined, flags: InspectFlags): Promise<void> {
  const { file, key } = fileAndKey(first, second, isFile);
  const { config, problems } = await load(file, flags);
  if (config === undefined) throw badConfig(problems, file);
  noteAll(config.notices, file);
  const inspection = inspectPicked(config, key, {
    instance: flags.instance,
    ports: flags.port ?? {},
    hostname: env.hostname,
    serverSetRoot: serverSetRoot(env.serverSetRoot ?? "/aurora"),
    nowMs: systemClock.wallTime(),
  });
  const shown =
    flags.output === "json"
      ? JSON.stringify(asJson(inspection, file, flags.instance))
      : inspectionText(inspection, file, flags.instance);
  process.stdout.write(`${shown}\n`);
}

/** Aurora's client took the key first; the file first is how the other commands have it. */
export function fileAndKey(
  first: string,
  second: string | undefined,
  exists: (file: string) => boolean,
): { file: string; key: string | undefined } {
  if (second !== undefined && !exists(first) && exists(second)) return { file: second, key: first };
  if (second === undefined && !exists(first) && /^(?:[^/]+\/){2,3}[^/.]+$/.test(first)) {
    const message = `"${first}" looks like a job key: name the file too, as in borealis config inspect FILE ${first}`;
    throw new CliError(message, EXIT.usage);
  }
  return { file: first, key: second };
}

/** What can not even be looked for, as a name of 300 letters, is none. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function inspectPicked(config: LoadedConfig, key: string | undefined, options: InspectOptions): Inspection {
  const { file, kind } = config;
  const picked =
    kind === "thermos"
      ? pickJob(
          config.tasks.map((task) => ({ key: task.task?.name ?? task.path, loaded: { task } })),
          key,
        )
      : pickJob(
          config.jobs.map((job) => ({ key: job.key, loaded: { job } })),
          key,
        );
  if ("problem" in picked) throw badConfig([picked.problem], file);
  const { loaded } = picked.job;
  const { problems } = "job" in loaded ? loaded.job : loaded.task;
  const inspected = "job" in loaded ? ofJob(loaded.job, options) : ofTask(loaded.task, options);
  if (inspected === undefined) throw badConfig(problems, file);
  if ("problem" in inspected) throw new CliError(`${file}: ${inspected.problem}`, EXIT.badConfig);
  return inspected;
}

function ofJob(loaded: LoadedConfig["jobs"][number], options: InspectOptions) {
  const { job } = loaded;
  if (job === undefined) return undefined;
  const { instance } = options;
  if (instance !== undefined && instance >= job.instances) {
    const range = job.instances === 1 ? "only 0" : `0 to ${job.instances - 1}`;
    throw new CliError(
      `--instance ${instance}: ${loaded.key} has ${job.instances} instance(s), ${range}`,
      EXIT.usage,
    );
  }
  return inspectJob(loaded, job, options);
}

function ofTask(loaded: LoadedConfig["tasks"][number], options: InspectOptions) {
  return loaded.task === undefined ? undefined : inspectTask(loaded, loaded.task, options);
}

/** For scripts: places in the values are paths as problems have them. */
function asJson(inspection: Inspection, file: string, instance: number | undefined): unknown {
  const { effective, task: _, cron, ...rest } = inspection;
  return {
    file,
    instance: instance ?? null,
    ...rest,
    defaults: effective.filter(({ isDefault }) => isDefault).map(({ path }) => formatPath(path)),
    cron: cron === null ? null : { schedule: cron.schedule, nextRuns: cron.nextRunsMs.map(formatWallTime) },
  };
}
