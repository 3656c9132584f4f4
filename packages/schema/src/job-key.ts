import { identifierProblem } from "./identifier.ts";

/** A job, as the ServerSet path names it. The cluster is not part of the path, so it is not part of this key. */
export interface JobKey {
  readonly role: string;
  readonly environment: string;
  readonly name: string;
}

/** An instance of a job: numbers start at 0. */
export interface InstanceKey extends JobKey {
  readonly instance: number;
}

export function formatJobKey(key: JobKey): string {
  return `${key.role}/${key.environment}/${key.name}`;
}

export function formatInstanceKey(key: InstanceKey): string {
  return `${formatJobKey(key)}/${key.instance}`;
}

/**
 * Reads `role/environment/name` or `cluster/role/environment/name`; the cluster is dropped.
 * @returns the key, or one sentence that says what is wrong with the text.
 */
export function parseJobKey(text: string): { key: JobKey } | { problem: string } {
  const parts = text.split("/");
  const cluster = parts.length === 4 ? parts.shift() : undefined;
  const [role, environment, name] = parts;
  if (parts.length !== 3 || role === undefined || environment === undefined || name === undefined) {
    return { problem: `"${text}" is not a job key: write role/environment/name, as in www-data/prod/hello` };
  }
  for (const [what, value] of Object.entries({ cluster, role, environment, name })) {
    if (value === undefined) continue;
    const problem = identifierProblem(value);
    if (problem !== undefined) return { problem: `${what} "${value}" in job key "${text}" ${problem}` };
  }
  return { key: { role, environment, name } };
}
