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

/**
 * Reads where ServerSets live, as people write it: a trailing slash is dropped.
 * @returns the root, or one sentence that says what is wrong with it.
 */
export function parseServerSetRoot(text: string): { root: string } | { problem: string } {
  const root = text.length > 1 ? text.replace(/\/+$/, "") : text;
  const parts = root.slice(1).split("/");
  const isPath = root === "/" || (root.startsWith("/") && parts.every((part) => /^[^\p{Cc}]+$/u.test(part)));
  if (!isPath || parts.includes(".") || parts.includes("..")) {
    return {
      problem: `"${text}" can not be a ServerSet root: write an absolute path, as in ${DEFAULT_SERVERSET_ROOT}`,
    };
  }
  if (root === BOREALIS_ROOT || root.startsWith(`${BOREALIS_ROOT}/`)) {
    return {
      problem: `"${text}" can not be a ServerSet root: ${BOREALIS_ROOT} holds the records of Borealis`,
    };
  }
  return { root };
}
