import type { InstanceKey, JobKey } from "./job-key.ts";

/** Where ServerSets live unless told otherwise: Aurora's root. */
export const DEFAULT_SERVERSET_ROOT = "/aurora";

/** Where Borealis keeps its own records. The ServerSet root never gets anything but ServerSets: foreign readers list it. */
export const BOREALIS_ROOT = "/borealis";

export function serverSetPath(key: JobKey, root: string = DEFAULT_SERVERSET_ROOT): string {
  return `${root === "/" ? "" : root}/${key.role}/${key.environment}/${key.name}`;
}

export function jobRecordPath(key: JobKey): string {
  return `${BOREALIS_ROOT}/jobs/${key.role}/${key.environment}/${key.name}`;
}

export function instanceRecordPath(key: InstanceKey): string {
  return `${jobRecordPath(key)}/instances/${key.instance}`;
}

export function executorRecordPath(id: string): string {
  return `${BOREALIS_ROOT}/executors/${id}`;
}
