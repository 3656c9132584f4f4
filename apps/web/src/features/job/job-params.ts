import type { JobKey } from "@borealis/schema";

export type JobParams = Readonly<Record<"role" | "environment" | "job", string>>;

export function jobKeyOfParams({ role, environment, job }: JobParams): JobKey {
  return { role: decoded(role), environment: decoded(environment), name: decoded(job) };
}

/** A stray percent sign in an address is a name that does not exist, not an error. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
