import { type Bind, type LoadResult, loadConfig, pickJob } from "@borealis/config";
import { formatProblem, type Job, type Problem, type Task } from "@borealis/schema";
import { ExecutorError } from "./errors.ts";

/** Which job of which file, and what its templates are bound to. */
export interface JobRequest {
  readonly file: string;
  /** `role/environment/name`; needed when the file holds several jobs. */
  readonly job?: string | undefined;
  readonly binds?: readonly Bind[] | undefined;
  /** Files may be included from this directory and below; the configuration's own when undefined. */
  readonly includeRoot?: string | undefined;
  /** How long a configuration that is a program may run, in milliseconds. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Reads jobs from configurations of any kind. A file that several instances come from is read, and if it is a program
 * run, only once for each set of bindings.
 */
export class JobReader {
  readonly #signal: AbortSignal;
  readonly #tell: (text: string) => void;
  readonly #loaded = new Map<string, Promise<LoadResult>>();

  /** @param tell hears what is worth knowing and does not keep a job from being run. */
  constructor(signal: AbortSignal, tell: (text: string) => void) {
    this.#signal = signal;
    this.#tell = tell;
  }

  /**
   * @throws ExecutorError BAD_CONFIG with every problem of the job, or of the file, a line each; the signal's reason
   * when it is aborted.
   */
  async read(request: JobRequest): Promise<Job> {
    const { file, job: key } = request;
    const { config, problems } = await this.#load(request);
    if (config === undefined) throw badConfig(problems, file);
    const picked = pickJob(config.jobs, key);
    if ("problem" in picked) throw badConfig([picked.problem], file);
    const { job, problems: wrong, warnings } = picked.job;
    if (job === undefined) throw badConfig(wrong, file);
    for (const warning of warnings) this.#tell(formatProblem(warning, file));
    return job;
  }

  /**
   * A job, or a task where the file exports tasks; `job` names either.
   * @throws as `read`
   */
  async readJobOrTask(request: JobRequest): Promise<{ readonly job: Job } | { readonly task: Task }> {
    const { file, job: name } = request;
    const { config } = await this.#load(request);
    const tasks = config?.tasks ?? [];
    if (tasks.length === 0 || (config?.jobs.length ?? 0) > 0) return { job: await this.read(request) };
    const names = tasks.map(({ task }) => task?.name ?? "?").join(", ");
    const wanted = name === undefined ? tasks : tasks.filter(({ task }) => task?.name === name);
    const [only] = wanted;
    if (only === undefined)
      throw new ExecutorError("BAD_CONFIG", `${file} has no task "${name}"; it has ${names}`);
    if (wanted.length > 1) {
      throw new ExecutorError("BAD_CONFIG", `${file} has several tasks, name one of them: ${names}`);
    }
    if (only.task === undefined) throw badConfig(only.problems, file);
    return { task: only.task };
  }

  #load({ file, binds = [], includeRoot, timeoutMs }: JobRequest): Promise<LoadResult> {
    const options = {
      binds,
      ...(includeRoot === undefined ? {} : { includeRoot }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    };
    const key = JSON.stringify([file, options]);
    const known = this.#loaded.get(key);
    if (known !== undefined) return known;
    const loading = loadConfig(file, { ...options, signal: this.#signal }).then((result) => {
      for (const notice of result.config?.notices ?? []) this.#tell(formatProblem(notice, file));
      return result;
    });
    this.#loaded.set(key, loading);
    return loading;
  }
}

function badConfig(problems: readonly Problem[], file: string): ExecutorError {
  return new ExecutorError("BAD_CONFIG", problems.map((problem) => formatProblem(problem, file)).join("\n"));
}
