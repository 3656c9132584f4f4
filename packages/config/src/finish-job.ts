import {
  checkJob,
  checkTask,
  DEFAULT_ENVIRONMENT,
  formatPath,
  type Issue,
  type Problem,
} from "@borealis/schema";
import type { Bind, LoadedJob, LoadedTask } from "./api.ts";
import { type Filled, fillJob, fillTask } from "./fill.ts";
import { portsToAllocate } from "./job-ports.ts";
import { isLate, portOf } from "./late-references.ts";
import { type Path, Placing } from "./placing.ts";
import { inOrder } from "./problem-order.ts";
import type { StructNode } from "./template/node.ts";
import { toPlain } from "./template/to-plain.ts";
import { unboundProblems } from "./unbound-problems.ts";

/**
 * Makes a job of what a loader built: fills its templates in, checks it, and says of each problem where it was written.
 * @param root the job's place among the file's, as in `["jobs", 2]`; empty for a file that is one job.
 * @param flaws what the loader left out of the tree, and why: nothing more is said about what is not there.
 */
export function finishJob(
  tree: StructNode,
  root: Path,
  binds: readonly Bind[],
  flaws: readonly Problem[],
): LoadedJob {
  const filled = fillJob(tree, binds);
  const plain = toPlain(filled.tree) as Readonly<Record<string, unknown>>;
  const checked = checkJob(plain);
  const { problems, warnings, lateReferences } = findings(filled, checked, root, flaws);
  return {
    path: formatPath(root),
    key: keyOf(plain),
    job: problems.length === 0 ? checked.job : undefined,
    problems,
    warnings,
    tree: filled.tree,
    ports: portsToAllocate(portmapOf(plain), portsReferred(filled)),
    lateReferences,
  };
}

/** The same for a task that no job is around, as `.thermos` files export it. */
export function finishTask(
  tree: StructNode,
  root: Path,
  binds: readonly Bind[],
  flaws: readonly Problem[],
): LoadedTask {
  const filled = fillTask(tree, binds);
  const checked = checkTask(toPlain(filled.tree));
  const { problems, lateReferences } = findings(filled, checked, root, flaws);
  return {
    path: formatPath(root),
    task: problems.length === 0 ? checked.task : undefined,
    problems,
    tree: filled.tree,
    lateReferences,
  };
}

function findings(
  filled: Filled,
  {
    issues = [],
    warnings = [],
  }: { issues?: readonly Issue[] | undefined; warnings?: readonly Issue[] | undefined },
  root: Path,
  flaws: readonly Problem[],
): Pick<LoadedJob, "problems" | "warnings" | "lateReferences"> {
  const placing = new Placing(filled.tree, root);
  const found = [
    ...filled.problems.map((problem) => placing.problem(problem)),
    ...unboundProblems(unfilled(filled), filled.tree, placing),
    ...unexplained(issues, filled).map((issue) => placing.problem(issue)),
  ];
  const told = found.filter(({ path }) => !flaws.some((flaw) => isWithin(path, flaw.path)));
  return {
    problems: inOrder([...flaws, ...told]),
    warnings: inOrder(warnings.map((issue) => placing.problem(issue))),
    lateReferences: [...new Set(filled.unbound.map(({ reference }) => reference))].filter(isLate).sort(),
  };
}

/** A value that is wrong itself is not also told to be bound to nothing. */
function unfilled({ problems, unbound }: Filled): Filled["unbound"] {
  const wrong = new Set(problems.map(pathOf));
  return unbound.filter((reference) => !wrong.has(pathOf(reference)));
}

/** A value whose template could not be filled in is not told a second time that it is no number. */
function unexplained(issues: readonly Issue[], { problems, unbound }: Filled): Issue[] {
  const explained = new Set(
    [...problems, ...unbound.filter(({ reference }) => !isLate(reference))].map(pathOf),
  );
  return issues.filter((issue) => !explained.has(pathOf(issue)));
}

function pathOf({ path }: { readonly path: Path }): string {
  return path.join("\0");
}

/** Only references of processes count: what announcing or another attribute refers to has to come from one. */
function portsReferred({ unbound }: Filled): string[] {
  return unbound
    .filter(({ path: [first, second] }) => first === "task" && second === "processes")
    .map(({ reference }) => portOf(reference))
    .filter((port) => port !== undefined);
}

function portmapOf({ announce }: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const portmap = (announce as { portmap?: Record<string, unknown> } | undefined)?.portmap ?? {};
  return Object.fromEntries(Object.entries(portmap).map(([name, target]) => [name, String(target)]));
}

function keyOf(plain: Readonly<Record<string, unknown>>): string {
  const task = plain["task"] as { name?: unknown } | undefined;
  const { cluster, role, environment = DEFAULT_ENVIRONMENT, name = task?.name } = plain;
  return [cluster, role, environment, name].map((part) => String(part ?? "?")).join("/");
}

/** Whether a path leads to the value at another one, or into it. */
export function isWithin(path: string, outer: string): boolean {
  return path.startsWith(outer) && (outer === "" || /^(?:$|[.[])/.test(path.slice(outer.length)));
}
