import { formatJobKey, type JobKey, parseJobKey, serverSetPath } from "@borealis/schema";
import { ServerSetError } from "./errors.ts";
import { pathProblem } from "./zookeeper/znode-path.ts";

/** A job, `www-data/prod/hello` or as an object, whose set is below the client's root; or a znode's absolute path. */
export type SetName = JobKey | string;

/** @throws ServerSetError INVALID_PATH, with what was given. */
export function pathOfSet(name: SetName, root: string): string {
  const path = typeof name === "string" && name.startsWith("/") ? name : jobPath(name, root);
  const problem = pathProblem(path);
  if (problem !== undefined) throw problem;
  return path;
}

function jobPath(name: SetName, root: string): string {
  const text = typeof name === "string" ? name : formatJobKey(name);
  const parts: readonly unknown[] = typeof name === "string" ? [] : [name.role, name.environment, name.name];
  if (parts.some((part) => typeof part !== "string")) {
    throw new ServerSetError("INVALID_PATH", "a job key needs role, environment and name, all of them texts");
  }
  // With four parts the first would be taken for a cluster, and a role that holds a slash lead to another job.
  const parsed =
    typeof name !== "string" && text.split("/").length !== 3 ? { problem: notAKey(text) } : parseJobKey(text);
  if ("key" in parsed) return serverSetPath(parsed.key, root);
  throw new ServerSetError("INVALID_PATH", `${parsed.problem}, or a path that begins with /`);
}

function notAKey(text: string): string {
  return `"${text}" is not a job key: role, environment and name hold no slash`;
}

/** @returns the job whose set stands at `path` below `root`; undefined when it is no job's place. */
export function jobAt(path: string, root: string): JobKey | undefined {
  const prefix = root === "/" ? "/" : `${root}/`;
  if (!path.startsWith(prefix)) return undefined;
  const below = path.slice(prefix.length);
  // A fourth part in front would be taken for a cluster, which paths do not have.
  const parsed = below.split("/").length === 3 ? parseJobKey(below) : undefined;
  return parsed !== undefined && "key" in parsed ? parsed.key : undefined;
}
