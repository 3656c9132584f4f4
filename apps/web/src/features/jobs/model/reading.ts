import {
  type InstanceRecord,
  instanceRecordSchema,
  type JobKey,
  type JobRecord,
  jobRecordSchema,
} from "@borealis/schema";
import { type InvalidMember, type Member, type MirrorNode, parseMember } from "@borealis/serverset";
import type { z } from "zod";

/** Anyone may have written a znode: what can not be read is shown with the reason, never dropped and never thrown. */
export type Reading<T> =
  | { readonly readable: true; readonly value: T }
  | { readonly readable: false; readonly reason: string };

const LONGEST_RAW = 4096;

export function rawText(node: MirrorNode): string {
  if (node.unreadable !== undefined) return `(${node.unreadable})`;
  const text = new TextDecoder().decode(node.data.subarray(0, LONGEST_RAW));
  return node.data.length > LONGEST_RAW ? `${text}… (${node.data.length} bytes)` : text;
}

/** @returns undefined for a job whose node carries no record: somebody made the path only. */
export function readJob(node: MirrorNode): Reading<JobRecord> | undefined {
  const empty = node.data.length === 0 && node.unreadable === undefined;
  return empty ? undefined : oncePerNode(node, () => parse(node, jobRecordSchema));
}

export function readInstance(node: MirrorNode, key: JobKey, name: string): Reading<InstanceRecord> {
  return oncePerNode(node, () => {
    const reading = parse(node, instanceRecordSchema);
    if (!reading.readable) return reading;
    const { role, environment, job, instance } = reading.value;
    const here = `${key.role}/${key.environment}/${key.name}/${name}`;
    const said = `${role}/${environment}/${job}/${instance}`;
    return said === here ? reading : { readable: false, reason: `the record is about ${said}` };
  });
}

export function readMember(node: MirrorNode, name: string): Member | InvalidMember {
  return oncePerNode(node, () => parseMember(name, node.data));
}

// A job of 10,000 instances is put together again at every change of one of them: each znode is parsed only once.
const readings = new WeakMap<MirrorNode, unknown>();

function oncePerNode<T>(node: MirrorNode, read: () => T): T {
  const known = readings.get(node);
  if (known !== undefined) return known as T;
  const fresh = read();
  readings.set(node, fresh);
  return fresh;
}

function parse<T>(node: MirrorNode, schema: z.ZodType<T>): Reading<T> {
  if (node.unreadable !== undefined) return { readable: false, reason: node.unreadable };
  if (node.data.length === 0) return { readable: false, reason: "the znode is empty" };
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(node.data));
  } catch {
    return { readable: false, reason: "not JSON" };
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { readable: true, value: parsed.data };
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.map(String).join(".")}: `;
  return { readable: false, reason: `${where}${issue?.message ?? "not a record"}` };
}
