import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import type { z } from "zod";
import { type Job, jobSchema } from "./job.ts";
import { formatPath, type Problem } from "./problem.ts";

export type ParsedJobs =
  | { readonly jobs: readonly Job[]; readonly problems?: undefined }
  | { readonly problems: readonly Problem[]; readonly jobs?: undefined };

/** Problems that are shown; the rest is counted. */
const MOST_PROBLEMS = 100;
/** Larger than any configuration a person wrote; keeps a wrong file from taking all memory. */
const LARGEST_CONFIG_CHARS = 16 * 1024 ** 2;

/**
 * Reads the text of a JSON configuration: `{"jobs": [...]}` or one job object.
 * @returns the jobs with all defaults filled in, or every problem found, each with its place. Never throws.
 */
export function parseJobs(text: string): ParsedJobs {
  if (text.length > LARGEST_CONFIG_CHARS) {
    return { problems: [{ path: "", message: `is larger than ${LARGEST_CONFIG_CHARS / 1024 ** 2} MB` }] };
  }
  if (text.trim() === "") return { problems: [{ path: "", message: "is empty", line: 1, column: 1 }] };
  const errors: ParseError[] = [];
  const tree = tryToParse(text, errors);
  if (tree === "too deep") return { problems: [{ path: "", message: "is nested too deeply" }] };
  const [error] = errors;
  if (error !== undefined || tree === undefined) {
    const what = error === undefined ? "" : `: ${inWords(error)}`;
    return { problems: [{ path: "", message: `is not JSON${what}`, ...placeOf(text, error?.offset ?? 0) }] };
  }
  // Not the tree's own value: there `__proto__` would become the prototype and lend its attributes.
  const value: unknown = JSON.parse(text);
  const many = isRecord(value) && Array.isArray(value["jobs"]);
  const candidates: unknown[] = many ? (value["jobs"] as unknown[]) : [value];
  if (many && candidates.length === 0) {
    return { problems: [{ path: "jobs", message: "No job defined in this config!" }] };
  }
  const jobs: Job[] = [];
  const problems: Problem[] = [];
  if (many) problems.push(...strangers(value, text, tree));
  for (const [index, candidate] of candidates.entries()) {
    const parsed = jobSchema.safeParse(candidate);
    const root = many ? ["jobs", index] : [];
    if (parsed.success) jobs.push(parsed.data);
    else problems.push(...parsed.error.issues.flatMap((issue) => locate(issue, root, candidate, text, tree)));
  }
  return problems.length > 0 ? { problems: inOrder(problems) } : { jobs };
}

/** As the text has them; more than a person reads are only counted. */
function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const sorted = [...problems].sort(
    (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
  if (sorted.length <= MOST_PROBLEMS) return sorted;
  const more = { path: "", message: `has ${sorted.length - MOST_PROBLEMS} more problems` };
  return [...sorted.slice(0, MOST_PROBLEMS), more];
}

const SYNTAX: Readonly<Record<string, string>> = {
  CommaExpected: "a comma is missing before this",
  ColonExpected: "a colon is missing before this",
  ValueExpected: "a value is missing here",
  PropertyNameExpected: "a name in double quotes belongs here",
  CloseBraceExpected: "a } is missing",
  CloseBracketExpected: "a ] is missing",
  EndOfFileExpected: "something follows after the end",
  InvalidSymbol: "this is no JSON value",
  UnexpectedEndOfString: "this text has no closing quote",
  InvalidCommentToken: "JSON has no comments",
};

function inWords({ error }: ParseError): string {
  const code = printParseErrorCode(error);
  return SYNTAX[code] ?? code;
}

/** The parser goes one call deeper for each bracket, and a text of nothing but brackets exhausts the stack. */
function tryToParse(text: string, errors: ParseError[]): Node | undefined | "too deep" {
  try {
    return parseTree(text, errors, { allowTrailingComma: false, disallowComments: true });
  } catch (error) {
    if (error instanceof RangeError) return "too deep";
    throw error;
  }
}

function strangers(value: Record<string, unknown>, text: string, tree: Node): Problem[] {
  return Object.keys(value)
    .filter((key) => key !== "jobs")
    .map((key) => problemAt([key], `is not known beside "jobs"`, value[key], text, tree));
}

function locate(
  issue: z.core.$ZodIssue,
  root: (string | number)[],
  job: unknown,
  text: string,
  tree: Node,
): Problem[] {
  const path = [...root, ...(issue.path as (string | number)[])];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) =>
      problemAt([...path, key], "is not a known attribute", undefined, text, tree),
    );
  }
  const seen = issue.code === "custom" ? issue.params?.["seen"] : valueAt(job, issue.path);
  const missing = issue.code === "invalid_type" && seen === undefined;
  return [problemAt(path, missing ? "is required" : issue.message, seen, text, tree)];
}

function problemAt(
  path: (string | number)[],
  message: string,
  seen: unknown,
  text: string,
  tree: Node,
): Problem {
  const node = deepestNode(tree, path);
  const place = node === undefined ? {} : placeOf(text, node.offset);
  return {
    path: formatPath(path),
    message,
    ...(isRecord(seen) || seen === undefined ? {} : { seen }),
    ...place,
  };
}

/** A missing attribute has no place of its own: the object that lacks it has. */
function deepestNode(tree: Node, path: readonly (string | number)[]): Node | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node = findNodeAtLocation(tree, path.slice(0, length));
    if (node !== undefined) return node.parent?.type === "property" ? node.parent : node;
  }
  return undefined;
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - lineStart + 1 };
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
