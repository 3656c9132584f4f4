import { formatPath, type Problem, type ProblemRule } from "@borealis/schema";
import type { LoadedTrees } from "../api.ts";
import { decodeTrees } from "../template/wire.ts";
import type { ShownPaths } from "./shown-paths.ts";

type Loose = Readonly<Record<string, unknown>>;

/**
 * What the process that ran the configuration says. The configuration had that process in its hands, so each part is
 * taken for what it is found to be.
 */
export function treesIn(
  answer: unknown,
  paths: ShownPaths,
): LoadedTrees | { readonly problems: readonly Problem[] } {
  const { ok, message, notices, error } = looseOf(answer);
  if (ok !== true) return { problems: [problemIn(looseOf(error), paths)] };
  const decoded = decodeTrees(withShownFiles(looseOf(message), paths));
  if ("problem" in decoded) {
    const { rule, message: words } = decoded.problem;
    return { problems: [{ rule, path: "", file: paths.file, message: `gave jobs that are none: ${words}` }] };
  }
  return {
    jobs: decoded.jobs,
    tasks: [],
    notices: listOf(notices).map((notice) => noticeIn(looseOf(notice), paths)),
  };
}

function withShownFiles(message: Loose, paths: ShownPaths): Loose {
  return { ...message, files: listOf(message["files"]).map((file) => paths.shown(String(file))) };
}

const RULES: ReadonlySet<unknown> = new Set<ProblemRule>([
  "syntax",
  "load",
  "limit",
  "job",
  "unknown-attribute",
  "type",
  "value",
  "template",
]);

function problemIn(error: Loose, paths: ShownPaths): Problem {
  const { rule, path, message, seen, allowed, suggestion } = error;
  const steps = listOf(path).filter((step) => typeof step === "string" || typeof step === "number");
  return {
    rule: RULES.has(rule) ? (rule as ProblemRule) : "load",
    path: formatPath(steps),
    message: typeof message === "string" ? message : "could not be run",
    ...placeIn(error, paths),
    ...(seen === undefined || typeof seen === "object" ? {} : { seen }),
    ...(Array.isArray(allowed) ? { allowed: allowed.map(String) } : {}),
    ...(typeof suggestion === "string" ? { suggestion: paths.shown(suggestion) } : {}),
  };
}

function noticeIn({ text, at }: Loose, paths: ShownPaths): Problem {
  return {
    rule: "notice",
    path: "",
    message: `the configuration printed: ${String(text)}`,
    ...placeIn(looseOf(at), paths),
  };
}

function placeIn(
  { file, line, column }: Loose,
  paths: ShownPaths,
): Pick<Problem, "file" | "line" | "column"> {
  return {
    file: typeof file === "string" ? paths.shown(file) : paths.file,
    ...(typeof line === "number" ? { line } : {}),
    ...(typeof column === "number" ? { column } : {}),
  };
}

function looseOf(value: unknown): Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Loose) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
