import type { ProblemRule } from "@borealis/schema";
import { BuildError } from "./build-error.ts";

/** Parts of a message from a program that may be hostile: each is of its kind, or the message is refused. */
export function readRecord(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw malformed(`${what} is no object`);
}

export function readArray(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw malformed(`${what} is no array`);
}

export function readText(value: unknown, what: string): string {
  if (typeof value === "string") return value;
  throw malformed(`${what} is no text`);
}

/** An index below `end`. */
export function readIndex(value: unknown, end: number, what: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value < end) return value;
  throw malformed(`${what} is no index below ${end}`);
}

/** What the object itself has: names that all objects inherit are names like any other here. */
export function ownValue(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

export function malformed(reason: string): BuildError {
  return refusal("load", `what the configuration's program handed over can not be read: ${reason}`);
}

export function refusal(rule: ProblemRule, message: string): BuildError {
  return new BuildError({ rule, path: [], message });
}
