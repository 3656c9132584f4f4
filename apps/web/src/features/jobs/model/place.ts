import { BOREALIS_ROOT, type JobKey } from "@borealis/schema";

/** What a znode is to the dashboard. */
export type Place =
  | { readonly kind: "job"; readonly key: JobKey }
  | { readonly kind: "instance"; readonly key: JobKey; readonly name: string }
  | { readonly kind: "serverset"; readonly key: JobKey }
  | { readonly kind: "member"; readonly key: JobKey; readonly name: string }
  | { readonly kind: "executor"; readonly name: string };

const JOBS = `${BOREALIS_ROOT}/jobs/`;
const EXECUTORS = `${BOREALIS_ROOT}/executors/`;

/** @returns undefined for znodes that carry nothing: roots, the nodes of a role, strangers. */
export function placeOf(path: string, serverSetRoot: string): Place | undefined {
  if (path.startsWith(JOBS)) return placeInJobs(path.slice(JOBS.length).split("/"));
  if (path.startsWith(EXECUTORS)) {
    const name = path.slice(EXECUTORS.length);
    return name === "" || name.includes("/") ? undefined : { kind: "executor", name };
  }
  const root = serverSetRoot === "/" ? "/" : `${serverSetRoot}/`;
  if (!path.startsWith(root) || path.startsWith(`${BOREALIS_ROOT}/`) || path.startsWith("/zookeeper/"))
    return;
  return placeInServerSets(path.slice(root.length).split("/"));
}

/** Whether jobs, instances or ServerSets are below: where such a znode can not be read, they may be missing. */
export function isAboveJobs(path: string, serverSetRoot: string): boolean {
  const inJobs = placeOf(`${path}/x/x/x`, serverSetRoot) ?? placeOf(`${path}/x/x`, serverSetRoot);
  const below = inJobs ?? placeOf(`${path}/x`, serverSetRoot);
  return path === BOREALIS_ROOT || (below !== undefined && below.kind !== "executor");
}

function placeInJobs([role, environment, name, folder, instance, ...rest]: readonly string[]):
  | Place
  | undefined {
  if (!role || !environment || !name || rest.length > 0) return;
  const key = { role, environment, name };
  if (folder === undefined) return { kind: "job", key };
  return folder === "instances" && instance ? { kind: "instance", key, name: instance } : undefined;
}

function placeInServerSets([role, environment, name, member, ...rest]: readonly string[]): Place | undefined {
  if (!role || !environment || !name || rest.length > 0) return;
  const key = { role, environment, name };
  return member ? { kind: "member", key, name: member } : { kind: "serverset", key };
}
