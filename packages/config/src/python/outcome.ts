import type { Problem } from "@borealis/schema";
import type { LoadedTrees } from "../api.ts";
import type { SandboxOutcome } from "../sandbox/run-sandboxed.ts";
import { decodeTrees } from "../template/wire.ts";

export interface Limits {
  readonly timeoutMs: number;
  readonly memoryBytes: number;
  readonly answerBytes: number;
}

/** What Python says is wrong, as `failure.py` writes it. */
interface PythonProblem {
  readonly rule: Problem["rule"];
  readonly path: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly source_line?: string;
  readonly suggestion?: string;
  readonly allowed?: readonly string[];
}

type Answer =
  | {
      readonly ok: true;
      readonly message: unknown;
      readonly notices: readonly { readonly text: string }[];
      readonly flaws: readonly PythonProblem[];
    }
  | {
      readonly ok: false;
      readonly problems: readonly PythonProblem[];
      /** What it printed is then about itself. */
      readonly fatal?: true;
    };

const LONGEST_PRINTED = 4_000;

/** The trees that a configuration built, or what it says is wrong with itself. */
export function treesOf(
  answer: unknown,
  printed: string,
  file: string,
  limits: Limits,
): LoadedTrees | { readonly problems: readonly Problem[] } {
  const told = answer as Answer;
  const silent = printed.trim() === "" || ("fatal" in told && told.fatal);
  const said = silent ? [] : [noticeOf(printed)];
  if (!told.ok) return { problems: [...told.problems.map((each) => problemOf(each, file, limits)), ...said] };
  const trees = decodeTrees(told.message);
  if ("problem" in trees) {
    const { rule, message, suggestion, allowed } = trees.problem;
    return { problems: [{ rule, path: "", message, suggestion, allowed }, ...said] };
  }
  const notices = told.notices.map(({ text }) => ({ rule: "notice" as const, path: "", message: text }));
  const flaws = told.flaws.map((each) => problemOf(each, file, limits));
  return { jobs: trees.jobs, tasks: trees.tasks, notices: [...notices, ...said], flaws };
}

function noticeOf(printed: string): Problem {
  const text = printed.trimEnd();
  const shown = text.length > LONGEST_PRINTED ? `${text.slice(0, LONGEST_PRINTED)}…` : text;
  return { rule: "notice", path: "", message: `the configuration printed: ${shown}` };
}

function problemOf(problem: PythonProblem, file: string, limits: Limits): Problem {
  const { rule, path, line, column, suggestion, allowed } = problem;
  const message = problem.message === "" ? tooSlow(limits) : problem.message;
  return {
    rule,
    path,
    message: message + amount(message, limits),
    ...(problem.file !== undefined && problem.file !== file && { file: problem.file }),
    ...(problem.source_line !== undefined && { seen: problem.source_line }),
    ...(line !== undefined && { line, column }),
    ...(allowed !== undefined && { allowed }),
    ...(suggestion !== undefined && { suggestion }),
  };
}

function tooSlow({ timeoutMs }: Limits): string {
  return `was not done within ${timeoutMs} ms, and was here when its time was up`;
}

function amount(message: string, { memoryBytes }: Limits): string {
  return message.endsWith("more memory than it may have") ? `, ${memoryBytes} bytes` : "";
}

/** Why a configuration's process gave no answer. */
export function problemsOf(
  outcome: Exclude<SandboxOutcome, { kind: "answer" }>,
  limits: Limits,
): readonly Problem[] {
  const { rule, message } = whyNone(outcome, limits);
  return [{ rule, path: "", message }];
}

function whyNone(
  outcome: Exclude<SandboxOutcome, { kind: "answer" }>,
  limits: Limits,
): { rule: Problem["rule"]; message: string } {
  switch (outcome.kind) {
    case "too-slow":
      return outcome.started
        ? {
            rule: "limit",
            message: `was not done within ${limits.timeoutMs} ms, and would not be interrupted`,
          }
        : { rule: "load", message: "Python did not start in time: is this machine very busy?" };
    case "too-much-output":
      return { rule: "limit", message: `builds more than ${limits.answerBytes} bytes` };
    case "too-much-memory":
      return { rule: "limit", message: `needs more memory than it may have, ${limits.memoryBytes} bytes` };
    case "aborted":
      return { rule: "load", message: "was given up" };
    case "not-started":
      return { rule: "load", message: `the process for Python could not be started: ${outcome.message}` };
    case "died":
      return { rule: outcome.started ? "limit" : "load", message: howDied(outcome) };
  }
}

function howDied({ code, signal, started, printed }: Extract<SandboxOutcome, { kind: "died" }>): string {
  const how = signal === null ? `with code ${code}` : `by ${signal}`;
  const said = printed.trim().split("\n").at(-1) ?? "";
  const last = said === "" ? "" : `; it said: ${said.slice(0, 200)}`;
  return started
    ? `Python itself broke down while it ran (its process ended ${how}): it nests or recurses too deeply${last}`
    : `Python could not be started (its process ended ${how})${last}`;
}
