import { type Bind, type LoadResult, loadConfig, pickJob } from "@borealis/config";
import { formatProblem, type Job, type Problem } from "@borealis/schema";
import { ExecutorError } from "./errors.ts";

/** Which job of which file, and what its templates are bound to. */
export interface JobRequest {
  readonly file: string;
  /** `role/environment/name`; needed when the file holds several jobs. */
  readonly job?: string | undefined;
  readonly binds?: readonly Bind[] | undefined;
  /** Files may be included from this directory and below; the configuration's own when undefined. */
  readonly includeRoot?: string | undefined;
}

/**
 * Reads jobs from configurations of any kind. A file that several instances come from is read, and if it is a program
 * run, only once for each set of bindings.
 */
export class JobReader {
  readonly #loaded = new Map<string, Promise<LoadResult>>();

  /** @throws ExecutorError BAD_CONFIG with every problem of the job, or of the file, a line each. */
  async read({ file, job: key, binds = [], includeRoot }: JobRequest): Promise<Job> {
    const { config, problems } = await this.#load(file, binds, includeRoot);
    if (config === undefined) throw badConfig(problems, file);
    const picked = pickJob(config.jobs, key);
    if ("problem" in picked) throw badConfig([picked.problem], file);
    if (picked.job.job === undefined) throw badConfig(picked.job.problems, file);
    return picked.job.job;
  }

  #load(file: string, binds: readonly Bind[], includeRoot: string | undefined): Promise<LoadResult> {
    const options = { binds, ...(includeRoot === undefined ? {} : { includeRoot }) };
    const key = JSON.stringify([file, options]);
    const loading = this.#loaded.get(key) ?? loadConfig(file, options);
    this.#loaded.set(key, loading);
    return loading;
  }
}

function badConfig(problems: readonly Problem[], file: string): ExecutorError {
  return new ExecutorError("BAD_CONFIG", problems.map((problem) => formatProblem(problem, file)).join("\n"));
}
