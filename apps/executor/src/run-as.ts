import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { RunAs } from "@borealis/processes";
import type { LeftTask } from "@borealis/runner";
import { ExecutorError } from "./errors.ts";

const run = promisify(execFile);
const DEADLINE_MS = 5_000;

/**
 * Whom a job's processes run as: its role. Only root may become somebody else, and a role that is no user of this host
 * must not silently become the executor's own user.
 * @returns undefined when the processes run as the executor's own user.
 * @throws ExecutorError UNKNOWN_USER
 */
export async function resolveRunAs(role: string, asCurrentUser: boolean): Promise<RunAs | undefined> {
  if (asCurrentUser) return undefined;
  const current = await lookUp(String(process.getuid?.() ?? ""));
  if (current?.user === role) return undefined;
  const advice = "create that user, or give --as-current-user to run as whoever runs the executor";
  if (process.getuid?.() !== 0) {
    const message = `can not run processes as "${role}": only root may, and this is ${current?.user ?? "another user"}; ${advice}`;
    throw new ExecutorError("UNKNOWN_USER", message);
  }
  const target = await lookUp(role);
  if (target === undefined || /^\d+$/.test(role)) {
    throw new ExecutorError("UNKNOWN_USER", `role "${role}" is not a user of this host; ${advice}`);
  }
  return target;
}

/**
 * Whose rights a task that was left goes on with: those that it was started with, whoever is asked for now.
 * @throws ExecutorError UNKNOWN_USER
 */
export async function runAsOf({ header }: LeftTask): Promise<RunAs | undefined> {
  return header === undefined ? undefined : await resolveRunAs(header.user, false);
}

/** From the host's user database, LDAP and such included. */
async function lookUp(nameOrUid: string): Promise<RunAs | undefined> {
  try {
    const { stdout } = await run("getent", ["passwd", "--", nameOrUid], { timeout: DEADLINE_MS });
    const [user, , uid, gid] = stdout.split(":");
    return user === undefined || uid === undefined || gid === undefined
      ? undefined
      : { user, uid: Number(uid), gid: Number(gid) };
  } catch {
    return undefined;
  }
}
