import { resolve } from "node:path";
import type { Problem, ProblemRule } from "@borealis/schema";
import type { LoadedTrees } from "../api.ts";
import { type Loose, listOf, looseOf, pathOf, placeOf, ruleOf, textOf, textsOf } from "../sandbox/loose.ts";
import { decodeTrees } from "../template/wire.ts";
import type { ShownPaths } from "./shown-paths.ts";
import { isWithin } from "./within.ts";

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
  const files = listOf(message["files"]).map((file) => ownFile(file, paths) ?? paths.file);
  return { ...message, files };
}

const RULES: ReadonlySet<ProblemRule> = new Set<ProblemRule>([
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
  const meant = textOf(suggestion);
  return {
    rule: ruleOf(rule, RULES),
    path: pathOf(path),
    message: textOf(message) ?? "changed what runs it, and gave no answer that can be read",
    ...placeIn(error, paths),
    ...(seen === undefined || typeof seen === "object" ? {} : { seen }),
    ...(Array.isArray(allowed) ? { allowed: textsOf(allowed) } : {}),
    ...(meant === undefined ? {} : { suggestion: paths.shown(meant) }),
  };
}

function noticeIn({ text, at }: Loose, paths: ShownPaths): Problem {
  const message = `the configuration printed: ${textOf(text) ?? "what is no text"}`;
  return { rule: "notice", path: "", message, ...placeIn(looseOf(at), paths) };
}

function placeIn(place: Loose, paths: ShownPaths): Pick<Problem, "file" | "line" | "column"> {
  const { file = paths.realFile } = place;
  const own = ownFile(file, paths);
  return own === undefined ? { file: paths.file } : placeOf(place, own);
}

/** As it is shown. Undefined for a file that is not the configuration's: it does not get it read by naming it. */
function ownFile(file: unknown, paths: ShownPaths): string | undefined {
  if (typeof file !== "string" || file !== resolve(file)) return undefined;
  return file === paths.realFile || isWithin(file, paths.realRoot) ? paths.shown(file) : undefined;
}
