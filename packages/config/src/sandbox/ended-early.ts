import type { Problem } from "@borealis/schema";
import type { SandboxOutcome } from "./run-sandboxed.ts";

/** Node's exit code when nothing is left to wait for and an await at the top of a module still does. */
const UNSETTLED_AWAIT = 13;
const LONGEST_SAID = 500;

export interface Limits {
  readonly timeoutMs: number;
  readonly memoryBytes: number;
  readonly answerBytes: number;
}

/** Why a configuration's process gave no answer, in words. */
export function endedEarly(
  outcome: Exclude<SandboxOutcome, { readonly kind: "answer" | "aborted" }>,
  limits: Limits,
): Pick<Problem, "rule" | "message"> {
  switch (outcome.kind) {
    case "too-slow":
      return outcome.started
        ? limit(tooSlow(limits))
        : load("could not be started in time: the machine is too busy");
    case "too-much-memory":
      return limit(tooMuchMemory(limits));
    case "too-much-output":
      return limit(`defines more than ${megabytes(limits.answerBytes)} of jobs`);
    case "not-started":
      return load(`could not be run: ${outcome.message}`);
    case "died":
      return load(howDied(outcome));
  }
}

export function tooSlow({ timeoutMs }: Limits): string {
  return `was not done after ${timeoutMs / 1000} s: is there a loop that never ends?`;
}

export function tooMuchMemory({ memoryBytes }: Limits): string {
  return `needs more than the ${megabytes(memoryBytes)} of memory that it may have`;
}

function howDied({
  code,
  signal,
  started,
  printed,
}: Extract<SandboxOutcome, { readonly kind: "died" }>): string {
  if (code === UNSETTLED_AWAIT) return "is never done: an await in it waits for what nobody will do";
  if (started) return `ended the process that ran it (${signal ?? `exit code ${code}`})`;
  return `could not be run: ${printed.trim().split("\n").slice(0, 5).join(" ").slice(0, LONGEST_SAID)}`;
}

const limit = (message: string) => ({ rule: "limit", message }) as const;
const load = (message: string) => ({ rule: "load", message }) as const;
const megabytes = (bytes: number) => `${Math.round(bytes / 1024 ** 2)} MB`;
