import { extname } from "node:path";
import { checkTask, formatPath, type Problem } from "@borealis/schema";
import type { ConfigKind, LoadedTask, Loader, LoadOptions, LoadResult } from "./api.ts";
import { fillTask } from "./fill.ts";
import { finishJob, isWithin } from "./finish-job.ts";
import { type Path, Placing } from "./placing.ts";
import { inOrder } from "./problem-order.ts";
import type { StructNode } from "./template/node.ts";
import { toPlain } from "./template/to-plain.ts";
import { unboundProblems } from "./unbound-problems.ts";

const KIND_BY_EXTENSION: Readonly<Record<string, ConfigKind>> = {
  ".aurora": "aurora",
  ".thermos": "thermos",
  ".ts": "script",
  ".mts": "script",
  ".js": "script",
  ".mjs": "script",
  ".json": "json",
};

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
    const known = Object.keys(KIND_BY_EXTENSION);
    const message = `its name does not tell what it is written in: rename it to end in one of ${known.join(", ")}`;
    return { problems: [{ rule: "load", path: "", file, message }] };
  }
  const load = await loaderOf(kind);
  const loaded = await load(file, options);
  if ("problems" in loaded) return { problems: inOrder(loaded.problems) };
  const { jobs, tasks, notices } = loaded;
  if (jobs.length === 0 && tasks.length === 0) {
    const message =
      kind === "thermos"
        ? "No task exported in this config! End it with export(task)"
        : "No job defined in this config! It has to define jobs, a list of Job objects";
    return { problems: [{ rule: "job", path: "", file, message }, ...notices] };
  }
  const binds = options.binds ?? [];
  const flaws = new Flaws(loaded.flaws ?? []);
  const finished = {
    file,
    kind,
    jobs: jobs.map((job, index) => {
      const root = loaded.single ? [] : ["jobs", index];
      return finishJob(job, root, binds, flaws.take(formatPath(root)));
    }),
    tasks: tasks.map((task, index) => finishTask(task, ["tasks", index], binds)),
    notices,
  };
  const stray = flaws.left();
  if (stray.length === 0) return { config: finished };
  return { problems: inOrder([...stray, ...finished.jobs.flatMap(({ problems }) => problems)]) };
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

function finishTask(tree: StructNode, root: Path, binds: NonNullable<LoadOptions["binds"]>): LoadedTask {
  const filled = fillTask(tree, binds);
  const checked = checkTask(toPlain(filled.tree));
  const placing = new Placing(filled.tree, root);
  const problems: Problem[] = [
    ...filled.problems.map((problem) => placing.problem(problem)),
    ...unboundProblems(filled.unbound, filled.tree, placing),
    ...(checked.issues ?? []).map((issue) => placing.problem(issue)),
  ];
  return {
    path: formatPath(root),
    task: problems.length === 0 ? checked.task : undefined,
    problems: inOrder(problems),
    tree: filled.tree,
  };
}
