import {
  formatInstanceKey,
  formatJobKey,
  type InstanceKey,
  type JobKey,
  parseJobKey,
} from "@borealis/schema";
import { EXIT } from "./exit-codes.ts";
import { CliError } from "./fail.ts";

/** What is asked about: one instance, or all of a job. */
export type HealthTarget =
  | { readonly kind: "instance"; readonly name: string; readonly key: InstanceKey }
  | { readonly kind: "job"; readonly name: string; readonly key: JobKey };

/** `role/environment/job/instance` or `role/environment/job`; a cluster in front is dropped. */
export function readTarget(text: string): HealthTarget {
  const parts = text.split("/");
  const last = parts.at(-1) ?? "";
  // A job key with a cluster has as many parts, but no job is named by a number alone.
  const isInstance = parts.length > 3 && /^\d+$/.test(last);
  const parsed = parseJobKey(isInstance ? parts.slice(0, -1).join("/") : text);
  if ("problem" in parsed) throw new CliError(parsed.problem, EXIT.usage);
  if (!isInstance) return { kind: "job", name: formatJobKey(parsed.key), key: parsed.key };
  const key = { ...parsed.key, instance: Number(last) };
  return { kind: "instance", name: formatInstanceKey(key), key };
}

export function readInstance(text: string): HealthTarget & { readonly kind: "instance" } {
  const target = readTarget(text);
  if (target.kind === "instance") return target;
  const message = `"${text}" is a job; name one of its instances: ${target.name}/0`;
  throw new CliError(message, EXIT.usage);
}
