import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { formatPath, type Problem } from "@borealis/schema";
import type { ConfigKind, LoadedConfig, LoadedJob, Loader, LoadOptions, LoadResult } from "./api.ts";
import { finishJob, finishTask, isWithin } from "./finish-job.ts";
import { oneByOne } from "./one-by-one.ts";
import { inOrder } from "./problem-order.ts";
import type { StructNode } from "./template/node.ts";

const KIND_BY_EXTENSION: Readonly<Record<string, ConfigKind>> = {
  ".aurora": "aurora",
  ".thermos": "thermos",
  ".ts": "script",
  ".mts": "script",
  ".js": "script",
  ".mjs": "script",
  ".json": "json",
};

/** Each is filled in and checked by itself, which takes a millisecond or more. */
const MOST_JOBS = 10_000;

const DEFAULT_TIMEOUT_MS = 10_000;
/** Shared templates may make many jobs of a small program: what it built gets so many times its own time. */
const FINISH_TIMES = 6;

/** Python and the script runner are loaded only by who needs them. */
async function loaderOf(kind: ConfigKind): Promise<Loader> {
  switch (kind) {
    case "json":
      return (await import("./json/json-loader.ts")).loadJson;
    case "script":
      return (await import("./script/script-loader.ts")).loadScript;
    case "aurora":
    case "thermos":
      return (await import("./python/aurora-loader.ts")).loadAurora;
  }
}

/**
 * Reads a configuration: runs or parses it, fills its templates in and checks every job.
 * @returns the configuration, whose jobs may each have problems, or the problems that kept it from being read at all.
 * Rejects only when `signal` is aborted.
 */
export async function loadConfig(file: string, options: LoadOptions = {}): Promise<LoadResult> {
  const kind = KIND_BY_EXTENSION[extname(file).toLowerCase()];
  if (kind === undefined) {
    return unreadable([{ rule: "load", path: "", file, message: await whyNotRead(file) }], []);
  }
  const load = await loaderOf(kind);
  const loaded = await load(file, options);
  if ("problems" in loaded) return unreadable(loaded.problems, []);
  const { jobs, tasks, notices } = loaded;
  if (jobs.length + tasks.length > MOST_JOBS) {
    const message = `defines ${jobs.length + tasks.length} jobs, and a file may define ${MOST_JOBS}`;
    return unreadable([{ rule: "limit", path: "", file, message }], notices);
  }
  const flaws = new Flaws(loaded.flaws ?? []);
  const binds = options.binds ?? [];
  const finishMs = FINISH_TIMES * (options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const finishOne = (job: StructNode, index: number) => {
    const root = loaded.single ? [] : ["jobs", index];
    return finishJob(job, root, binds, flaws.take(formatPath(root)));
  };
  const finished = await oneByOne(jobs, finishOne, finishMs, options.signal);
  if (finished === undefined) {
    const message = `its jobs were not filled in and checked after ${finishMs / 1000} s: do their templates multiply?`;
    return unreadable([{ rule: "limit", path: "", file, message }], notices);
  }
  const config: LoadedConfig = {
    file,
    kind,
    jobs: warnOfTwins(finished),
    tasks: tasks.map((task, index) => {
      const root = ["tasks", index];
      return finishTask(task, root, binds, flaws.take(formatPath(root)));
    }),
    notices,
  };
  const ofTheFile = [...flaws.left(), ...(jobs.length + tasks.length === 0 ? [nothingIn(kind, file)] : [])];
  if (ofTheFile.length === 0) return { config };
  const ofItsJobs = [...config.jobs, ...config.tasks].flatMap(({ problems }) => problems);
  return unreadable([...ofTheFile, ...ofItsJobs], notices);
}

async function whyNotRead(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return "does not exist";
  if (found.isDirectory()) return "is a directory: name the files in it, as in DIRECTORY/*.aurora";
  const known = Object.keys(KIND_BY_EXTENSION);
  return `its name does not tell what it is written in: rename it to end in one of ${known.join(", ")}`;
}

function unreadable(found: readonly Problem[], notices: readonly Problem[]): LoadResult {
  const isNotice = ({ rule }: Problem) => rule === "notice";
  return {
    problems: inOrder(found.filter((problem) => !isNotice(problem))),
    notices: [...notices, ...found.filter(isNotice)],
  };
}

function nothingIn(kind: ConfigKind, file: string): Problem {
  const message =
    kind === "thermos"
      ? "No task exported in this config! End it with export(task)"
      : "No job defined in this config! It has to define jobs, a list of Job objects";
  return { rule: "job", path: "", file, message };
}

/** Neither of two jobs with one key can be picked. */
function warnOfTwins(jobs: readonly LoadedJob[]): readonly LoadedJob[] {
  const first = new Map<string, LoadedJob>();
  return jobs.map((job) => {
    const twin = first.get(job.key);
    if (twin === undefined) {
      first.set(job.key, job);
      return job;
    }
    const { file, line, column } = job.tree.place ?? {};
    const message = `has the key of ${twin.path}, ${job.key}, so that neither can be picked: give it a name of its own`;
    const warning: Problem = { rule: "duplicate", path: job.path, message, file, line, column };
    return { ...job, warnings: [...job.warnings, warning] };
  });
}

/** What a loader found, handed out to the jobs it is in; the rest is wrong with the file. */
class Flaws {
  #flaws: readonly Problem[];

  constructor(flaws: readonly Problem[]) {
    this.#flaws = flaws;
  }

  take(root: string): readonly Problem[] {
    const taken = this.#flaws.filter(({ path }) => isWithin(path, root));
    if (taken.length > 0) this.#flaws = this.#flaws.filter((flaw) => !taken.includes(flaw));
    return taken;
  }

  left(): readonly Problem[] {
    return this.#flaws;
  }
}
