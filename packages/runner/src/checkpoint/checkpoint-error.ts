import { RunnerError } from "../errors.ts";

/** FOREIGN: no checkpoint, or another task's. CORRUPT: damaged before its end. NEWER: a later Borealis wrote it. */
export type CheckpointProblem = "FOREIGN" | "CORRUPT" | "NEWER" | "UNREADABLE";

/** Tells what nobody may guess: which file, where in it, what is there. The file is left as it was. */
export class CheckpointError extends RunnerError {
  readonly problem: CheckpointProblem;
  readonly file: string;
  /** From 1; absent where it is about all of the file. */
  readonly line: number | undefined;

  constructor(
    problem: CheckpointProblem,
    file: string,
    what: string,
    details: { readonly line?: number; readonly cause?: unknown } = {},
  ) {
    const { line, cause } = details;
    const where = line === undefined ? file : `${file}, line ${line}`;
    super("CHECKPOINT", `${where}: ${what}; ${ADVICE[problem]}`, cause);
    this.name = "CheckpointError";
    this.problem = problem;
    this.file = file;
    this.line = line;
  }
}

const ADVICE: Readonly<Record<CheckpointProblem, string>> = {
  FOREIGN:
    "it is left alone: move its directory out of the state directory, or give another one with --state-dir",
  CORRUPT:
    "it is left alone: look at the disk, restore it or move its directory away, and end what still runs of the task",
  NEWER: "it is left alone: use the version of Borealis that wrote it, or a later one",
  UNREADABLE: "mend that and start again: the task is adopted then",
};
