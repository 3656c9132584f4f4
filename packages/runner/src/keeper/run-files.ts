import { existsSync } from "node:fs";
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

/** Where the output of a run is; its keeper makes the directory. */
export function logsOf(sandbox: string, process: string, run: number): string {
  return join(sandbox, ".logs", process, String(run));
}
