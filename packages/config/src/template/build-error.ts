import type { ProblemRule } from "@borealis/schema";
import type { Place } from "./node.ts";

export type Path = readonly (string | number)[];

/** Why a value can not be of the type it was given for. */
export interface BuildProblem {
  readonly rule: ProblemRule;
  /** From the value that was built. */
  readonly path: Path;
  readonly message: string;
  readonly place?: Place | undefined;
  readonly seen?: unknown;
  readonly allowed?: readonly string[] | undefined;
  readonly suggestion?: string | undefined;
}

/** A BuildProblem, thrown: where a value is made by a program, the line that made it is to be blamed. */
export class BuildError extends Error implements BuildProblem {
  override readonly name = "BuildError";
  readonly rule: ProblemRule;
  readonly path: Path;
  readonly place: Place | undefined;
  readonly seen: unknown;
  readonly allowed: readonly string[] | undefined;
  readonly suggestion: string | undefined;

  constructor({ rule, path, message, place, seen, allowed, suggestion }: BuildProblem) {
    super(message);
    this.rule = rule;
    this.path = path;
    this.place = place;
    this.seen = seen;
    this.allowed = allowed;
    this.suggestion = suggestion;
  }
}
