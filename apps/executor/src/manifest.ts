import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { formatProblem, type Job, type Ports, parseJobKey, parseJobs } from "@borealis/schema";
import { z } from "zod";
import { ExecutorError } from "./errors.ts";

const manifestSchema = z.strictObject({
  /** The job's configuration, a path beside the manifest. */
  config: z.string().min(1),
  /** Which job of that file; needed when it holds several. */
  job: z.string().optional(),
  instance: z.number().int().min(0).default(0),
  ports: z.record(z.string(), z.number().int().min(1).max(65_535)).default({}),
  /** True: check and announce what something else runs. */
  sidecar: z.boolean().default(false),
});

const KNOWN = Object.keys(manifestSchema.shape).join(", ");

export interface Manifest {
  readonly file: string;
  readonly job: Job;
  readonly instance: number;
  readonly ports: Ports;
  readonly sidecar: boolean;
}

/**
 * Reads every `*.json` of a directory of task manifests, in the order of their names.
 * @throws ExecutorError BAD_CONFIG with all that is wrong in the first file that has a problem.
 */
export async function readManifests(directory: string): Promise<Manifest[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    throw new ExecutorError(
      "BAD_CONFIG",
      `can not read the directory ${directory}: ${fileProblem(error)}`,
      error,
    );
  });
  const files = names.filter((name) => name.endsWith(".json")).sort();
  if (files.length === 0) {
    throw new ExecutorError(
      "BAD_CONFIG",
      `${directory} holds no task manifest (*.json), so there is nothing to run`,
    );
  }
  const manifests: Manifest[] = [];
  for (const name of files) manifests.push(await readManifest(join(directory, name)));
  return manifests;
}

async function readManifest(file: string): Promise<Manifest> {
  const content = parseJson(await readText(file), file);
  if (typeof content === "object" && content !== null && ("task" in content || "jobs" in content)) {
    const message = `${file} is a job's configuration, not a task manifest: keep it elsewhere, and name it as "config" in a manifest`;
    throw new ExecutorError("BAD_CONFIG", message);
  }
  const parsed = manifestSchema.safeParse(content);
  if (!parsed.success) {
    const lines = parsed.error.issues.map(
      ({ path, message }) => `${file}: ${path.join(".") || "manifest"}: ${message} (known: ${KNOWN})`,
    );
    throw new ExecutorError("BAD_CONFIG", lines.join("\n"));
  }
  const { config, job: key, instance, ports, sidecar } = parsed.data;
  return { file, job: await readJob(resolve(file, "..", config), key), instance, ports, sidecar };
}

/**
 * Reads a JSON configuration and picks one job from it.
 * @throws ExecutorError BAD_CONFIG with every problem of the file, a line each.
 */
export async function readJob(file: string, key: string | undefined): Promise<Job> {
  if (/\.(aurora|thermos|py|ts|js|mjs)$/.test(file)) {
    throw new ExecutorError(
      "BAD_CONFIG",
      `${file}: only JSON configurations are read so far; write the job as .json`,
    );
  }
  const { jobs, problems } = parseJobs(await readText(file));
  if (problems !== undefined) {
    throw new ExecutorError("BAD_CONFIG", problems.map((problem) => formatProblem(problem, file)).join("\n"));
  }
  return pickJob(jobs, key, file);
}

function pickJob(jobs: readonly Job[], key: string | undefined, file: string): Job {
  const candidates = jobs.map((job) => `${job.cluster}/${job.role}/${job.environment}/${job.name}`);
  const [only] = jobs;
  if (key === undefined) {
    if (only !== undefined && jobs.length === 1) return only;
    throw new ExecutorError(
      "BAD_CONFIG",
      `${file} holds several jobs; name one of them: ${candidates.join(", ")}`,
    );
  }
  const wanted = parseJobKey(key);
  if ("problem" in wanted) throw new ExecutorError("USAGE", wanted.problem);
  const cluster = key.split("/").length === 4 ? key.split("/")[0] : undefined;
  const matches = jobs.filter(
    (job) =>
      job.role === wanted.key.role &&
      job.environment === wanted.key.environment &&
      job.name === wanted.key.name &&
      (cluster === undefined || job.cluster === cluster),
  );
  const [match] = matches;
  if (match !== undefined && matches.length === 1) return match;
  const found = matches.length === 0 ? `holds no job ${key}` : `holds several jobs ${key}`;
  throw new ExecutorError("BAD_CONFIG", `${file} ${found}; there are: ${candidates.join(", ")}`);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new ExecutorError("BAD_CONFIG", `${file}: ${fileProblem(error as NodeJS.ErrnoException)}`, error);
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ExecutorError("BAD_CONFIG", `${file} is not JSON: ${(error as Error).message}`, error);
  }
}

function fileProblem({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "ENOENT":
      return "there is no such file or directory";
    case "EISDIR":
      return "it is a directory";
    case "ENOTDIR":
      return "it is not a directory";
    case "EACCES":
      return "no permission to read it";
    default:
      return message;
  }
}
