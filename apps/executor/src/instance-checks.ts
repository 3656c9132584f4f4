import { join } from "node:path";
import { type CheckSpec, type ChecksDeps, checksOf } from "@borealis/healthcheck";
import type { RunAs } from "@borealis/processes";
import { sandboxPath } from "@borealis/runner";
import { formatInstanceKey } from "@borealis/schema";
import { ExecutorError } from "./errors.ts";
import type { InstanceSpec } from "./instance-spec.ts";
import type { ExecutorSettings } from "./settings.ts";

/** Certificates may lie on a disk that hangs. */
const FILES_DEADLINE_MS = 10_000;

interface Context {
  readonly settings: ExecutorSettings;
  readonly runAs: RunAs | undefined;
  readonly probes: ChecksDeps;
}

/** @throws ExecutorError BAD_CONFIG, before anything has begun; the signal's reason when it is aborted. */
export async function checksOfInstance(
  { key, healthCheck, healthChecks, ports, run, taskId }: InstanceSpec,
  { settings, runAs, probes }: Context,
  signal: AbortSignal,
): Promise<readonly CheckSpec[]> {
  const user = runAs?.user ?? settings.currentUser;
  const directory = run === undefined ? "/" : sandboxPath(settings.stateDirectory, taskId);
  const command = { user, directory, ...(runAs === undefined ? {} : { runAs }) };
  using deadline = settings.clock.deadline(FILES_DEADLINE_MS, signal);
  const givenUp = Promise.withResolvers<never>();
  deadline.signal.addEventListener("abort", () => givenUp.reject(deadline.signal.reason));
  try {
    signal.throwIfAborted();
    const options = { healthCheck, healthChecks, ports, canFailTask: run !== undefined, command };
    return await Promise.race([checksOf(options, probes), givenUp.promise]);
  } catch (error) {
    signal.throwIfAborted();
    const why = deadline.expired
      ? "a file of its health checks can not be read in time"
      : (error as Error).message;
    throw new ExecutorError("BAD_CONFIG", `${formatInstanceKey(key)}: ${why}`, error);
  }
}

/** Aurora's; what somebody else runs has no sandbox. */
export function snoozeFileOf(
  { run, taskId }: InstanceSpec,
  { stateDirectory }: ExecutorSettings,
): { readonly snoozeFile?: string } {
  return run === undefined
    ? {}
    : { snoozeFile: join(sandboxPath(stateDirectory, taskId), ".healthchecksnooze") };
}
