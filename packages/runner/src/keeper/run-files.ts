import { existsSync, lstatSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { inheritedPath } from "@borealis/processes";

/** Exactly these, whatever the executor's own environment holds; bash adds PWD, SHLVL and _. */
export function environmentOf(sandbox: string, user: string): Record<string, string> {
  const profile = join(sandbox, ".thermos_profile");
  return {
    HOME: sandbox,
    USER: user,
    LOGNAME: user,
    PATH: inheritedPath(),
    ...(existsSync(profile) ? { BASH_ENV: profile } : {}),
  };
}

/** `.logs/<process>/<run>` in the sandbox, made when it is not there. @throws when something else is in its place */
export function prepareLogs(sandbox: string, process: string, run: number): string {
  return [".logs", process, String(run)].reduce((parent, part) => {
    const directory = join(parent, part);
    const there = lstatSync(directory, { throwIfNoEntry: false });
    // The sandbox is the task's to write in: a link there must not make us, who may be root, write elsewhere.
    if (there === undefined) mkdirSync(directory);
    else if (!there.isDirectory()) throw new Error(`${directory} is not a directory of its own`);
    return directory;
  }, sandbox);
}
