import { BuildError } from "./build-error.ts";
import { isFloat } from "./float.ts";
import { type Environment, isNode, type Node } from "./node.ts";
import { pythonText } from "./python-text.ts";
import { addressOf, InvalidReference, parseReference, type Step } from "./reference.ts";

/** Nested as a person nests them; no one binds deeper. */
const DEEPEST = 100;

/**
 * A table of bindings: names are addresses (`profile.instances`), and what is nested is addressed through its parent.
 * Throws BuildError for what can not be bound.
 */
export function environment(record: Readonly<Record<string, unknown>>): Environment {
  const table = new Map<string, string | Node>();
  assimilate(table, record, []);
  return { kind: "environment", table };
}

function assimilate(table: Map<string, string | Node>, record: object, outer: readonly Step[]): void {
  if (outer.length > DEEPEST) throw refused(outer, "these bindings are nested too deeply", "limit");
  for (const [name, value] of Object.entries(record)) {
    const steps = [...outer, ...stepsOf(name)];
    if (isPlainRecord(value)) assimilate(table, value, steps);
    else table.set(addressOf(steps), bindable(value, steps));
  }
}

/** The form in which the tables of environments have an address. Throws BuildError for what is none. */
export function canonicalAddress(name: string): string {
  return addressOf(stepsOf(name));
}

function stepsOf(name: string): readonly Step[] {
  try {
    return parseReference(name).steps;
  } catch (error) {
    if (!(error instanceof InvalidReference)) throw error;
    throw new BuildError({ rule: "template", path: [], message: error.message, seen: name });
  }
}

function bindable(value: unknown, steps: readonly Step[]): string | Node {
  if (isNode(value)) return value;
  if (["string", "number", "boolean"].includes(typeof value) || isFloat(value)) return pythonText(value);
  const message = `environment values must be strings, numbers, objects or other environments, not ${pythonText(value)}`;
  throw refused(steps, message, "type");
}

function refused(steps: readonly Step[], message: string, rule: "type" | "limit"): BuildError {
  return new BuildError({ rule, path: [], message: `${addressOf(steps)}: ${message}` });
}

function isPlainRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !isNode(value) && !isFloat(value)
  );
}
