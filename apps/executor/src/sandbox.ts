import { chown, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { RunAs } from "@borealis/processes";
import { ExecutorError } from "./errors.ts";

/** Where a task's processes run. */
export function sandboxPath(stateDirectory: string, taskId: string): string {
  return join(stateDirectory, "sandboxes", taskId);
}

/** Makes the directory a task runs in; nobody but its user may look into it. @throws ExecutorError SANDBOX */
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
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    const message = `can not make the sandbox ${sandbox} (${reason}); give a directory that can be written with --state-dir`;
    throw new ExecutorError("SANDBOX", message, error);
  }
}
