import { resolve, sep } from "node:path";
import type { Problem, ProblemRule } from "@borealis/schema";
import type { LoadedTrees } from "../api.ts";
import { type Limits, tooMuchMemory, tooSlow } from "../sandbox/ended-early.ts";
import { type Loose, listOf, looseOf, placeOf, ruleOf, textOf, textsOf } from "../sandbox/loose.ts";
import { decodeTrees } from "../template/wire.ts";

/** The configuration's file, and the directory that it may read. */
export interface Readable {
  readonly path: string;
  readonly root: string;
}

/** As `failure.py` says it. */
const TOO_MUCH_MEMORY = "the configuration needs more memory than it may have";
const LONGEST_PRINTED = 4_000;

/** The trees that a configuration built, or what it says is wrong with itself. */
export function treesOf(
  answer: unknown,
  printed: string,
  readable: Readable,
  limits: Limits,
): LoadedTrees | { readonly problems: readonly Problem[] } {
  const { ok, message, notices, flaws, problems, fatal } = looseOf(answer);
  // What Python printed as it broke down is about itself.
  const said = printed.trim() === "" || fatal === true ? [] : [noticeOf(printed)];
  if (ok !== true) {
    const told = listOf(problems).map((each) => problemOf(looseOf(each), readable, limits));
    return { problems: [...(told.length > 0 ? told : [NO_ANSWER]), ...said] };
  }
  const trees = decodeTrees(withOwnFiles(looseOf(message), readable));
  if ("problem" in trees) {
    const { rule, message, suggestion, allowed } = trees.problem;
    return { problems: [{ rule, path: "", message, suggestion, allowed }, ...said] };
  }
  const noted = listOf(notices).map((notice) => ({
    rule: "notice" as const,
    path: "",
    message: textOf(looseOf(notice)["text"]) ?? NO_ANSWER.message,
  }));
  const leftOut = listOf(flaws).map((each) => problemOf(looseOf(each), readable, limits));
  return { jobs: trees.jobs, tasks: trees.tasks, notices: [...noted, ...said], flaws: leftOut };
}

/** From Python that the configuration changed: as we wrote it, it always says something. */
const NO_ANSWER: Problem = {
  rule: "load",
  path: "",
  message: "changed the Python that runs it, which gave no answer that can be read",
};

function withOwnFiles(message: Loose, readable: Readable): Loose {
  const files = listOf(message["files"]).map((file) => (isOwn(file, readable) ? file : readable.path));
  return { ...message, files };
}

/** A file that is not the configuration's is not read for it because it names it as a place. */
function isOwn(file: unknown, { path, root }: Readable): file is string {
  if (typeof file !== "string") return false;
  return file === path || resolve(file).startsWith(root.endsWith(sep) ? root : root + sep);
}

function noticeOf(printed: string): Problem {
  const text = printed.trimEnd();
  const shown = text.length > LONGEST_PRINTED ? `${text.slice(0, LONGEST_PRINTED)}…` : text;
  return { rule: "notice", path: "", message: `the configuration printed: ${shown}` };
}

const RULES: ReadonlySet<ProblemRule> = new Set<ProblemRule>([
  "syntax",
  "load",
  "limit",
  "unknown-attribute",
  "required",
  "type",
  "value",
  "name",
  "plan",
  "template",
  "unbound",
  "duplicate",
  "job",
]);

function problemOf(problem: Loose, readable: Readable, limits: Limits): Problem {
  const { rule, path, file = readable.path, allowed } = problem;
  const message = textOf(problem["message"]) ?? NO_ANSWER.message;
  const suggestion = textOf(problem["suggestion"]);
  const { file: shown, ...place } = placeOf(problem, isOwn(file, readable) ? file : undefined);
  return {
    rule: ruleOf(rule, RULES),
    path: textOf(path) ?? "",
    message: withLimits(message, limits),
    ...(shown !== undefined && shown !== readable.path && { file: shown }),
    ...place,
    ...(Array.isArray(allowed) && { allowed: textsOf(allowed) }),
    ...(suggestion !== undefined && { suggestion }),
  };
}

/** Python does not know its limits. */
function withLimits(message: string, limits: Limits): string {
  if (message === "") return tooSlow(limits);
  return message === TOO_MUCH_MEMORY ? tooMuchMemory(limits) : message;
}
