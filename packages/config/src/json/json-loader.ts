import { formatPath, type Problem } from "@borealis/schema";
import type { LoadedTrees, Loader, Unreadable } from "../api.ts";
import { inOrder } from "../problem-order.ts";
import { readSource } from "../read-source.ts";
import { buildAll } from "../template/build.ts";
import { structTypes } from "../template/builtin-types.ts";
import { isFloat } from "../template/float.ts";
import type { StructNode } from "../template/node.ts";
import { type JsonTree, type Path, parseJsonTree } from "./json-tree.ts";

type JsonTrees = LoadedTrees | Unreadable;

/** Reads a JSON configuration, `{"jobs": [...]}` or one job object. */
export const loadJson: Loader = async (file, { signal }) => {
  const read = await readSource(file);
  signal?.throwIfAborted();
  return "problem" in read ? { problems: [read.problem] } : parseJsonTrees(read.text, file);
};

/** Tells an editor where the JSON Schema is; not for us. */
const SCHEMA = "$schema";

/** Problems that are told; the rest is counted. */
const MOST_PROBLEMS = 1_000;

/** Of a text: its jobs, with the place of every value, or every problem. Never throws. */
export function parseJsonTrees(text: string, file: string): JsonTrees {
  const tree = parseJsonTree(text.startsWith("\ufeff") ? text.slice(1) : text, file);
  if ("failed" in tree) return { problems: [tree.failed] };
  const problems = [...tree.problems];
  const { jobs, single = false } = jobsOf(tree, problems);
  if (jobs.length === 0) return { problems: bounded(inOrder(problems), file) };
  return { jobs, single, tasks: [], notices: [], flaws: bounded(inOrder(problems), file) };
}

function jobsOf(tree: JsonTree, problems: Problem[]): Pick<LoadedTrees, "jobs" | "single"> {
  const { value } = tree;
  if (!isRecord(value)) {
    const message = 'is no configuration: it has to be {"jobs": [...]} or one job object';
    problems.push(problemAt(tree, { rule: "type", path: [], message }));
    return { jobs: [] };
  }
  const { [SCHEMA]: _schema, ...content } = value;
  if (!("jobs" in content)) return { jobs: [jobOf(tree, content, [], problems)], single: true };
  for (const stranger of Object.keys(content).filter((name) => name !== "jobs")) {
    const message = 'is not known beside "jobs"';
    problems.push(problemAt(tree, { rule: "unknown-attribute", path: [stranger], message }));
  }
  const { jobs } = content;
  const refuse = (rule: Problem["rule"], message: string) =>
    problems.push(problemAt(tree, { rule, path: ["jobs"], message }));
  if (!Array.isArray(jobs)) {
    refuse("type", "must be a list of job objects");
    return { jobs: [] };
  }
  if (jobs.length === 0) refuse("job", "No job defined in this config!");
  return { jobs: jobs.map((job, index) => jobOf(tree, job, ["jobs", index], problems)) };
}

function jobOf(tree: JsonTree, value: unknown, root: Path, problems: Problem[]): StructNode {
  const type = structTypes.get("Job");
  if (type === undefined) throw new Error("there is no type Job");
  const built = buildAll(type, value, { placeOf: (path) => tree.placeOf([...root, ...path]) });
  for (const problem of built.problems) {
    problems.push(problemAt(tree, { ...problem, path: [...root, ...problem.path] }));
  }
  return built.node as StructNode;
}

function problemAt(
  tree: JsonTree,
  { path, ...problem }: Omit<Problem, "path"> & { readonly path: Path },
): Problem {
  const { rule, message, seen, allowed, suggestion } = problem;
  return {
    rule,
    path: formatPath(path),
    message,
    ...tree.placeOf(path),
    ...(seen === undefined ? {} : { seen }),
    ...(allowed === undefined ? {} : { allowed }),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/** More than a person reads are only counted. */
function bounded(problems: readonly Problem[], file: string): readonly Problem[] {
  const more = problems.length - MOST_PROBLEMS;
  if (more <= 0) return problems;
  const counted: Problem = { rule: "limit", path: "", file, message: `has ${more} more problems` };
  return [...problems.slice(0, MOST_PROBLEMS), counted];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isFloat(value);
}
