import type { Problem } from "@borealis/schema";

export interface Alike {
  readonly problem: Problem;
  /** How many more jobs have it: they share the object it was written in. */
  readonly more: number;
}

/** Puts together what several jobs have because they were made from one object: the same problem at the same place. */
export function groupAlike(problems: readonly Problem[]): readonly Alike[] {
  const groups = new Map<string, { problem: Problem; more: number }>();
  for (const problem of problems) {
    const { file, line, column, message, seen, path } = problem;
    const inJob = path.replace(/^(?:jobs|tasks)\[\d+\]/, "");
    const key =
      line === undefined ? path + message : JSON.stringify([file, line, column, message, seen, inJob]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { problem, more: 0 });
    else group.more++;
  }
  return [...groups.values()];
}
