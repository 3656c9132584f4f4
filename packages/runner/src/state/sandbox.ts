import { chown, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { RunAs } from "@borealis/processes";
import { RunnerError, reasonOf } from "../errors.ts";
import { sandboxPath } from "./state-directory.ts";

/** Makes the directory a task runs in; nobody but its user may look into it. @throws RunnerError SANDBOX */
export async function createSandbox(
  stateDirectory: string,
  taskId: string,
  owner: RunAs | undefined,
): Promise<string> {
  const sandbox = sandboxPath(stateDirectory, taskId);
  try {
    await mkdir(dirname(sandbox), { recursive: true });
    await mkdir(sandbox, { mode: 0o700 });
    if (owner !== undefined) await chown(sandbox, owner.uid, owner.gid);
    return sandbox;
  } catch (error) {
    const message = `can not make the sandbox ${sandbox} (${reasonOf(error)}); give a directory that can be written with --state-dir`;
    throw new RunnerError("SANDBOX", message, error);
  }
}
