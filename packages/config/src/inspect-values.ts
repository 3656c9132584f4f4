import type { Node, StructNode } from "./template/node.ts";

type Path = readonly (string | number)[];

/** A value of a job or a task, without those of objects inside it. */
export interface EffectiveValue {
  readonly path: Path;
  /** A scalar, or an empty list or object. */
  readonly value: unknown;
  readonly isDefault: boolean;
}

/**
 * All values of a checked job or task, in its order, each with whether somebody wrote it or it is a default.
 * @param tree what it was made of, which knows where its values came from.
 */
export function effectiveValues(checked: object, tree: StructNode): readonly EffectiveValue[] {
  return walk(checked, tree, [], false);
}

function walk(value: unknown, node: Node | undefined, path: Path, isDefault: boolean): EffectiveValue[] {
  const inner = typeof value === "object" && value !== null ? entriesOf(value) : [];
  if (inner.length === 0) return value === undefined ? [] : [{ path, value, isDefault }];
  return inner.flatMap(([step, each]) => {
    const found = isDefault ? undefined : childOf(node, step);
    return walk(each, found, [...path, step], found === undefined);
  });
}

function entriesOf(value: object): (readonly [string | number, unknown])[] {
  return Array.isArray(value) ? value.map((each, index) => [index, each] as const) : Object.entries(value);
}

/** What the configuration holds there; undefined when that is a default, of the type or of the check. */
function childOf(node: Node | undefined, step: string | number): Node | undefined {
  switch (node?.kind) {
    case "struct":
      return node.defaulted.has(String(step)) ? undefined : node.fields.get(String(step));
    case "list":
      return node.items[Number(step)];
    case "map":
      return node.entries.find(([key]) => key.kind === "scalar" && String(key.value) === step)?.[1];
    case "choice":
      return "plain" in node.value ? node : childOf(node.value, step);
    default:
      // Inside a plain value, which was written as a whole.
      return node;
  }
}
